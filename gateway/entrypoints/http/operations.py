"""Operations of an HTTP interface: what stands before each handler, and how it answers.

Each is an ASGI application at one address for one method. Litestar finds it and answers errors;
the request object and the arguments that it would make cost more than a decision does.
"""

from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from functools import lru_cache
from http import HTTPStatus
from typing import Any, Final

from litestar import get
from litestar.concurrency import sync_to_thread
from litestar.handlers import BaseRouteHandler, asgi
from litestar.types import ASGIApp, Receive, Scope, Send
from msgspec import Struct

from gateway.domain.errors import (
    MediaTypeError,
    MethodError,
    NotAcceptableError,
    TooLargeError,
    TransportError,
)
from gateway.domain.parties import Caller
from gateway.domain.transport_faults import TransportFault
from gateway.entrypoints.desks import Admission, Clock
from gateway.entrypoints.http.peer_certificate import certificate_of
from gateway.entrypoints.permissions import require_permitted
from gateway.exchange.request_ids import HEADER, bind, read

JSON: Final = "application/json"
Fields = dict[bytes, bytes]
"""Of a request; of one that is repeated the last."""

_ID: Final = HEADER.encode("ascii")


class Call(Struct, frozen=True):
    """One request of somebody who may ask it."""

    caller: Caller
    now: datetime
    fields: Fields
    scope: Scope
    receive: Receive

    async def body(self, limit: int) -> bytes:
        """Read a JSON body of at most so many bytes.

        Raises:
            MediaTypeError: It is announced as something else, or encoded.
            TooLargeError: It is longer.
            TransportError: The connection ended before.
        """
        _require_json(self.fields.get(b"content-type", b""), self.fields.get(b"content-encoding"))
        body = b""
        while True:
            message: Any = await self.receive()
            if message["type"] != "http.request":
                message = "the connection ended before the body was whole"
                raise TransportError(message, TransportFault.TRUNCATED)
            body = body + message["body"] if body else bytes(message["body"])
            # The limit holds while reading, whatever length was announced.
            if len(body) > limit:
                raise TooLargeError(f"more than {limit} bytes", context={"limit": str(limit)})
            if not message.get("more_body"):
                return body


class Reply(Struct, frozen=True):
    """What an operation answers."""

    body: bytes
    fields: Iterable[tuple[bytes, bytes]] = ()
    status: int = 200
    media_type: bytes = JSON.encode()


Handler = Callable[[Call], Awaitable[Reply]]


class Entrance(Struct, frozen=True):
    """Who calls, and whether it may."""

    admission: Admission
    clock: Clock

    def operation(self, verb: str, path: str, method: str, handler: Handler) -> BaseRouteHandler:
        """Make an operation for registered callers.

        Args:
            verb: The HTTP method.
            path: The address.
            method: Of the permission table: what the operation stands for.
            handler: Answers.
        """

        async def answer(scope: Scope, fields: Fields, receive: Receive) -> Reply:
            now = self.clock()
            der = certificate_of(scope)
            token = _token(fields) if der is None else ""
            # Whoever is not known yet is asked for in a thread, because that may take its time.
            caller = self._find(der, token, now)
            if caller is None:
                caller = await sync_to_thread(self._identify, der, token, now)
            require_permitted(caller, method)
            _require_acceptable(fields.get(b"accept", b"*/*"))
            return await handler(Call(caller, now, fields, scope, receive))

        return _operation(verb, path, answer)

    def _find(self, der: bytes | None, token: str, now: datetime) -> Caller | None:
        if der is None:
            return self.admission.find_bearer(token, now=now)
        return self.admission.find_certificate(der)

    def _identify(self, der: bytes | None, token: str, now: datetime) -> Caller:
        if der is None:
            return self.admission.by_bearer(token, now=now)
        return self.admission.by_certificate(der)


def _token(fields: Fields) -> str:
    """Return the bearer token of a request, or nothing."""
    scheme, _, token = fields.get(b"authorization", b"").decode("latin-1").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def open_operation(path: str, handler: Callable[[Fields], Reply]) -> BaseRouteHandler:
    """Make a GET that is open to everybody: what it answers is published anyway."""

    async def answer(scope: Scope, fields: Fields, receive: Receive) -> Reply:
        del scope, receive
        return handler(fields)

    return _operation("GET", path, answer)


def _operation(
    verb: str, path: str, answer: Callable[[Scope, Fields, Receive], Awaitable[Reply]]
) -> BaseRouteHandler:
    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        fields = dict(scope["headers"])
        given = fields.get(_ID)
        request_id = read(None if given is None else given.decode("latin-1"))
        try:
            _require(verb, scope)
            reply = await answer(scope, fields, receive)
        except Exception:
            # Only now, because binding costs as much as a tenth of a decision.
            bind(request_id)
            raise
        await _send(send, reply, request_id)

    async def found() -> ASGIApp:
        return application

    # Litestar's plain ASGI routes know no parameters in a path.
    return get(path)(found) if "{" in path else asgi(path, copy_scope=False)(application)


def _require(verb: str, scope: Scope) -> None:
    asked: str = scope["method"]  # type: ignore[typeddict-item] # no websocket comes here
    if asked != verb:
        raise MethodError(f"{asked} is not for this address", context={"allow": verb})


async def _send(send: Send, reply: Reply, request_id: str) -> None:
    fields = [(_ID, request_id.encode("ascii")), *reply.fields]
    # An answer without a body has no type, and the length would be that of the body left out.
    if reply.status != HTTPStatus.NOT_MODIFIED:
        length = b"%d" % len(reply.body)
        fields += ((b"content-type", reply.media_type), (b"content-length", length))
    start: Any = {"type": "http.response.start", "status": reply.status, "headers": fields}
    await send(start)
    body: Any = {"type": "http.response.body", "body": reply.body, "more_body": False}
    await send(body)


@lru_cache(maxsize=256)
def _require_json(content_type: bytes, encoding: bytes | None) -> None:
    media_type, _, parameters = content_type.decode("latin-1").lower().partition(";")
    if media_type.strip() != JSON:
        raise MediaTypeError(f"the body is {media_type.strip() or 'of no type'}, not {JSON}")
    if parameters.replace(" ", "").replace('"', "") not in {"", "charset=utf-8"}:
        raise MediaTypeError(f"the body is not {JSON} in UTF-8")
    if encoding not in {None, b"identity"}:
        raise MediaTypeError(f"the body is encoded; send {JSON} as it is")


@lru_cache(maxsize=256)
def _require_acceptable(accept: bytes) -> None:
    for one in accept.decode("latin-1").lower().split(","):
        media_range, *parameters = (part.strip() for part in one.split(";"))
        weight = next((part[2:] for part in parameters if part.startswith("q=")), "1")
        if media_range in {"*/*", "application/*", JSON} and weight.strip("0.") != "":
            return
    raise NotAcceptableError(f"the answer is {JSON}")
