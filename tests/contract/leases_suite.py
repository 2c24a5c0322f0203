"""What every implementation of `ports.leases.Leases` does."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

from gateway.store.engines import Store
from tests.contract.synthetic_lists import NOW

SPAN = timedelta(minutes=5)


class LeasesSuite:
    def test_syn_1_a_second_holder_gets_nothing_while_the_first_runs(self, store: Store) -> None:
        assert store.leases.acquire("XA-XB", "one", NOW, SPAN) is not None
        assert store.leases.acquire("XA-XB", "two", NOW + SPAN - timedelta(seconds=1), SPAN) is None

    def test_syn_1_of_many_at_once_one_gets_the_lease(self, store: Store) -> None:
        barrier = Barrier(8)

        def acquire(number: int) -> bool:
            barrier.wait()
            return store.leases.acquire("XA-XB", f"run {number}", NOW, SPAN) is not None

        with ThreadPoolExecutor(8) as pool:
            assert sum(pool.map(acquire, range(8))) == 1

    def test_an_expired_lease_goes_to_the_next_with_a_higher_token(self, store: Store) -> None:
        first = store.leases.acquire("XA-XB", "one", NOW, SPAN)
        second = store.leases.acquire("XA-XB", "two", NOW + SPAN, SPAN)
        assert first is not None
        assert second is not None
        assert second.token > first.token
        assert second.expires_at == NOW + 2 * SPAN

    def test_a_released_lease_is_free_at_once_and_its_token_still_rises(self, store: Store) -> None:
        first = store.leases.acquire("XA-XB", "one", NOW, SPAN)
        assert first is not None
        store.leases.release(first)
        store.leases.release(first)
        second = store.leases.acquire("XA-XB", "two", NOW, SPAN)
        assert second is not None
        assert second.token > first.token

    def test_releasing_a_lease_that_was_lost_leaves_the_new_holder_in_peace(
        self, store: Store
    ) -> None:
        lost = store.leases.acquire("XA-XB", "one", NOW, SPAN)
        assert lost is not None
        assert store.leases.acquire("XA-XB", "two", NOW + SPAN, SPAN) is not None
        store.leases.release(lost)
        assert store.leases.acquire("XA-XB", "three", NOW + SPAN, SPAN) is None

    def test_the_holder_extends_its_own_lease(self, store: Store) -> None:
        first = store.leases.acquire("XA-XB", "one", NOW, SPAN)
        again = store.leases.acquire("XA-XB", "one", NOW + timedelta(minutes=1), SPAN)
        assert first is not None
        assert again is not None
        assert again.token > first.token
        assert again.expires_at > first.expires_at

    def test_subjects_do_not_disturb_each_other(self, store: Store) -> None:
        assert store.leases.acquire("XA-XB", "one", NOW, SPAN) is not None
        assert store.leases.acquire("XA-XC", "two", NOW, SPAN) is not None
