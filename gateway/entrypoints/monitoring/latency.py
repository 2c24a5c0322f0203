"""How long calls take, at the price of two looks at the clock and one addition."""

from bisect import bisect_left
from collections.abc import Callable, Iterator
from threading import Lock, local
from time import perf_counter
from typing import Any, Final

from msgspec import Struct

BOUNDS: Final = (0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.1, 0.25, 1.0, 5.0)
"""Seconds: the upper ends of the buckets; one more has no end."""

Call = Callable[[Any, Any], Any]
"""`(request, caller) -> response`."""


Timed = Callable[[str, Call], Call]
"""Puts a clock around the handler of a method."""


def untimed(method: str, call: Call) -> Call:
    """Put none."""
    del method
    return call


class Durations(Struct, frozen=True):
    """Of one method."""

    buckets: tuple[int, ...]
    """Calls by bucket, none of them counted twice."""
    total: float
    """Seconds."""


class _Mine(local):
    """What one thread has counted: threads that share a number lose counts, or wait."""

    def __init__(self, all_of_them: list["_Cell"], lock: Lock) -> None:
        self.cell = _Cell()
        with lock:
            all_of_them.append(self.cell)


class _Cell:
    def __init__(self) -> None:
        self.buckets = [0] * (len(BOUNDS) + 1)
        self.total = 0.0


class Latency:
    """Times the handlers of a server."""

    def __init__(self) -> None:
        self._cells: dict[str, list[_Cell]] = {}
        self._lock = Lock()

    def timed(self, method: str, call: Call) -> Call:
        """Return a handler with a clock around it; a call that fails counts as any other."""
        mine = _Mine(self._cells.setdefault(method, []), self._lock)

        def timed(request: Any, caller: Any) -> Any:  # noqa: ANN401 - of any message
            started = perf_counter()
            try:
                return call(request, caller)
            finally:
                seconds = perf_counter() - started
                cell = mine.cell
                cell.buckets[bisect_left(BOUNDS, seconds)] += 1
                cell.total += seconds

        return timed

    def read(self) -> Iterator[tuple[str, Durations]]:
        """Yield what was counted, by method."""
        for method, cells in list(self._cells.items()):
            some = cells.copy()
            buckets = tuple(map(sum, zip(*(cell.buckets for cell in some), strict=True)))
            yield method, Durations(buckets, sum(cell.total for cell in some))
