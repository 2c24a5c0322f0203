"""How many documents of one partner may be refused: beyond it, more are refused unread.

Every refused list is kept as evidence and told in the audit trail, every refused acknowledgement in
the delivery log. A partner that is broken, or whose TLS key was stolen, could fill the disk with
them, one unlike the other.
"""

from collections import defaultdict, deque
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock
from typing import Final

from gateway.domain.errors import RateExceededError
from gateway.domain.lists import Stream

MOST: Final = 50
SPAN: Final = timedelta(hours=1)


class RefusalLimit:
    """Counts what was pushed and refused, by stream, in this process. Thread-safe.

    What we fetch ourselves is bounded by the schedule and not counted.

    Args:
        tell: Told once each time that a stream reaches the limit.
    """

    def __init__(self, tell: Callable[[Stream, datetime], None]) -> None:
        self._tell = tell
        self._lock = Lock()
        self._refused: defaultdict[Stream, deque[datetime]] = defaultdict(deque)

    def require_room(self, stream: Stream, caller: str, now: datetime) -> None:
        """Refuse to read another document about a stream of which too many were refused.

        Raises:
            RateExceededError: `MOST` were, within the last `SPAN`.
        """
        with self._lock:
            refused = self._refused[stream]
            while refused and now - refused[0] >= SPAN:
                refused.popleft()
            if len(refused) < MOST:
                return
            wait = refused[0] + SPAN - now
        raise RateExceededError(
            f"{MOST} documents of {stream} were refused within an hour; more are not read",
            caller=caller,
            retry_after=max(1, int(wait.total_seconds())),
            limit=f"{MOST} refused documents an hour",
        )

    def count(self, stream: Stream, now: datetime) -> None:
        """Count one that was refused."""
        with self._lock:
            refused = self._refused[stream]
            refused.append(now)
            is_reached = len(refused) == MOST
        if is_reached:
            self._tell(stream, now)
