from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.lists import Action, Change, ListedOperator, ListKind, StatusList
from gateway.domain.members import digest_of, was_active
from gateway.domain.operators import StatusCode
from gateway.domain.state import state_root
from gateway.domain.state_change import NOTHING, BaseState, StateChange, lay_over, touched_buckets
from tests.contract.synthetic_lists import operator, operators
from tests.fakes.headers import header

FULL = header()
DELTA = header(kind="DELTA")
ONE, TWO, THREE, FOUR = operators(1, 2, 3, 4)
SUSPENDED = operator(2, status=StatusCode.SUSPENDED)


def full(*listed: ListedOperator) -> StatusList:
    return StatusList(FULL, listed)


def delta(*changes: Change) -> StatusList:
    return StatusList(DELTA, changes=changes)


def after(base: BaseState, change: StateChange) -> BaseState:
    """Return the state that a change makes, with all its buckets."""
    return BaseState(change.tree, {**base.buckets, **change.buckets}, change.quantity)


def state_of(*listed: ListedOperator) -> BaseState:
    return after(NOTHING, lay_over(NOTHING, full(*listed)))


def ids(listed: Sequence[ListedOperator]) -> list[str]:
    return [one.operator.id for one in listed]


def test_first_full_list_brings_everybody() -> None:
    change = lay_over(NOTHING, full(ONE, TWO))
    assert (ids(change.coming), change.removed, change.quantity) == (ids([ONE, TWO]), [], 2)
    assert change.root == state_root([ONE, TWO])


def test_full_list_brings_what_differs_and_removes_who_is_not_named() -> None:
    base = state_of(ONE, TWO, THREE)
    change = lay_over(base, full(ONE, SUSPENDED, FOUR))
    assert ids(change.coming) == ids([SUSPENDED, FOUR])
    assert change.removed == ids([THREE])
    assert (change.added, change.changed, change.quantity) == (1, 3, 3)
    assert digest_of(change.before[TWO.operator.id]) == TWO.digest
    assert change.root == state_root([ONE, SUSPENDED, FOUR])


def test_full_list_that_says_the_same_changes_nothing() -> None:
    base = state_of(ONE, TWO)
    change = lay_over(base, full(ONE, TWO))
    assert (change.changed, change.buckets, change.root) == (0, {}, state_root([ONE, TWO]))


def test_operators_that_were_not_decoded_again_stay() -> None:
    base = state_of(ONE, TWO, THREE)
    told = StatusList(FULL, [SUSPENDED], order=ids([ONE, TWO, THREE]))
    change = lay_over(base, told)
    assert (ids(change.coming), change.removed) == (ids([SUSPENDED]), [])
    assert change.root == state_root([ONE, SUSPENDED, THREE])


def test_same_operator_in_other_bytes_moves_only_what_is_kept_of_it() -> None:
    base = state_of(ONE)
    told = StatusList(FULL, [ONE], wires={ONE.operator.id: b"w" * 16})
    change = lay_over(base, told)
    assert (change.changed, len(change.buckets)) == (0, 1)
    assert change.root == state_root([ONE])


def test_delta_adds_changes_and_removes() -> None:
    base = state_of(ONE, TWO, THREE)
    change = lay_over(
        base,
        delta(
            Change(Action.REMOVE, ONE.operator.id),
            Change(Action.CHANGE, TWO.operator.id, SUSPENDED),
            Change(Action.ADD, FOUR.operator.id, FOUR),
        ),
    )
    assert change.misfits == ()
    assert (change.added, change.changed, change.quantity) == (1, 3, 3)
    assert change.root == state_root([SUSPENDED, THREE, FOUR])


def test_empty_delta_changes_nothing() -> None:
    base = state_of(ONE, TWO)
    change = lay_over(base, delta())
    assert (change.changed, change.quantity, change.root) == (0, 2, state_root([ONE, TWO]))


MISFITS = {
    "adds who is listed": Change(Action.ADD, ONE.operator.id, ONE),
    "changes who is not": Change(Action.CHANGE, FOUR.operator.id, FOUR),
    "removes who is not": Change(Action.REMOVE, FOUR.operator.id),
}


@pytest.mark.parametrize("change", MISFITS.values(), ids=MISFITS)
def test_seq_2_delta_that_does_not_fit_names_who(change: Change) -> None:
    assert lay_over(state_of(ONE), delta(change)).misfits == (change.operator_id,)


def test_delta_needs_only_the_buckets_that_it_touches() -> None:
    whole = state_of(*operators(*range(500)))
    told = delta(Change(Action.REMOVE, ONE.operator.id))
    numbers = touched_buckets(told)
    assert numbers is not None
    part = BaseState(whole.tree, {one: whole.buckets[one] for one in numbers}, whole.quantity)
    assert lay_over(part, told).root == lay_over(whole, told).root
    assert touched_buckets(full(ONE)) is None


def test_what_is_kept_says_who_was_active() -> None:
    kept = state_of(ONE, SUSPENDED).members
    assert [was_active(kept[one]) for one in ids([ONE, TWO])] == [True, False]


STATES = st.sets(st.integers(0, 40)).map(sorted)


@given(first=STATES, second=STATES, suspended=st.sets(st.integers(0, 40)))
def test_sta_2_full_and_delta_come_to_the_same_state(
    first: list[int], second: list[int], suspended: set[int]
) -> None:
    then = {number: operator(number) for number in first}
    now = {number: operator(number, status=_status(number in suspended)) for number in second}
    base = state_of(*then.values())
    by_full = lay_over(base, full(*now.values()))
    by_delta = lay_over(base, delta(*_changes(then, now)))
    assert by_delta.misfits == ()
    assert by_full.root == by_delta.root == state_root(now.values())
    assert by_full.quantity == by_delta.quantity == len(now)
    assert after(base, by_full).members == after(base, by_delta).members
    assert {one.operator.id for one in by_full.coming} == {
        one.operator.id for one in by_delta.coming
    }


def _status(is_suspended: bool) -> StatusCode:
    return StatusCode.SUSPENDED if is_suspended else StatusCode.ACTIVE


def _changes(then: dict[int, ListedOperator], now: dict[int, ListedOperator]) -> list[Change]:
    changes = []
    for number in sorted(then.keys() | now.keys()):
        operator_id = (then.get(number) or now[number]).operator.id
        if number not in now:
            changes.append(Change(Action.REMOVE, operator_id))
        elif number not in then:
            changes.append(Change(Action.ADD, operator_id, now[number]))
        elif then[number].digest != now[number].digest:
            changes.append(Change(Action.CHANGE, operator_id, now[number]))
    return changes


def test_kind_of_the_header_decides() -> None:
    assert (FULL.kind, DELTA.kind) == (ListKind.FULL, ListKind.DELTA)
