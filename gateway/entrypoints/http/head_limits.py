"""Limits on requests that uvicorn does not set: size and fields of the head, slowness of all.

They hold before anybody is identified, so that a stranger cannot hold memory or connections. How
long a body may be stands with who reads it.
"""

import asyncio
from collections import Counter
from http import HTTPStatus
from typing import Final

from uvicorn.server import ServerState

from gateway.domain.errors import BusyError, GatewayError, HeadTooLargeError, InvalidRequestError
from gateway.entrypoints.http.joined_writes import joined
from gateway.entrypoints.http.peer_certificate import PeerCertificateProtocol
from gateway.entrypoints.http.problems import MEDIA_TYPE, fields_of, problem_of
from gateway.exchange.request_ids import read

MAX_FIELDS: Final = 64
MAX_HEAD_BYTES: Final = 16 * 1024
"""Of target, names and values; a bearer token is about one of them."""
HEAD_SECONDS: Final = 10
BODY_SECONDS: Final = 60
"""For all of it, however slowly it comes."""
_LOOK_EVERY: Final = 2.5


class LimitedProtocol(PeerCertificateProtocol):
    """HTTP/1.1 over mutual TLS that waits for nobody for ever."""

    _head_bytes = 0
    _heads = 0
    _crowd: "Counter[bytes | None]"
    _in_head = True
    _patience = HEAD_SECONDS
    _since: float | None = None
    """Since when the rest of a head or body is awaited."""
    _refusal: GatewayError = InvalidRequestError("this is no HTTP/1.1 request")

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as in uvicorn
        """Begin to wait for the first head."""
        super().connection_made(joined(transport, self.loop))
        self._crowd = _crowd_of(self.server_state)
        self._crowd[self.certificate] += 1
        self._since = self.loop.time()
        self.loop.call_later(_LOOK_EVERY, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        """Make room for another connection of the same caller."""
        super().connection_lost(exc)
        self._crowd[self.certificate] -= 1
        if not self._crowd[self.certificate]:
            del self._crowd[self.certificate]

    def data_received(self, data: bytes) -> None:
        """Take bytes; those between two calls begin a head."""
        if self._since is None and self.cycle.response_complete:
            self._since, self._patience = self.loop.time(), HEAD_SECONDS
        was_in_head, heads = self._in_head, self._heads
        super().data_received(data)
        # Counted here as well: the parser keeps a field that does not end.
        if was_in_head and heads == self._heads and not self.transport.is_closing():
            self._head_bytes += len(data)
            if self._head_bytes > 2 * MAX_HEAD_BYTES:
                self._refusal = _too_large()
                self.send_400_response("")

    def on_message_begin(self) -> None:
        """Start a request."""
        super().on_message_begin()
        self._head_bytes = 0

    def on_url(self, url: bytes) -> None:
        """Take a piece of the target."""
        super().on_url(url)
        self._head_bytes += len(url)
        if self._head_bytes > MAX_HEAD_BYTES:
            self._refuse(_too_large())

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a field."""
        # All of uvicorn's, without a call of it: there are many fields.
        name = name.lower()
        if name == b"expect" and value.lower() == b"100-continue":
            self.expect_100_continue = True
        self.headers.append((name, value))
        self._head_bytes += len(name) + len(value)
        if self._head_bytes > MAX_HEAD_BYTES or len(self.headers) > MAX_FIELDS:
            self._refuse(_too_large())

    def on_headers_complete(self) -> None:
        """Hand the request over, and begin to wait for its body."""
        self._in_head = False
        self._heads += 1
        self._since, self._patience = self.loop.time(), BODY_SECONDS
        # uvicorn would refuse it too, but not as problem details.
        if self.limit_concurrency and len(self.connections) >= self.limit_concurrency:
            self._refuse(BusyError("as many connections as may be are open"))
        if self._is_one_too_many():
            self._refuse(BusyError("half of all connections are of this caller"))
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Wait no longer: the request is whole."""
        self._in_head = True
        self._head_bytes = 0
        self._since = None
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no request, or came too slowly or with too large a head, and close."""
        del msg
        status, body = problem_of(self._refusal)
        fields = fields_of(self._refusal, read(None)) | {
            "content-type": MEDIA_TYPE,
            "content-length": str(len(body)),
            "connection": "close",
        }
        lines = (f"{name}: {value}\r\n" for name, value in fields.items())
        head = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n{''.join(lines)}\r\n"
        self.transport.write(head.encode("ascii") + body)
        self.transport.close()

    def _is_one_too_many(self) -> bool:
        # Who shows a token instead is bounded by its rate.
        if self.certificate is None or not self.limit_concurrency:
            return False
        return self._crowd[self.certificate] > self.limit_concurrency // 2

    def _refuse(self, error: GatewayError) -> None:
        self._refusal = error
        # The parser makes an error of its own of it, and uvicorn asks for an answer.
        raise error

    def _look(self) -> None:
        if self.transport.is_closing():
            return
        if self._since is None or self.loop.time() - self._since <= self._patience:
            self.loop.call_later(_LOOK_EVERY, self._look)
        elif self._in_head or self.cycle.response_started:
            # Without a goodbye: TLS would wait half a minute for theirs.
            self.transport.abort()
        else:
            self._refusal = InvalidRequestError(f"the body did not come within {BODY_SECONDS} s")
            self.send_400_response("")


def _crowd_of(state: ServerState) -> "Counter[bytes | None]":
    """Return the number of connections of a server by the certificate that was shown."""
    crowd: Counter[bytes | None] = vars(state).setdefault("crowd", Counter())
    return crowd


def _too_large() -> HeadTooLargeError:
    return HeadTooLargeError(f"more than {MAX_FIELDS} fields or {MAX_HEAD_BYTES} bytes")
