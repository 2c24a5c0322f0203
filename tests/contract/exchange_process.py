"""One of several exchange processes, in a process of its own, walked through time by the test."""

from datetime import datetime, timedelta
from multiprocessing.synchronize import Barrier
from typing import Protocol

from gateway.store.engines import open_store
from tests.fakes.clock import Clock
from tests.fakes.schedule import Process

Asked = list[str]


class Results(Protocol):
    """A queue to the test."""

    def put(self, result: Asked) -> None: ...


def work(
    url: str, number: int, moments: list[datetime], together: Barrier, results: Results
) -> None:
    """Look at each moment at the same time as the others, and report who was asked."""
    clock = Clock()
    # No two machines have quite the same time.
    skew = timedelta(seconds=number % 7 - 3)
    with open_store(url, clock=clock) as store:
        process = Process(store, clock, name=f"process {number}")
        for moment in moments:
            clock.now = moment + skew
            together.wait(60)
            process.look()
            process.look()
        results.put(process.sync.ran)
