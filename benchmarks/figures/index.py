"""The figures of the index rows: a lookup process's index, refreshed while another thread asks."""

import sys
import time
from collections.abc import Mapping
from itertools import cycle
from pathlib import Path
from threading import Event, Thread
from typing import Any, Self

from benchmarks.administration import Administration
from benchmarks.lines import serve_lines
from gateway.bootstrap import Gateway
from gateway.domain.answers import Question
from gateway.entrypoints.collector import look_seldom
from gateway.entrypoints.yielding import take_short_turns
from gateway.services.lookup import LookupDesk

ASKED_EVERY = 0.001
"""Seconds between lookups, from the end of one to the next: a thread that never rests would
measure how two threads share one interpreter."""


class Asking:
    """A thread that looks up one code after the other, and knows how long each kept it waiting."""

    def __init__(self, gateway: Gateway, desk: LookupDesk, codes: list[str]) -> None:
        self._gateway, self._desk, self._codes = gateway, desk, codes
        self._stop = Event()
        self._thread = Thread(target=self._ask, daemon=True)
        self.waits: list[tuple[float, float]] = []
        """When one began, and how long it took."""

    def __enter__(self) -> Self:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End."""
        self._stop.set()
        self._thread.join()

    def longest(self, begin: float, end: float) -> float:
        """Return the seconds of the longest lookup that began, or went on, in this time."""
        waits = [wait for at, wait in self.waits if at + wait >= begin and at <= end]
        return max(waits, default=0.0)

    def _ask(self) -> None:
        for code in cycle(self._codes):
            # The pause belongs to it: whoever sleeps too has to get the interpreter back.
            begin = time.perf_counter()
            time.sleep(ASKED_EVERY)
            self._desk.answer(Question(code=code), now=self._gateway.clock())
            self.waits.append((begin, time.perf_counter() - begin - ASKED_EVERY))
            if self._stop.is_set():
                return


def main() -> None:
    """Load the index; at each order, take over what the registry has applied since."""
    look_seldom()  # both as `mra serve --role lookup` does
    take_short_turns()
    gateway = Administration(Path(sys.argv[1])).open()
    desk = gateway.lookup_desk()
    codes = Path(sys.argv[2]).read_text("ascii").split()
    before = _resident_bytes()
    desk.refresh()
    loaded = _resident_bytes() - before

    def work(_order: Mapping[str, Any]) -> dict[str, Any]:
        with Asking(gateway, desk, codes) as asking:
            time.sleep(0.2)
            begin = time.perf_counter()
            desk.refresh()
            end = time.perf_counter()
            time.sleep(0.2)
            calm = time.perf_counter()
            time.sleep(end - begin + 0.2)
            return {
                "resident_bytes": loaded,
                "seconds": end - begin,
                "longest": asking.longest(begin, end),
                "longest_calm": asking.longest(calm, calm + end - begin),
            }

    serve_lines(work)


def _resident_bytes() -> int:
    (line,) = (
        line for line in Path("/proc/self/status").read_text().splitlines() if "VmRSS" in line
    )
    return int(line.split()[1]) * 1024


if __name__ == "__main__":
    main()
