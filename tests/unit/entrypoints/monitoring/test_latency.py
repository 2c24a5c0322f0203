from concurrent.futures import ThreadPoolExecutor

import pytest

from gateway.entrypoints.monitoring.latency import BOUNDS, Latency


def test_every_call_of_every_thread_is_counted_once() -> None:
    latency = Latency()
    call = latency.timed("Lookup", lambda request, caller: (request, caller))
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda number: call(number, "border"), range(1000)))
    assert answers == [(number, "border") for number in range(1000)]
    [(method, durations)] = latency.read()
    assert method == "Lookup"
    assert sum(durations.buckets) == 1000
    assert len(durations.buckets) == len(BOUNDS) + 1
    assert durations.total > 0


def test_a_call_that_fails_is_counted_too() -> None:
    latency = Latency()

    def fails(request: object, caller: object) -> None:
        raise ValueError(request, caller)

    with pytest.raises(ValueError, match="1"):
        latency.timed("Lookup", fails)(1, None)
    [(_, durations)] = latency.read()
    assert sum(durations.buckets) == 1
