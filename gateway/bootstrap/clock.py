"""The one clock: the only reading of the time of day."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from time import time

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """Return the time in whole seconds, UTC: the only reading of the clock."""
    return _second(int(time()))


@lru_cache(maxsize=1)  # one object per second, made and hashed once for all that is decided in it
def _second(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
