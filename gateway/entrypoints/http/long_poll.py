"""A watch over HTTPS: a question for the head that waits until there is a new one (EXC-5, EXC-6).

Long polling and not an event stream: each answer is whole and says where it ends (SYN-7), passes
every proxy, and needs no second reader on the other side. No thread waits: the board is looked at.
"""

import asyncio
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final

from litestar import Request, Response
from litestar.concurrency import sync_to_thread

from gateway.domain.errors import InvalidRequestError
from gateway.domain.lists import Stream
from gateway.domain.parties import Caller
from gateway.services.watching import HeadBoard

LONGEST_WAIT: Final = 30
"""Seconds."""
_LOOK_EVERY: Final = 0.05
_NO_NEWS: Final = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})

Look = Callable[[], Response[bytes]]
"""Answers with the head as it is now."""


def seconds_to_wait(request: Request[Any, Any, Any]) -> int:
    """Return how long the caller wants to wait; 0 if it does not say.

    Raises:
        InvalidRequestError: It is no number of seconds.
    """
    text = request.query_params.get("wait", "0")
    if not (text.isascii() and text.isdecimal() and int(text[:4]) <= LONGEST_WAIT):
        raise InvalidRequestError(f"wait is not a number of seconds up to {LONGEST_WAIT}")
    return int(text)


async def first_news(
    board: HeadBoard, caller: Caller, stream: Stream, look: Look, seconds: int
) -> Response[bytes]:
    """Return the answer as soon as there is news, or as it is after so many seconds.

    Raises:
        ConflictError: A newer watch of this partner took the place of this one.
    """
    if not seconds:
        return await sync_to_thread(look)
    place = board.open(caller, stream)
    give_up_at = time.monotonic() + seconds
    try:
        while True:
            rings = board.rings
            answer = await sync_to_thread(look)
            is_over = board.is_closed or time.monotonic() >= give_up_at
            if is_over or answer.status_code not in _NO_NEWS:
                return answer
            while board.rings == rings and time.monotonic() < give_up_at:  # noqa: ASYNC110 - threads ring it
                await asyncio.sleep(_LOOK_EVERY)
            place.require()
    finally:
        place.leave()
