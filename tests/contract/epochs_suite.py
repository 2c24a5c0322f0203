"""What every implementation of the registry does when an epoch follows another (SEQ-3)."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from msgspec import structs

from gateway.domain.acknowledgements import Outcome
from gateway.domain.decisions import AcceptedState, Decision, Hold, Incoming
from gateway.domain.errors import ConflictError
from gateway.domain.lists import ListedOperator, ListKind
from gateway.domain.operators import Operator, StatusCode
from gateway.domain.state import state_root
from gateway.store.engines import Store
from tests.contract.held_lists_suite import LATER, holding, stopping, verdict
from tests.contract.registry_suite import accept, ids, state_seen_by
from tests.contract.synthetic_lists import (
    GATEWAY,
    NOW,
    STREAM,
    apply,
    conclude,
    incoming,
    laid_by,
    operator,
    operators,
    revise,
)

NEXT = STREAM.of_epoch(STREAM.epoch + 1)
SUSPENDED = operator(1, status=StatusCode.SUSPENDED)


def first_of_next(listed: list[ListedOperator], *, hours: int = 30) -> Incoming:
    at = NOW + timedelta(hours=hours)
    return incoming(1, listed, stream=NEXT, received_at=at, root=state_root(listed))


class EpochsSuite:
    def test_seq_3_an_epoch_serves_until_the_next_has_an_accepted_list(self, store: Store) -> None:
        assert store.registry.in_force(NEXT) == NEXT
        accept(store, incoming(1, operators(1, 2)))
        assert store.registry.in_force(NEXT) == STREAM
        accept(store, first_of_next(list(operators(3))))
        assert store.registry.in_force(NEXT) == NEXT
        assert store.registry.in_force(STREAM) == STREAM
        assert ids(store, NEXT) == [operator(3).operator.id]

    def test_seq_3_which_epoch_served_at_a_moment_is_known_later(self, store: Store) -> None:
        accept(store, incoming(1, operators(1, 2)))
        first = first_of_next(list(operators(3)))
        accept(store, first)
        at = store.history.in_force_at
        assert at(NEXT, NOW) == NEXT
        assert at(NEXT, first.received_at - timedelta(seconds=1)) == STREAM
        assert at(NEXT, first.received_at) == NEXT

    def test_seq_3_decide_sees_the_state_of_the_epoch_before(self, store: Store) -> None:
        accept(store, incoming(1, operators(1, 2, 3)))
        accept(store, incoming(2, operators(1, 2)))
        state = state_seen_by(store, first_of_next(list(operators(1)), hours=20))
        before = state.predecessor
        assert state.head is None
        assert before is not None
        assert before.head == store.registry.find_head(STREAM)
        assert set(before.base.members) == {operator(number).operator.id for number in (1, 2)}
        assert before.day is not None
        assert before.day.quantity == 3
        assert {found.id for found in before.find(None)} == set(before.base.members)
        accept(store, first_of_next(list(operators(1))))
        follower = incoming(2, operators(1), stream=NEXT)
        assert state_seen_by(store, follower).predecessor is None

    def test_seq_3_what_waits_in_the_epoch_before_ends_with_it(self, store: Store) -> None:
        accept(store, incoming(1, operators(1, 2)))
        second = incoming(2, operators(1), root=state_root(list(operators(1))))
        accept(store, second, holding(second))
        accept(store, first_of_next(list(operators(3))))
        assert store.held_lists.holds(open_only=True) == []
        (ended,) = store.held_lists.holds(open_only=False)
        assert ended.ending is Outcome.SUPERSEDED

    def test_seq_3_a_stop_in_the_epoch_before_does_not_stop_the_next(self, store: Store) -> None:
        accept(store, incoming(1, operators(1, 2)))
        accept(store, incoming(2, operators(1)), stopping)
        first = first_of_next(list(operators(3)))
        assert state_seen_by(store, first).held_since is None
        accept(store, first)
        assert store.held_lists.holds(open_only=True) == []

    def test_seq_3_a_first_list_measured_against_what_serves_no_more_is_not_written(
        self, store: Store
    ) -> None:
        accept(store, incoming(1, operators(1, 2)))
        first = first_of_next(list(operators(3)))

        def decide(state: AcceptedState) -> Decision:
            accept(store, incoming(2, operators(1)))
            return laid_by(first, apply())(state)

        with pytest.raises(ConflictError):
            store.registry.accept(first, decide, conclude(first), revise, GATEWAY)
        assert store.registry.in_force(NEXT) == STREAM

    def test_acc_12_a_held_first_list_restricts_the_state_that_serves(self, store: Store) -> None:
        accept(store, incoming(1, operators(1, 2)))
        first = first_of_next([SUSPENDED])
        accept(store, first, restricting(first))
        assert dict(store.registry.restricted(STREAM)) == {operator(1).operator.id: "SUSPENDED"}
        at = store.history.restricted_at
        assert at(STREAM, first.received_at - timedelta(seconds=1)) == {}
        assert list(at(STREAM, first.received_at)) == [operator(1).operator.id]

    def test_seq_3_a_release_closes_the_epoch_before_and_shows_what_it_changes(
        self, store: Store
    ) -> None:
        accept(store, incoming(1, operators(1, 2, 5)))
        first = first_of_next([SUSPENDED, *operators(2, 4)])
        accept(store, first, restricting(first))
        waiting = incoming(2, operators(1), root=state_root(list(operators(1))))
        accept(store, waiting, holding(waiting))
        record = next(one for one in store.held_lists.holds(open_only=True) if one.stream == NEXT)
        one, five, four = operator(1), operator(5), operator(4)
        pairs: list[tuple[Operator | None, Operator | None]] = [
            (one.operator, SUSPENDED.operator),
            (None, four.operator),
            (five.operator, None),
        ]
        assert list(store.held_lists.differences(record.number)) == pairs
        store.held_lists.release(verdict(record, now=LATER))
        assert store.registry.in_force(NEXT) == NEXT
        assert len(ids(store, NEXT)) == 3
        assert store.held_lists.holds(open_only=True) == []

    def test_acc_13_a_delta_on_a_held_first_list_is_laid_over_it(self, store: Store) -> None:
        accept(store, incoming(1, operators(1, 2)))
        first = first_of_next(list(operators(3, 4)))
        accept(store, first, holding(first))
        plain = incoming(2, stream=NEXT)
        header = structs.replace(
            plain.list.header, kind=ListKind.DELTA, previous_digest=first.list_digest
        )
        follower = structs.replace(plain, list=structs.replace(plain.list, header=header))
        state = state_seen_by(store, follower)
        assert state.base.quantity == 2


def restricting(received: Incoming) -> Callable[[AcceptedState], Decision]:
    """Hold a list with what it restricts in the state that serves."""

    def decide(state: AcceptedState) -> Decision:
        decision = holding(received)(state)
        assert isinstance(decision, Hold)
        assert decision.held is not None
        restricted = {SUSPENDED.operator.id: "SUSPENDED"}
        return structs.replace(decision, held=structs.replace(decision.held, restricted=restricted))

    return decide
