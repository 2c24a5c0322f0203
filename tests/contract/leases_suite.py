"""What every implementation of `ports.leases.Leases` does."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest

from gateway.domain.errors import ConflictError
from gateway.domain.schedule import LastRun
from gateway.ports.leases import Ended, Lease
from gateway.store.engines import Store
from gateway.store.leases import require_lease
from tests.contract.synthetic_lists import NOW

SPAN = timedelta(minutes=5)
SECOND = timedelta(seconds=1)


def acquired(store: Store, holder: str = "one", *, seen: int | None = None) -> Lease:
    lease = store.leases.acquire("XA-XB", holder, NOW, SPAN, seen=seen)
    assert lease is not None
    return lease


def write_under(store: Store, lease: Lease) -> None:
    with store._database.write() as connection:
        require_lease(connection, lease)


class LeasesSuite:
    def test_syn_1_a_second_run_gets_nothing_while_the_first_is_at_it(self, store: Store) -> None:
        acquired(store)
        assert store.leases.acquire("XA-XB", "two", NOW + SPAN - SECOND, SPAN) is None
        assert store.leases.acquire("XA-XB", "one", NOW, SPAN) is None

    def test_syn_1_of_many_at_once_one_gets_the_lease(self, store: Store) -> None:
        barrier = Barrier(8)

        def acquire(number: int) -> bool:
            barrier.wait()
            return store.leases.acquire("XA-XB", f"run {number}", NOW, SPAN) is not None

        with ThreadPoolExecutor(8) as pool:
            assert sum(pool.map(acquire, range(8))) == 1

    def test_syn_1_what_was_due_is_run_by_the_first_that_claims_it(self, store: Store) -> None:
        first = acquired(store, seen=0)
        store.leases.release(first, Ended(began_at=NOW, ended_at=NOW))
        assert store.leases.acquire("XA-XB", "two", NOW, SPAN, seen=0) is None
        assert acquired(store, "two", seen=first.token).token > first.token

    def test_syn_1_of_many_that_claim_at_once_one_runs_it(self, store: Store) -> None:
        before = acquired(store)
        store.leases.release(before, Ended(began_at=NOW, ended_at=NOW))
        barrier = Barrier(8)

        def run_if_due(number: int) -> bool:
            barrier.wait()
            lease = store.leases.acquire("XA-XB", f"run {number}", NOW, SPAN, seen=before.token)
            if lease is not None:
                store.leases.release(lease, Ended(began_at=NOW, ended_at=NOW))
            return lease is not None

        with ThreadPoolExecutor(8) as pool:
            assert sum(pool.map(run_if_due, range(8))) == 1

    def test_an_expired_lease_goes_to_the_next_with_a_higher_token(self, store: Store) -> None:
        first = acquired(store)
        second = store.leases.acquire("XA-XB", "two", NOW + SPAN, SPAN)
        assert second is not None
        assert second.token > first.token
        assert store.leases.last_runs()["XA-XB"].busy_until == NOW + 2 * SPAN

    def test_a_released_lease_is_free_at_once_and_its_token_still_rises(self, store: Store) -> None:
        first = acquired(store)
        store.leases.release(first)
        store.leases.release(first)
        assert acquired(store, "two").token > first.token

    def test_releasing_a_lease_that_was_lost_leaves_the_new_holder_in_peace(
        self, store: Store
    ) -> None:
        lost = acquired(store)
        assert store.leases.acquire("XA-XB", "two", NOW + SPAN, SPAN) is not None
        store.leases.release(lost, Ended(began_at=NOW, ended_at=NOW))
        assert store.leases.acquire("XA-XB", "three", NOW + SPAN, SPAN) is None
        assert store.leases.last_runs()["XA-XB"].ended_at is None

    def test_a_run_extends_its_lease_until_it_is_lost(self, store: Store) -> None:
        lease = acquired(store)
        assert store.leases.renew(lease, NOW + 2 * SPAN)
        assert store.leases.acquire("XA-XB", "two", NOW + SPAN, SPAN) is None
        assert store.leases.acquire("XA-XB", "two", NOW + 2 * SPAN, SPAN) is not None
        assert not store.leases.renew(lease, NOW + 4 * SPAN)
        assert store.leases.last_runs()["XA-XB"].busy_until == NOW + 3 * SPAN

    def test_syn_1_a_run_that_lost_its_lease_writes_nothing(self, store: Store) -> None:
        lease = acquired(store)
        write_under(store, lease)
        # Expired, but nobody else began: nothing speaks against it.
        write_under(store, lease)
        assert store.leases.acquire("XA-XB", "two", NOW + SPAN, SPAN) is not None
        with pytest.raises(ConflictError, match="another run took over"):
            write_under(store, lease)

    def test_syn_1_a_run_whose_lease_was_given_back_writes_nothing(self, store: Store) -> None:
        lease = acquired(store)
        store.leases.release(lease)
        with pytest.raises(ConflictError, match="another run took over"):
            write_under(store, lease)

    def test_syn_1_who_is_dead_loses_its_leases_and_nobody_else_does(self, store: Store) -> None:
        assert store.leases.abandon(lambda _: True) == ()
        lease = acquired(store)
        store.leases.acquire("XA-XC", "alive", NOW, SPAN)
        assert store.leases.abandon(lambda holder: holder == lease.holder) == ("XA-XB",)
        assert store.leases.acquire("XA-XB", "two", NOW, SPAN) is not None
        assert store.leases.acquire("XA-XC", "two", NOW, SPAN) is None
        with pytest.raises(ConflictError, match="another run took over"):
            write_under(store, lease)

    def test_how_runs_ended_is_remembered(self, store: Store) -> None:
        assert store.leases.last_runs() == {}
        lease = acquired(store)
        assert store.leases.last_runs() == {"XA-XB": LastRun(token=1, busy_until=NOW + SPAN)}
        later = NOW + SECOND
        store.leases.release(lease, Ended(began_at=NOW, ended_at=later, mark=7))
        assert store.leases.last_runs() == {
            "XA-XB": LastRun(token=1, began_at=NOW, ended_at=later, mark=7)
        }

    def test_failures_in_a_row_are_counted_and_a_good_run_ends_the_row(self, store: Store) -> None:
        for failed, counted in ((True, 1), (True, 2), (False, 0), (True, 1)):
            ended = Ended(began_at=NOW, ended_at=NOW, failed=failed)
            store.leases.release(acquired(store), ended)
            assert store.leases.last_runs()["XA-XB"].failures == counted

    def test_a_run_that_was_cut_leaves_no_trace_but_its_token(self, store: Store) -> None:
        store.leases.release(acquired(store), Ended(began_at=NOW, ended_at=NOW, mark=3))
        store.leases.release(acquired(store, "two"))
        assert store.leases.last_runs() == {
            "XA-XB": LastRun(token=2, began_at=NOW, ended_at=NOW, mark=3)
        }

    def test_subjects_do_not_disturb_each_other(self, store: Store) -> None:
        acquired(store)
        assert store.leases.acquire("XA-XC", "two", NOW, SPAN) is not None
