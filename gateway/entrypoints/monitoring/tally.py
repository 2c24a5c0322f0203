"""Runs of the schedule, counted by partner and how they went."""

from collections import Counter
from threading import Lock


class Tally:
    """Thread-safe."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()
        self._lock = Lock()

    def count(self, partner: str, result: str) -> None:
        """Count one run."""
        with self._lock:
            self._counts[partner, result] += 1

    def read(self) -> dict[tuple[str, str], int]:
        """Return the counts by partner and result."""
        with self._lock:
            return dict(self._counts)
