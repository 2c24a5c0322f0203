"""One HTTPS call to a partner: mutual TLS, a total deadline, a limit on bytes, no redirects.

The deadline is over everything: name, connection, handshake, request, headers and body. httpx
itself knows only idle times, under which a partner that sends a byte a second never ends (SYN-4);
so each call runs on an event loop of its own that cancels it. Nothing outlives a call: no
connection waits for the partner to have closed it meanwhile.
"""

import asyncio
import ssl
from collections.abc import Coroutine, Mapping
from datetime import timedelta
from typing import Final, TypeVar

import httpx
from msgspec import Struct

from gateway.domain.errors import TooLargeError, TransportError
from gateway.domain.transport_faults import TransportFault
from gateway.exchange.request_ids import BOUND_AS, HEADER, begin
from gateway.exchange.xml_feed.http_faults import fault_of

T = TypeVar("T")

_FRAMED: Final = frozenset({"content-length", "transfer-encoding"})
_BODILESS: Final = frozenset({204, 304})
_OK: Final = 200
_PARTIAL: Final = 206


class Call(Struct, frozen=True, kw_only=True):
    """What to ask, and how much of an answer to take."""

    method: str
    url: str
    headers: Mapping[str, str] = {}
    body: bytes | None = None
    max_bytes: int
    deadline: timedelta

    @property
    def connect_deadline(self) -> float:
        """Seconds for the connection, and as many for the handshake: half of the whole each."""
        return self.deadline.total_seconds() / 2


class Reply(Struct, frozen=True, kw_only=True):
    """A whole answer. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def media_type(self) -> str:
        """The content type without parameters, in lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


class Kept:
    """What came of a body before its connection broke, for a call that takes it up again."""

    def __init__(self) -> None:
        self.body = bytearray()
        self.has_begun = False
        """The fields before the body have come, in the newest attempt."""
        self._etag = ""

    @property
    def headers(self) -> dict[str, str]:
        """Ask for the rest, if that is still of the same body; else for all of it."""
        if not (self.body and self._etag):
            return {}
        return {"range": f"bytes={len(self.body)}-", "if-range": self._etag}

    def begin(self, status: int, headers: Mapping[str, str]) -> int:
        """Take note of an answer that begins; return its status, as if it came in one piece.

        Raises:
            TransportError: It is another piece than the one that is missing.
        """
        if status != _PARTIAL or not self.body:
            self.body.clear()
            self._etag = headers.get("etag", "")
            return status
        begins = headers.get("content-range", "").startswith(f"bytes {len(self.body)}-")
        # EXC-2: pieces of two bodies never make one
        if not begins or headers.get("etag") != self._etag:
            message = "the partner answered with another piece of another body"
            raise TransportError(message, TransportFault.OUT_OF_ORDER)
        return _OK


def send(call: Call, context: ssl.SSLContext, kept: Kept | None = None) -> Reply:
    """Make one call. What arrives of the body goes on in `kept`, and stays there if it breaks off.

    Raises:
        TransportError: Not reached, not in time, cut off, or an answer without a known length.
        TooLargeError: The answer is larger than `max_bytes`; reading stopped there.
    """
    # A new one for each call (EXC-8).
    named = {HEADER: begin()}
    place = {"url": call.url, BOUND_AS: named[HEADER]}
    kept = kept or Kept()
    kept.has_begun = False
    try:
        return _run(_within_deadline(call, named, context, kept))
    except httpx.ConnectTimeout as error:
        seconds = f"{call.connect_deadline:g}"
        message = f"{call.method} {call.url}: no connection within {seconds} s"
        raise TransportError(message, TransportFault.TIMEOUT, context=place) from error
    except TimeoutError as error:
        seconds = f"{call.deadline.total_seconds():g}"
        message = f"{call.method} {call.url} took longer than {seconds} s"
        raise TransportError(message, TransportFault.TIMEOUT, context=place) from error
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError) as error:
        reason = str(error) or type(error).__name__
        message = f"{call.method} {call.url}: {reason}"
        fault = fault_of(error, has_begun=kept.has_begun)
        raise TransportError(message, fault, context=place) from error


def _run(work: Coroutine[object, object, T]) -> T:
    # Not asyncio.run: it waits for a name that is still being looked up after the deadline.
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(work)
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


async def _within_deadline(
    call: Call, named: Mapping[str, str], context: ssl.SSLContext, kept: Kept
) -> Reply:
    async with (
        asyncio.timeout(call.deadline.total_seconds()),
        httpx.AsyncClient(
            verify=context,
            trust_env=False,
            # The deadline above is over all of it. But who is cut off in a handshake leaves its
            # socket open: connection and handshake end by themselves before.
            timeout=httpx.Timeout(None, connect=call.connect_deadline),
        ) as client,
        client.stream(
            call.method,
            call.url,
            content=call.body,
            headers={"accept-encoding": "identity", **named, **call.headers, **kept.headers},
            follow_redirects=False,
        ) as response,
    ):
        kept.has_begun = True
        headers = {name.lower(): value for name, value in response.headers.items()}
        bodiless = response.status_code in _BODILESS
        # SYN-7: without a length, an answer that was cut off looks like a whole one
        if not bodiless and _FRAMED.isdisjoint(headers):
            message = f"{call.url}: the answer does not say where it ends"
            raise TransportError(message, TransportFault.UNFRAMED)
        # SYN-7: what we did not ask for is not decoded
        if headers.get("content-encoding", "identity") != "identity":
            raise TransportError(f"{call.url}: the answer is compressed", TransportFault.COMPRESSED)
        status = kept.begin(response.status_code, headers)
        body = await _read(response, call, kept.body)
        return Reply(status=status, headers=headers, body=body)


async def _read(response: httpx.Response, call: Call, body: bytearray) -> bytes:
    async for piece in response.aiter_raw():
        body += piece
        # ACC-1: the limit holds while reading, whatever length was announced
        if len(body) > call.max_bytes:
            message = f"{call.url}: more than {call.max_bytes} bytes"
            raise TooLargeError(message, context={"limit": str(call.max_bytes)})
    return bytes(body)
