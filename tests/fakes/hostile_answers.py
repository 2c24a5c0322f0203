"""What an HTTPS server answers that means no good, or a proxy in between that means well.

Each spoils the answer with a body of a media type that would have been sound.
"""

import gzip
from collections.abc import Callable, Mapping

from gateway.domain.transport_faults import TransportFault
from tests.fakes.raw_https import Answer, endless, reset_after

Spoilt = Callable[[bytes, str], Answer]

XML = "application/xml"
JSON = "application/json"
HTML = b"<!doctype html><html><body>log in</body></html>"


def http(status: str, headers: str = "", body: bytes = b"", *, length: int | None = None) -> bytes:
    """Return an answer, whatever length it states."""
    size = len(body) if length is None else length
    head = f"HTTP/1.1 {status}\r\ncontent-length: {size}\r\n{headers}connection: close\r\n\r\n"
    return head.encode() + body


def typed(media_type: str) -> str:
    """Return the header field of a media type."""
    return f"content-type: {media_type}\r\n"


def sound(body: bytes, media_type: str = XML) -> bytes:
    """Return a sound answer."""
    return http("200 OK", typed(media_type), body)


def chunked(*pieces: bytes, media_type: str, end: bytes = b"0\r\n\r\n") -> bytes:
    """Return an answer in chunks."""
    head = f"HTTP/1.1 200 OK\r\n{typed(media_type)}transfer-encoding: chunked\r\n\r\n".encode()
    return head + b"".join(b"%x\r\n%b\r\n" % (len(one), one) for one in pieces) + end


def _halves(body: bytes) -> tuple[bytes, bytes]:
    return body[: len(body) // 2], body[len(body) // 2 :]


UNUSABLE: Mapping[str, tuple[Spoilt, TransportFault]] = {
    "an empty answer": (lambda _, kind: sound(b"", kind), TransportFault.EMPTY),
    "an answer of nothing but space": (lambda _, kind: sound(b" \r\n", kind), TransportFault.EMPTY),
    "a body that is cut off": (
        lambda body, kind: http("200 OK", typed(kind), body, length=len(body) + 1),
        TransportFault.TRUNCATED,
    ),
    "a body that is cut in half": (
        lambda body, kind: http("200 OK", typed(kind), _halves(body)[0], length=len(body)),
        TransportFault.TRUNCATED,
    ),
    "a body that is cut off between chunks": (
        lambda body, kind: chunked(body, media_type=kind, end=b""),
        TransportFault.TRUNCATED,
    ),
    "a body that is cut off within a chunk": (
        lambda body, kind: chunked(
            _halves(body)[0], media_type=kind, end=b"%x\r\n%b" % (len(body), body[-5:])
        ),
        TransportFault.TRUNCATED,
    ),
    "chunks of no number": (
        lambda body, kind: chunked(body, media_type=kind, end=b"zz\r\n\r\n"),
        TransportFault.MALFORMED,
    ),
    "a chunk longer than it states": (
        lambda body, kind: chunked(media_type=kind, end=b"").replace(
            b"\r\n\r\n", b"\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(body) - 3, body)
        ),
        TransportFault.MALFORMED,
    ),
    "a body that does not say where it ends": (
        lambda body, kind: (
            f"HTTP/1.1 200 OK\r\n{typed(kind)}connection: close\r\n\r\n".encode() + body
        ),
        TransportFault.UNFRAMED,
    ),
    "two lengths": (
        lambda body, kind: http(
            "200 OK", f"{typed(kind)}content-length: {len(body) + 5}\r\n", body
        ),
        TransportFault.MALFORMED,
    ),
    "a length that is no number": (
        lambda body, kind: sound(body, kind).replace(
            b"content-length: %d" % len(body), b"content-length: many"
        ),
        TransportFault.MALFORMED,
    ),
    "an HTML page with status 200": (
        lambda _, __: sound(HTML, "text/html"),
        TransportFault.MEDIA_TYPE,
    ),
    "an answer of no type": (lambda body, _: http("200 OK", "", body), TransportFault.MEDIA_TYPE),
    "a compressed answer": (
        lambda body, kind: http(
            "200 OK", f"{typed(kind)}content-encoding: gzip\r\n", gzip.compress(body)
        ),
        TransportFault.COMPRESSED,
    ),
    "a compressed bomb": (
        lambda _, kind: http(
            "200 OK", f"{typed(kind)}content-encoding: gzip\r\n", gzip.compress(b" " * 50_000_000)
        ),
        TransportFault.COMPRESSED,
    ),
    "a redirect": (
        lambda body, kind: http(
            "302 Found", f"location: https://elsewhere.invalid/\r\n{typed(kind)}", body
        ),
        TransportFault.STATUS,
    ),
    "another success": (
        lambda body, kind: http("206 Partial Content", typed(kind), body),
        TransportFault.STATUS,
    ),
    "not modified, unasked": (lambda _, __: http("304 Not Modified"), TransportFault.STATUS),
    "a proxy that finds nothing": (
        lambda _, __: http("404 Not Found", typed("text/html"), b"<p>404"),
        TransportFault.STATUS,
    ),
    "a proxy that forbids": (
        lambda _, __: http("403 Forbidden", typed("text/html"), b"<p>403"),
        TransportFault.STATUS,
    ),
    "problem details that are none": (
        lambda _, __: http("404 Not Found", typed("application/problem+json"), b"[1"),
        TransportFault.STATUS,
    ),
    "a failure": (
        lambda _, __: http("503 Service Unavailable", "", b"later"),
        TransportFault.STATUS,
    ),
    "no http": (lambda _, __: b"220 mail.invalid ESMTP\r\n", TransportFault.NO_ANSWER),
    "http 2 where nobody asked for it": (
        lambda _, __: b"\0\0\x12\x04\0\0\0\0\0" + b"\0" * 18,
        TransportFault.MALFORMED,
    ),
    "no byte": (lambda _, __: b"", TransportFault.NO_ANSWER),
    "a reset before the headers": (lambda _, __: reset_after(b""), TransportFault.NO_ANSWER),
    "a reset within the headers": (
        lambda _, kind: reset_after(sound(b"", kind)[:30]),
        TransportFault.NO_ANSWER,
    ),
    "a reset after the headers": (
        lambda body, kind: reset_after(sound(body, kind)[: -len(body)]),
        TransportFault.TRUNCATED,
    ),
    "a reset in the middle of the body": (
        lambda body, kind: reset_after(sound(body, kind)[: -len(body) // 2]),
        TransportFault.TRUNCATED,
    ),
    "a reset in the middle of chunks": (
        lambda body, kind: reset_after(chunked(_halves(body)[0], media_type=kind, end=b"")),
        TransportFault.TRUNCATED,
    ),
    "header fields without end": (
        lambda _, __: endless(b"HTTP/1.1 200 OK\r\n", b"x-more: " + b"y" * 8000 + b"\r\n"),
        TransportFault.MALFORMED,
    ),
}
"""Never read as what was asked for (SYN-7), and what is told of each."""

ENDLESS: Mapping[str, Spoilt] = {
    "a body without end": lambda _, kind: endless(
        f"HTTP/1.1 200 OK\r\n{typed(kind)}content-length: {10**15}\r\n\r\n".encode(), b" " * 65_536
    ),
    "chunks without end": lambda _, kind: endless(
        chunked(media_type=kind, end=b""), b"8000\r\n" + b" " * 0x8000 + b"\r\n"
    ),
}
"""Above every limit (ACC-1)."""

INDEXES: Mapping[str, tuple[Answer, TransportFault]] = {
    "no content": (http("204 No Content"), TransportFault.STATUS),
    "a list": (sound(b"<list/>"), TransportFault.MEDIA_TYPE),
    "no object": (sound(b"[2]", JSON), TransportFault.MALFORMED),
    "another object": (sound(b'{"lists": [2]}', JSON), TransportFault.MALFORMED),
    "an unknown field": (sound(b'{"sequences": [3], "more": 1}', JSON), TransportFault.MALFORMED),
    "words for numbers": (sound(b'{"sequences": ["two"]}', JSON), TransportFault.MALFORMED),
    "cut off": (
        http("200 OK", typed(JSON), b'{"sequences": [2', length=40),
        TransportFault.TRUNCATED,
    ),
    "in another order": (sound(b'{"sequences": [4, 3]}', JSON), TransportFault.OUT_OF_ORDER),
    "one twice": (sound(b'{"sequences": [3, 3]}', JSON), TransportFault.OUT_OF_ORDER),
    "one that we have": (sound(b'{"sequences": [1, 2]}', JSON), TransportFault.OUT_OF_ORDER),
}
"""Never read as an index of the lists after a sequence (SYN-7)."""
