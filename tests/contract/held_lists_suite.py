"""What every implementation of `ports.held_lists.HeldLists` does."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import pytest
from msgspec import structs

from gateway.domain.acknowledgements import Outcome, Reason
from gateway.domain.canonical import list_digest
from gateway.domain.decisions import AcceptedState, Decision, HeldChange, Hold, Incoming
from gateway.domain.errors import ConflictError, InvalidRequestError, NotFoundError
from gateway.domain.grounds import Ground
from gateway.domain.lists import Action, Change, ListedOperator, ListKind, StatusList
from gateway.domain.operators import StatusCode
from gateway.domain.parties import Actor, Role
from gateway.domain.state import state_root
from gateway.domain.state_change import lay_over
from gateway.ports.held_lists import HoldRecord, Verdict
from gateway.ports.registry import SpentList
from gateway.store.engines import Store
from tests.contract.registry_suite import accept, ids, state_seen_by
from tests.contract.synthetic_lists import (
    NOW,
    STREAM,
    apply,
    incoming,
    operator,
    operators,
    refuse,
    revise,
)

OFFICER = Actor(name="officer", role=Role.OFFICER)
LATER = NOW + timedelta(days=2)
REASON = Reason(code="MASS_CHANGE", text="held for the test")
THIEF = "cd" * 32
UNUSABLE = Reason(code="OPERATOR_SCHEME", text="not in a scheme", pointer="XBAEO00000002")
SUSPENDED = operator(1, status=StatusCode.SUSPENDED)


def holding(
    received: Incoming, *, joins: bool = False, unusable: dict[str, Reason] | None = None
) -> Callable[[AcceptedState], Decision]:
    """Hold a list with what it would really change, and restrict the first operator."""

    def decide(state: AcceptedState) -> Decision:
        change = lay_over(state.base, received.list)
        restricted = {
            listed.operator.id: "SUSPENDED"
            for listed in change.coming
            if listed.operator.id in change.before
        }
        held = HeldChange(
            change=change,
            joins=joins,
            unusable=unusable or {},
            rulebook="rules",
            restricted=restricted,
        )
        return Hold(reasons=(REASON,), held=held)

    return decide


def stopping(state: AcceptedState) -> Decision:
    del state
    return Hold(reasons=(Reason(code="EQUIVOCATION", text="two lists"),))


def full(sequence: int, listed: Sequence[ListedOperator]) -> Incoming:
    return incoming(sequence, listed, root=state_root(listed))


def delta(
    sequence: int, before: Incoming, changes: list[Change], resulting: list[ListedOperator]
) -> Incoming:
    """Return a DELTA on the list before."""
    plain = full(sequence, resulting)
    header = structs.replace(
        plain.list.header, kind=ListKind.DELTA, previous_digest=before.list_digest
    )
    return structs.replace(
        plain,
        list=StatusList(header, changes=changes),
        list_digest=list_digest(header),
        document_digest=f"{sequence:064d}",
    )


def held(store: Store) -> tuple[Incoming, HoldRecord]:
    """Accept operators 1 to 3, and hold a list that suspends 1, removes 3 and brings 4."""
    accept(store, full(1, operators(1, 2, 3)))
    second = full(2, [SUSPENDED, *operators(2, 4)])
    accept(store, second, holding(second))
    (record,) = store.held_lists.holds(open_only=True)
    return second, record


def verdict(record: HoldRecord, now: datetime = LATER) -> Verdict:
    return Verdict(
        number=record.number,
        newest_digest=record.lists[-1].list_digest,
        actor=OFFICER,
        facts={"reason": "asked the partner"},
        now=now,
        revise=revise,
    )


def answers(store: Store) -> list[tuple[int, Outcome, int]]:
    """Return what waits to be sent: sequence, outcome, revision."""
    due = store.outbox.due(STREAM, LATER + timedelta(days=1))
    told = [one.sealed.acknowledgement for one in due]
    return [(one.sequence, one.outcome, one.revision) for one in told]


class HeldListsSuite:
    def test_nothing_is_held_at_first(self, store: Store) -> None:
        assert store.held_lists.holds(open_only=False) == []
        with pytest.raises(NotFoundError):
            list(store.held_lists.differences(1))

    def test_acc_13_a_hold_keeps_the_list_and_what_it_would_change(self, store: Store) -> None:
        second, record = held(store)
        assert [entry.list_digest for entry in record.lists] == [second.list_digest]
        assert (record.stops_stream, record.ended_at, record.restrictions) == (False, None, 1)
        one, three, four = operator(1), operator(3), operator(4)
        assert list(store.held_lists.differences(record.number)) == [
            (one.operator, SUSPENDED.operator),
            (three.operator, None),
            (None, four.operator),
        ]

    def test_acc_12_a_held_list_does_not_act_but_restricts_at_once(self, store: Store) -> None:
        _, record = held(store)
        before = store.registry.version()
        third = full(3, [SUSPENDED, *operators(2, 5)])
        accept(store, third, holding(third))
        assert record.restrictions == 1
        assert ids(store) == [operator(number).operator.id for number in (1, 2, 3)]
        assert dict(store.registry.restricted(STREAM)) == {operator(1).operator.id: "SUSPENDED"}
        assert store.registry.version() > before
        head = store.registry.find_head(STREAM)
        assert head is not None
        assert head.header.sequence == 1

    def test_acc_12_restrictions_are_history_too(self, store: Store) -> None:
        second, record = held(store)
        store.held_lists.lift_restrictions(verdict(record))
        at = store.history.restricted_at
        assert at(STREAM, second.received_at - timedelta(seconds=1)) == {}
        assert list(at(STREAM, second.received_at)) == [operator(1).operator.id]
        assert at(STREAM, LATER) == {}

    def test_acc_13_a_release_applies_the_held_state(self, store: Store) -> None:
        second, record = held(store)
        settled = store.held_lists.release(verdict(record))
        assert settled.changed == 3
        assert settled.restrictions == 0
        assert settled.head == store.registry.find_head(STREAM)
        assert settled.head is not None
        assert settled.head.list_digest == second.list_digest
        assert [found.canonical for found in store.registry.operators(STREAM)] == [
            SUSPENDED.canonical,
            operator(2).canonical,
            operator(4).canonical,
        ]
        assert answers(store) == [
            (1, Outcome.APPLIED, 1),
            (2, Outcome.HELD, 1),
            (2, Outcome.APPLIED, 2),
        ]
        assert store.held_lists.holds(open_only=True) == []
        (ended,) = store.held_lists.holds(open_only=False)
        assert ended.ending is Outcome.APPLIED

    def test_acc_13_the_next_delta_stands_on_the_released_state(self, store: Store) -> None:
        second, record = held(store)
        store.held_lists.release(verdict(record))
        removal = [Change(Action.REMOVE, operator(2).operator.id)]
        third = delta(3, second, removal, [SUSPENDED, operator(4)])
        state = state_seen_by(store, third)
        assert lay_over(state.base, third.list).root == third.list.header.state_root

    def test_acc_13_a_delta_joins_the_hold_and_its_release_applies_both(self, store: Store) -> None:
        second, record = held(store)
        changes = [
            Change(Action.CHANGE, operator(1).operator.id, operator(1)),
            Change(Action.REMOVE, operator(2).operator.id),
        ]
        third = delta(3, second, changes, operators(1, 4))
        state = state_seen_by(store, third)
        assert state.held is not None
        assert state.held.list_digest == second.list_digest
        assert lay_over(state.base, third.list).root == third.list.header.state_root
        accept(store, third, holding(third, joins=True))
        with pytest.raises(ConflictError):
            store.held_lists.release(verdict(record))
        (joined,) = store.held_lists.holds(open_only=True)
        assert [entry.header.sequence for entry in joined.lists] == [2, 3]
        settled = store.held_lists.release(verdict(joined))
        # The suspension and its end came to nothing.
        assert settled.changed == 3
        assert ids(store) == [operator(number).operator.id for number in (1, 4)]
        assert answers(store)[-2:] == [(2, Outcome.APPLIED, 2), (3, Outcome.APPLIED, 2)]
        fourth = delta(4, third, [], operators(1, 4))
        assert lay_over(state_seen_by(store, fourth).base, fourth.list).root == (
            fourth.list.header.state_root
        )

    def test_acc_13_what_was_held_stays_the_newest_spent_list_when_it_was_rejected(
        self, store: Store
    ) -> None:
        assert store.registry.newest_spent(STREAM) is None
        second, record = held(store)
        spent = SpentList(sequence=2, list_digest=second.list_digest)
        assert store.registry.newest_spent(STREAM) == spent
        store.held_lists.reject(verdict(record))
        accept(store, full(1, operators(1)), refuse())
        assert store.registry.newest_spent(STREAM) == spent

    def test_acc_13_a_rejection_spends_the_sequences(self, store: Store) -> None:
        second, record = held(store)
        settled = store.held_lists.reject(verdict(record))
        assert settled.changed == 0
        assert settled.restrictions == 1
        assert answers(store)[-1] == (2, Outcome.REJECTED, 2)
        state = state_seen_by(store, full(3, operators(1)))
        assert (state.spent, state.held) == (2, None)
        assert state.rejected_roots == {second.list.header.state_root}
        with pytest.raises(InvalidRequestError):
            store.held_lists.release(verdict(record))

    def test_acc_13_restrictions_stay_until_the_next_applied_list(self, store: Store) -> None:
        _, record = held(store)
        store.held_lists.reject(verdict(record))
        assert store.registry.restricted(STREAM)
        accept(store, full(3, operators(1, 2, 3)))
        assert store.registry.restricted(STREAM) == {}
        assert state_seen_by(store, full(4, operators(1))).rejected_roots == frozenset()

    def test_acc_13_a_full_list_supersedes_the_held_one(self, store: Store) -> None:
        held(store)
        third = full(3, operators(1, 2))
        accept(store, third, holding(third))
        (record,) = store.held_lists.holds(open_only=True)
        assert [entry.header.sequence for entry in record.lists] == [3]
        assert (2, Outcome.SUPERSEDED, 2) in answers(store)
        accept(store, full(4, operators(1, 2, 3)))
        assert (3, Outcome.SUPERSEDED, 2) in answers(store)
        assert store.held_lists.holds(open_only=True) == []

    def test_acc_13_a_release_can_be_rolled_back(self, store: Store) -> None:
        _, record = held(store)
        store.held_lists.release(verdict(record))
        settled = store.held_lists.roll_back(verdict(record, LATER + timedelta(hours=1)))
        assert settled.changed == 3
        assert settled.head is not None
        assert (settled.head.header.sequence, settled.head.number) == (1, 3)
        assert ids(store) == [operator(number).operator.id for number in (1, 2, 3)]
        assert answers(store)[-1] == (2, Outcome.REJECTED, 3)
        (ended,) = store.held_lists.holds(open_only=False)
        assert ended.rolled_back_at is not None
        third = delta(3, full(2, ()), [], operators(1, 2, 3))
        state = state_seen_by(store, third)
        assert state.spent == 2
        assert len(state.rejected_roots) == 1
        known = store.history.find_head_at(STREAM, LATER)
        assert known is not None
        assert known.header.sequence == 2

    def test_sig_9_a_released_delta_rests_on_its_signer_and_a_roll_back_takes_it_away(
        self, store: Store
    ) -> None:
        first = full(1, operators(1, 2))
        accept(store, first)
        held_delta = structs.replace(
            delta(2, first, [Change(Action.REMOVE, operator(2).operator.id)], operators(1)),
            signer=THIEF,
        )
        accept(store, held_delta, holding(held_delta))
        (record,) = store.held_lists.holds(open_only=True)
        grounds = (Ground(first.signer, first.received_at), Ground(THIEF, held_delta.received_at))
        released = store.held_lists.release(verdict(record)).head
        assert released is not None
        assert released.grounds == grounds
        restored = store.held_lists.roll_back(verdict(record, LATER + timedelta(hours=1))).head
        assert restored is not None
        assert restored.grounds == grounds[:1]
        then = store.history.find_head_at(STREAM, LATER)
        assert then is not None
        assert then.grounds == grounds

    def test_acc_10_who_was_unusable_is_so_again_after_a_roll_back(self, store: Store) -> None:
        accept(store, full(1, operators(1, 2)), apply({"XBAEO00000002": UNUSABLE}))
        changed = operator(2, status=StatusCode.SUSPENDED)
        second = full(2, [operator(1), changed])
        accept(store, second, holding(second))
        (record,) = store.held_lists.holds(open_only=True)
        store.held_lists.release(verdict(record))
        assert [found.unusable for found in store.registry.operators(STREAM)] == [None, None]
        store.held_lists.roll_back(verdict(record))
        assert [found.unusable for found in store.registry.operators(STREAM)] == [None, UNUSABLE]

    def test_a_release_is_rolled_back_only_while_nothing_followed(self, store: Store) -> None:
        _, record = held(store)
        with pytest.raises(InvalidRequestError):
            store.held_lists.roll_back(verdict(record))
        store.held_lists.release(verdict(record))
        accept(store, full(3, operators(1, 2)))
        with pytest.raises(ConflictError):
            store.held_lists.roll_back(verdict(record))

    def test_acc_6_of_a_stopped_stream_nothing_is_released(self, store: Store) -> None:
        accept(store, full(1, operators(1)))
        accept(store, full(2, operators(1, 2)), stopping)
        accept(store, full(3, operators(1, 2)), stopping)
        (record,) = store.held_lists.holds(open_only=True)
        assert record.stops_stream
        assert len(record.lists) == 2
        with pytest.raises(InvalidRequestError):
            store.held_lists.release(verdict(record))
        assert state_seen_by(store, full(4, operators(1))).held_since is not None
        store.held_lists.reject(verdict(record))
        state = state_seen_by(store, full(4, operators(1)))
        assert (state.held_since, state.reopened, state.spent) == (None, True, 3)
        accept(store, full(4, operators(1)))
        assert not state_seen_by(store, full(5, operators(1))).reopened

    def test_acc_6_what_was_held_before_a_contradiction_is_not_released_after_it(
        self, store: Store
    ) -> None:
        _, record = held(store)
        accept(store, full(2, operators(1, 2)), stopping)
        stop = store.held_lists.holds(open_only=True)[-1]
        with pytest.raises(InvalidRequestError):
            store.held_lists.release(verdict(record))
        store.held_lists.reject(verdict(stop))
        with pytest.raises(InvalidRequestError):
            store.held_lists.release(verdict(record))
        later = full(3, operators(1, 2))
        accept(store, later, holding(later))
        store.held_lists.release(verdict(store.held_lists.holds(open_only=True)[-1]))
        assert ids(store) == [operator(number).operator.id for number in (1, 2)]

    def test_what_officers_decide_is_audited_with_their_reason(self, store: Store) -> None:
        _, record = held(store)
        store.held_lists.release(verdict(record))
        store.held_lists.roll_back(verdict(record))
        told = [event for event in store.audit.events() if event.action.startswith("hold.")]
        assert [event.action for event in told] == ["hold.released", "hold.rolled_back"]
        assert {event.facts["reason"] for event in told} == {"asked the partner"}
        assert {event.actor for event in told} == {OFFICER}

    def test_exc_1_a_floor_only_rises(self, store: Store) -> None:
        accept(store, full(1, operators(1)))
        assert store.registry.raise_floor(STREAM, 9, OFFICER, LATER)
        assert not store.registry.raise_floor(STREAM, 8, OFFICER, LATER)
        assert state_seen_by(store, full(2, operators(1))).floor == 9
