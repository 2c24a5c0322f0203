"""Takes up the request id of every HTTPS call, and names it in the answer (EXC-8)."""

from typing import Any

from litestar.datastructures import MutableScopeHeaders
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from gateway.exchange.request_ids import HEADER, take_up


class RequestIds(ASGIMiddleware):
    """Stands before everything that looks at a request."""

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Go on under the caller's id or a new one.

        Raises:
            InvalidRequestError: The caller's is malformed.
        """
        headers: dict[bytes, bytes] = dict(scope.get("headers", ()))
        given = headers.get(HEADER.encode("ascii"))
        request_id = take_up(None if given is None else given.decode("latin-1"))

        async def send_named(message: Message) -> None:
            if message["type"] == "http.response.start":
                named: Any = MutableScopeHeaders.from_message(message)
                named[HEADER] = request_id
            await send(message)

        await next_app(scope, receive, send_named)
