"""What every implementation of `ports.blocks.HomeBlocks` does."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest

from gateway.domain.agreements import Interval
from gateway.domain.blocks import HomeBlock, Lifting, by_operator
from gateway.domain.errors import ConflictError, NotFoundError
from gateway.domain.parties import Actor, Role
from gateway.store.blocks import OperatorBlocks
from gateway.store.engines import Store
from tests.contract.synthetic_lists import NOW

OFFICER = Actor(name="officer", role=Role.OFFICER)
DAY = timedelta(days=1)
OPEN = Interval(effective_at=NOW)
WEEK = Interval(effective_at=NOW, until=NOW + 7 * DAY)


def put_in(store: Store, operator_id: str = "XB1", interval: Interval = OPEN) -> HomeBlock:
    return store.blocks.put_in(operator_id, interval, reason="open offence case", actor=OFFICER)


def lift(store: Store, number: int) -> HomeBlock:
    return store.blocks.lift(number, reason="case closed", actor=OFFICER)


def later(store: Store, span: timedelta) -> OperatorBlocks:
    """The same blocks, by a clock that shows more."""
    return OperatorBlocks(store._database, lambda: NOW + span)


class BlocksSuite:
    def test_block_is_kept_with_who_why_and_when(self, store: Store) -> None:
        block = put_in(store, interval=WEEK)
        assert store.blocks.all() == [block]
        assert block == HomeBlock(
            id=block.id,
            operator_id="XB1",
            reason="open offence case",
            interval=WEEK,
            put_in_at=NOW,
            put_in_by="officer",
        )

    def test_blocks_come_in_the_order_in_which_they_were_put_in(self, store: Store) -> None:
        blocks = [put_in(store, operator_id) for operator_id in ("XB3", "XB1", "XB2")]
        assert store.blocks.all() == blocks
        assert list(by_operator(store.blocks.all())) == ["XB3", "XB1", "XB2"]

    def test_lifted_block_stays_with_who_why_and_when(self, store: Store) -> None:
        block = put_in(store)
        lifted = later(store, DAY).lift(block.id, reason="case closed", actor=OFFICER)
        assert lifted.lifted == Lifting(at=NOW + DAY, by="officer", reason="case closed")
        assert store.blocks.all() == [lifted]
        assert lifted.as_known(NOW) == OPEN
        assert lifted.as_known(NOW + DAY) == Interval(effective_at=NOW, until=NOW + DAY)

    @pytest.mark.parametrize(
        ("start", "until"), [(0, None), (-9, 1), (6, 8), (6, None), (-9, None), (1, 2)]
    )
    def test_no_two_blocks_of_an_operator_act_at_once(
        self, store: Store, start: int, until: int | None
    ) -> None:
        first = put_in(store, interval=WEEK)
        other = Interval(
            effective_at=NOW + start * DAY, until=None if until is None else NOW + until * DAY
        )
        with pytest.raises(ConflictError, match=f"block {first.id} acts on XB1 from 2026-03-01"):
            put_in(store, interval=other)
        assert store.blocks.all() == [first]

    def test_blocks_may_follow_each_other(self, store: Store) -> None:
        put_in(store, interval=WEEK)
        put_in(store, interval=Interval(effective_at=NOW + 7 * DAY))
        put_in(store, interval=Interval(effective_at=NOW - DAY, until=NOW))
        put_in(store, "XB2", WEEK)

    def test_operator_can_be_blocked_again_once_the_block_is_lifted(self, store: Store) -> None:
        lift(store, put_in(store).id)
        put_in(store)

    def test_lifting_twice_or_too_late_or_nothing_is_refused(self, store: Store) -> None:
        first, second = put_in(store), put_in(store, "XB2", WEEK)
        lift(store, first.id)
        with pytest.raises(ConflictError, match="was lifted at 2026-03-01T12:00:00Z by officer"):
            lift(store, first.id)
        with pytest.raises(ConflictError, match="ended at 2026-03-08T12:00:00Z"):
            later(store, 7 * DAY).lift(second.id, reason="case closed", actor=OFFICER)
        with pytest.raises(NotFoundError, match="no block 99"):
            lift(store, 99)

    def test_other_processes_are_told_of_both(self, store: Store) -> None:
        before = store.registry.version()
        block = put_in(store)
        added = store.registry.version()
        lift(store, block.id)
        assert before < added < store.registry.version()

    def test_both_are_audited_with_the_reason(self, store: Store) -> None:
        lift(store, put_in(store, interval=WEEK).id)
        added, lifted = store.audit.events()
        assert (added.action, added.subject, added.actor) == ("block.added", "XB1", OFFICER)
        assert added.facts["reason"] == "open offence case"
        assert added.facts["until"] == "2026-03-08T12:00:00Z"
        assert (lifted.action, lifted.subject) == ("block.lifted", "XB1")
        assert lifted.facts["reason"] == "case closed"

    def test_what_is_refused_leaves_nothing(self, store: Store) -> None:
        put_in(store)
        before = (store.registry.version(), len(list(store.audit.events())))
        with pytest.raises(ConflictError):
            put_in(store)
        assert (store.registry.version(), len(list(store.audit.events()))) == before

    def test_of_many_officers_at_once_one_blocks(self, store: Store) -> None:
        barrier = Barrier(6)

        def block(_: int) -> bool:
            barrier.wait()
            try:
                put_in(store)
            except ConflictError:
                return False
            return True

        with ThreadPoolExecutor(6) as pool:
            assert sum(pool.map(block, range(6))) == 1
        assert len(store.blocks.all()) == 1
