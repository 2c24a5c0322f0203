"""A client that speaks HTTP/2 as it likes: frames drawn at random, sound ones and broken ones."""

import socket
import ssl
from collections.abc import Callable, Sequence
from contextlib import suppress
from random import Random

import hpack
from hyperframe.exceptions import HyperframeError
from hyperframe.frame import Frame, HeadersFrame

from gateway.exchange.xml_feed.tls_context import client_context
from gateway.ports.tls import ClientTls

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RESET, SETTINGS, PUSH, PING, GOAWAY, WINDOW, CONTINUATION = range(10)
HEAD_LENGTH = 9
Header = tuple[bytes, bytes]
SOUND: list[Header] = [
    (b":method", b"POST"),
    (b":scheme", b"https"),
    (b":path", b"/mra.lookup.v1.Lookup/Lookup"),
    (b":authority", b"localhost"),
    (b"content-type", b"application/grpc"),
    (b"te", b"trailers"),
]
ODD: list[Header] = [
    (b":path", b"/mra.lookup.v1.Lookup/BatchLookup"),
    (b":path", b"/mra.lookup.v1.Lookup/SearchOperators"),
    (b":path", b"/no.such.Service/Method"),
    (b":path", b""),
    (b":method", b"GET"),
    (b":status", b"200"),
    (b"content-type", b"text/html"),
    (b"grpc-encoding", b"gzip"),
    (b"grpc-encoding", b"br"),
    (b"grpc-timeout", b"1n"),
    (b"grpc-timeout", b"99999999H"),
    (b"grpc-timeout", b"-1S"),
    (b"authorization", b"Bearer x"),
    (b"x-request-id", b"\xff\x00"),
    (b"content-length", b"5"),
    (b"connection", b"close"),
    (b"Upper", b"case"),
    (b"", b"no name"),
    (b"long", b"x" * 20_000),
    (b"bin-bin", b"\x00"),
]
"""Some are allowed, most are not."""


def frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    """Write a frame, whether or not the protocol knows it."""
    head = len(payload).to_bytes(3, "big") + bytes((kind, flags))
    return head + stream.to_bytes(4, "big") + payload


def message(content: bytes, *, compressed: int = 0, length: int | None = None) -> bytes:
    """Write a message of gRPC, with a length that may be a lie."""
    stated = len(content) if length is None else length
    return bytes((compressed,)) + stated.to_bytes(4, "big") + content


class Drawn:
    """Draws what one connection sends."""

    def __init__(self, seed: int, contents: Sequence[bytes]) -> None:
        self._random = Random(seed)  # noqa: S311 - repeatable on purpose, draws no secret
        self._contents = contents
        """Bodies of requests, sound and spoiled."""
        self._table = hpack.Encoder()
        self._stream = -1

    def pieces(self) -> bytes:
        """Return all that one connection sends."""
        kinds: list[Callable[[], bytes]] = [
            self._call, self._call, self._call, self._half_call, self._odd_call, self._frame,
            self._window, self._settings, self._resets, self._noise,
        ]  # fmt: skip
        drawn = self._random
        begin = PREFACE if drawn.random() < 0.98 else drawn.randbytes(24)
        settings = frame(SETTINGS, 0, 0, b"")
        return begin + settings + b"".join(drawn.choice(kinds)() for _ in range(drawn.randrange(9)))

    def _next(self) -> int:
        self._stream += 2
        return self._stream

    def _content(self) -> bytes:
        return self._random.choice(self._contents)

    def _headers(self, stream: int, headers: Sequence[Header], flags: int = 4) -> bytes:
        return frame(HEADERS, flags, stream, self._table.encode(headers))

    def _call(self) -> bytes:
        stream = self._next()
        return self._headers(stream, SOUND) + frame(DATA, 1, stream, message(self._content()))

    def _half_call(self) -> bytes:
        stream, drawn = self._next(), self._random
        lie = message(
            self._content(),
            compressed=drawn.randrange(3),
            length=drawn.choice((None, 0, 1, 2**22 + 1, 2**32 - 1)),
        )
        body = drawn.choice((b"", lie, lie[: drawn.randrange(len(lie))], lie + lie))
        return self._headers(stream, SOUND) + frame(DATA, drawn.randrange(2), stream, body)

    def _odd_call(self) -> bytes:
        stream, drawn = self._next(), self._random
        headers = drawn.sample(SOUND, drawn.randrange(len(SOUND) + 1)) + drawn.choices(ODD, k=3)
        sent = self._headers(stream, headers, flags=drawn.choice((0, 4, 5, 0x2C)))
        return sent + frame(DATA, 1, stream, message(self._content()))

    def _frame(self) -> bytes:
        drawn = self._random
        stream = drawn.choice((0, 1, 2, max(self._stream, 0), 2**31 - 1, 2**32 - 1))
        payload = drawn.randbytes(drawn.choice((0, 1, 4, 5, 6, 8, 40)))
        return frame(drawn.randrange(12), drawn.randrange(256), stream, payload)

    def _window(self) -> bytes:
        stream = self._random.choice((0, max(self._stream, 0)))
        by = self._random.choice((0, 1, 2**31 - 1, 2**32 - 1))
        return frame(WINDOW, 0, stream, by.to_bytes(4, "big"))

    def _settings(self) -> bytes:
        drawn = self._random
        name, value = drawn.randrange(9), drawn.choice((0, 1, 2**14, 2**24, 2**32 - 1))
        return frame(SETTINGS, 0, 0, name.to_bytes(2, "big") + value.to_bytes(4, "big"))

    def _resets(self) -> bytes:
        """Begin calls and give them up at once (CVE-2023-44487)."""
        sent = b""
        for _ in range(self._random.randrange(30)):
            stream = self._next()
            sent += self._headers(stream, SOUND) + frame(RESET, 0, stream, b"\x00\x00\x00\x08")
        return sent

    def _noise(self) -> bytes:
        return self._random.randbytes(self._random.randrange(64))


def converse(port: int, tls: ClientTls, sent: bytes) -> list[Frame]:
    """Send bytes over one connection and return the frames that came back until it went silent."""
    context = client_context(tls)
    context.set_alpn_protocols(["h2"])
    received = b""
    with (
        socket.create_connection(("localhost", port), timeout=5) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as secured,
        suppress(OSError),
    ):
        secured.sendall(sent + frame(PING, 0, 0, b"the end."))
        while piece := _piece(secured):
            received += piece
            if b"the end." in piece:
                # All that came before it was taken in; answers of other threads may follow.
                secured.settimeout(0.005)
    return _frames(received)


def statuses(frames: Sequence[Frame]) -> list[int]:
    """Return the gRPC statuses in frames that one connection brought."""
    table = hpack.Decoder()
    headers = [table.decode(one.data, raw=True) for one in frames if isinstance(one, HeadersFrame)]
    return [int(value) for one in headers for name, value in one if name == b"grpc-status"]


def _piece(secured: ssl.SSLSocket) -> bytes:
    try:
        return secured.recv(65_536)
    except TimeoutError:
        return b""


def _frames(received: bytes) -> list[Frame]:
    found = []
    while len(received) >= HEAD_LENGTH:
        try:
            one, length = Frame.parse_frame_header(memoryview(received[:HEAD_LENGTH]))
        except HyperframeError as error:
            raise AssertionError(f"the server sent no frame: {received[:40]!r}") from error
        whole = HEAD_LENGTH + length
        if len(received) < whole:
            break
        one.parse_body(memoryview(received[HEAD_LENGTH:whole]))
        found.append(one)
        received = received[whole:]
    return found
