"""How many calls one caller has in hand: nobody takes all threads and keeps everybody waiting."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from gateway.domain.errors import BusyError


class CallsInHand:
    """Counts the calls of each caller that have begun and not ended. Thread-safe.

    Args:
        most: Calls of one caller at once.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = Lock()
        self._counts: Counter[str] = Counter()

    @contextmanager
    def one_of(self, caller: str) -> Iterator[None]:
        """Count a call as long as it lasts.

        Raises:
            BusyError: The caller has as many in hand as it may.
        """
        with self._lock:
            if self._counts[caller] >= self._most:
                raise BusyError(f"caller {caller} has {self._most} calls in hand")
            self._counts[caller] += 1
        try:
            yield
        finally:
            with self._lock:
                self._counts[caller] -= 1
                if not self._counts[caller]:
                    del self._counts[caller]
