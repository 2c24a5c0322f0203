"""Bounds the requests that one caller has in hand, before anything is read or computed."""

from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from gateway.entrypoints.calls_in_hand import CallsInHand

MOST = 8
"""A fourth of the threads that requests share; a partner has a watch and three calls at once."""


class InHand(ASGIMiddleware):
    """Stands behind what tells who calls."""

    def __init__(self, most: int = MOST) -> None:
        self._calls = CallsInHand(most)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Go on if the caller has fewer in hand than it may.

        Raises:
            BusyError: It has not.
        """
        with self._calls.one_of(scope["user"].name):
            await next_app(scope, receive, send)
