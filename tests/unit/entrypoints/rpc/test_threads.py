import logging
from threading import Event

import pytest

from gateway.entrypoints.rpc.threads import CallThreads


def test_every_call_runs_and_tells_its_end_once() -> None:
    threads = CallThreads(2)
    ran: list[int] = []
    told: list[int] = []
    for number in range(200):
        threads.submit(ran.append, number).add_done_callback(lambda _, n=number: told.append(n))
    threads.shutdown()
    assert sorted(ran) == sorted(told) == list(range(200))


def test_a_call_that_has_ended_tells_it_at_once() -> None:
    threads = CallThreads(1)
    call = threads.submit(len, "")
    threads.shutdown()
    told: list[object] = []
    call.add_done_callback(told.append)
    assert told == [call]


def test_an_error_in_a_call_ends_no_thread(caplog: pytest.LogCaptureFixture) -> None:
    threads = CallThreads(1)
    after = Event()
    with caplog.at_level(logging.ERROR):
        threads.submit(int, "no number")
        threads.submit(after.set)
        threads.shutdown()
    assert after.is_set()
    assert "nobody caught" in caplog.text
