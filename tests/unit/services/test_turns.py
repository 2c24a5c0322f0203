import time
from datetime import timedelta

import pytest

from gateway.domain.errors import DatabaseUnavailableError, SignatureError, TransportError
from gateway.domain.schedule import LastRun
from gateway.domain.transport_faults import TransportFault
from gateway.ports.leases import Lease
from gateway.services.turns import SPAN, Turns
from gateway.store.engines import Store
from tests.fakes.clock import Clock

JOB = "sync XB"
PATIENCE = 30.0


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def turns(store: Store, clock: Clock) -> Turns:
    return Turns(store.leases, clock=clock, holder="here")


def remembered(store: Store) -> LastRun:
    return store.leases.last_runs()[JOB]


def test_a_turn_is_remembered_with_begin_end_and_what_it_knew_of(
    store: Store, clock: Clock, turns: Turns
) -> None:
    began = clock.now
    with turns.take(JOB, mark=4) as lease:
        assert lease is not None
        clock.advance(timedelta(seconds=9))
    assert remembered(store) == LastRun(token=1, began_at=began, ended_at=clock.now, mark=4)


def test_syn_1_a_turn_that_is_taken_is_given_to_no_other(store: Store, turns: Turns) -> None:
    with turns.take(JOB), turns.take(JOB) as second:
        assert second is None
    assert remembered(store).token == 1


def test_a_failure_that_may_pass_is_counted_and_another_is_not(store: Store, turns: Turns) -> None:
    for error, counted in (
        (TransportError("a", TransportFault.UNREACHABLE), 1),
        (TransportError("b", TransportFault.UNREACHABLE), 2),
    ):
        with pytest.raises(TransportError), turns.take(JOB):
            raise error
        assert remembered(store).failures == counted
    with pytest.raises(SignatureError), turns.take(JOB):
        raise SignatureError("c")
    assert remembered(store).failures == 0
    with pytest.raises(ZeroDivisionError), turns.take(JOB):
        raise ZeroDivisionError
    assert remembered(store).failures == 0


def test_a_turn_that_was_interrupted_leaves_the_job_as_due_as_it_was(
    store: Store, turns: Turns
) -> None:
    with pytest.raises(KeyboardInterrupt), turns.take(JOB, mark=4):
        raise KeyboardInterrupt
    assert remembered(store) == LastRun(token=1)


def test_syn_1_the_job_of_a_killed_process_is_free_when_its_lease_has_ended(
    store: Store, clock: Clock
) -> None:
    span = timedelta(seconds=5)
    killed = Turns(store.leases, clock=clock, holder="killed", span=span)
    after_it = Turns(store.leases, clock=clock, holder="after it", span=span)
    with killed.take(JOB) as lease:
        assert lease is not None
        clock.advance(span - timedelta(seconds=1))
        with after_it.take(JOB) as early:
            assert early is None
        clock.advance(timedelta(seconds=1))
        with after_it.take(JOB) as late:
            assert late is not None


def test_syn_1_turns_that_were_given_back_leave_the_jobs_free_and_as_due_as_they_were(
    store: Store, turns: Turns
) -> None:
    with turns.take(JOB):
        assert turns.give_back() == [JOB]
        assert remembered(store) == LastRun(token=1)
        with turns.take(JOB) as next_one:
            assert next_one == Lease(subject=JOB, holder="here", token=2)
    assert turns.give_back() == []


def test_syn_1_a_run_that_lives_keeps_its_lease_however_long_it_takes(
    store: Store, clock: Clock
) -> None:
    turns = Turns(store.leases, clock=clock, holder="here", beat=0.01)
    with turns.take(JOB):
        for _ in range(3):
            clock.advance(SPAN)
            deadline = time.monotonic() + PATIENCE
            while remembered(store).busy_until != clock.now + SPAN:
                assert time.monotonic() < deadline
    assert remembered(store).busy_until is None


def test_a_lease_that_cannot_be_given_back_does_not_hide_how_the_run_went(
    store: Store, turns: Turns, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> None:
        raise DatabaseUnavailableError("gone")

    monkeypatch.setattr(store.leases, "release", gone)
    with pytest.raises(TransportError), turns.take(JOB):
        raise TransportError("not reached", TransportFault.UNREACHABLE)
    assert remembered(store).busy_until is not None
