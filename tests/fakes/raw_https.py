"""An HTTPS server that answers every request with given bytes, as slowly as wanted."""

import socket
import ssl
import struct
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from itertools import chain, repeat
from threading import Event, Thread

from gateway.exchange.xml_feed.tls_context import server_context
from gateway.ports.tls import ServerTls

Misdeed = Callable[[ssl.SSLSocket], None]
"""What is done instead of an answer."""
Answer = bytes | Misdeed


def endless(head: bytes, piece: bytes) -> Misdeed:
    """Send a piece again and again, until the other side has had enough."""

    def send(secured: ssl.SSLSocket) -> None:
        secured.sendall(head)
        while True:
            secured.sendall(piece)

    return send


def reset_after(begin: bytes) -> Misdeed:
    """Send so much, then reset the connection: no end of TLS, no end of TCP."""

    def send(secured: ssl.SSLSocket) -> None:
        secured.sendall(begin)
        # What was sent is read first: a reset takes with it what still lies on the way.
        time.sleep(0.05)
        secured.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        socket.socket(fileno=secured.detach()).close()

    return send


def dripping(answer: bytes, seconds_a_byte: float) -> Misdeed:
    """Send one byte at a time."""

    def send(secured: ssl.SSLSocket) -> None:
        for byte in answer:
            secured.sendall(bytes([byte]))
            time.sleep(seconds_a_byte)

    return send


class RawHttps:
    def __init__(
        self, tls: ServerTls, *answers: Answer, seconds_a_byte: float = 0, speaks: str = "http/1.1"
    ) -> None:
        """Answer with these in turn, and with the last one from then on."""
        self._answers = answers
        self._pause = seconds_a_byte
        self._stopped = Event()
        self._context: ssl.SSLContext = server_context(tls)
        self._context.set_alpn_protocols([speaks])
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self.address = f"127.0.0.1:{self.port}"
        self.requests: list[bytes] = []
        self._thread = Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._stopped.set()
        with suppress(OSError):
            socket.create_connection(self._listening.getsockname(), timeout=1).close()
        self._thread.join(5)
        self._listening.close()

    def _serve(self) -> None:
        while not self._stopped.is_set():
            plain, _ = self._listening.accept()
            plain.settimeout(5)
            with suppress(OSError), self._context.wrap_socket(plain, server_side=True) as secured:
                self._answer_one(secured)
            plain.close()

    def _answer_one(self, secured: ssl.SSLSocket) -> None:
        request = b""
        # The whole request is read, because closing with unread bytes resets the connection.
        while not _is_whole(request):
            piece = secured.recv(65536)
            if not piece:
                return
            request += piece
        answer = self._choose(request)
        self.requests.append(request)
        if isinstance(answer, bytes) and self._pause:
            answer = dripping(answer, self._pause)
        if isinstance(answer, bytes):
            secured.sendall(answer)
        else:
            answer(secured)

    def _choose(self, request: bytes) -> Answer:
        del request
        return self._answers[min(len(self.requests), len(self._answers) - 1)]


class HostilePartner(RawHttps):
    """Answers each kind of question in its own way; takes every acknowledgement."""

    def __init__(self, tls: ServerTls, answers: Mapping[str, tuple[Answer, ...]]) -> None:
        """Answer `head`, `changes` and `lists` with these in turn, and with the last one again."""
        self._by_place = {
            place: chain(given, repeat(given[-1])) for place, given in answers.items()
        }
        super().__init__(tls)

    def _choose(self, request: bytes) -> Answer:
        method, target, _ = request.split(b" ", 2)
        place = target.split(b"?")[0].split(b"/")[7].decode()
        if method != b"GET" or place not in self._by_place:
            return b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n"
        return next(self._by_place[place])


def _is_whole(request: bytes) -> bool:
    head, end, body = request.partition(b"\r\n\r\n")
    _, _, length = head.lower().partition(b"\r\ncontent-length:")
    return bool(end) and len(body) >= int(length.partition(b"\r\n")[0] or b"0")
