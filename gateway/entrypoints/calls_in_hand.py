"""How many calls one caller has in hand, and how fast they come: nobody takes what all others need.

A call that is refused costs next to nothing: it is counted before anything is read.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Final

from gateway.domain.errors import BusyError

RATE: Final = 20.0
"""Calls a second in the long run: a sync makes three."""
BURST: Final = 300.0
"""Calls at once after a silence: a recovery fetches hundreds of DELTAs, each with its answer."""


class _Share:
    """What one caller has and may."""

    __slots__ = ("at", "begun", "left")

    def __init__(self, at: float) -> None:
        self.at = at
        self.begun = 0
        self.left = BURST


class CallsInHand:
    """Counts the calls of each caller. Thread-safe.

    Args:
        most: Calls of one caller that have begun and not ended.
        timer: Seconds from any beginning.
    """

    def __init__(self, most: int, timer: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._timer = timer
        self._lock = Lock()
        self._shares: defaultdict[str, _Share] = defaultdict(lambda: _Share(timer()))

    @contextmanager
    def one_of(self, caller: str) -> Iterator[None]:
        """Count a call as long as it lasts.

        Args:
            caller: Its registered name: there are as many as are registered.

        Raises:
            BusyError: The caller has as many in hand as it may, or they come too fast.
        """
        share = self._begin(caller)
        try:
            yield
        finally:
            with self._lock:
                share.begun -= 1

    def _begin(self, caller: str) -> _Share:
        with self._lock:
            share, now = self._shares[caller], self._timer()
            share.left = min(BURST, share.left + RATE * (now - share.at))
            share.at = now
            if share.left < 1:
                raise BusyError(f"caller {caller} makes more than {RATE:g} calls a second")
            if share.begun >= self._most:
                raise BusyError(f"caller {caller} has {self._most} calls in hand")
            share.left -= 1
            share.begun += 1
            return share
