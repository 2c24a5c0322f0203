from collections.abc import Collection, Sequence

import pytest

from gateway.domain.acknowledgements import Reason
from gateway.domain.lists import ListedOperator
from gateway.domain.operators import StatusCode
from gateway.domain.state_change import NOTHING, BaseState, lay_over
from gateway.store.differences import compare
from tests.contract.synthetic_lists import incoming, operator, operators

REASON = Reason(code="OPERATOR_DATES", text="ends before it begins")
ONE, TWO, THREE = (listed.operator.id for listed in operators(1, 2, 3))
SUSPENDED = operator(1, status=StatusCode.SUSPENDED)

CASES: dict[str, tuple[Sequence[ListedOperator], set[str], set[str], set[str], int]] = {
    "nothing changed": (operators(1, 2), set(), set(), set(), 0),
    "one added": (operators(1, 2, 3), set(), {THREE}, set(), 1),
    "one removed": (operators(1), set(), set(), {TWO}, 1),
    "one changed": ([SUSPENDED, operator(2)], set(), {ONE}, {ONE}, 1),
    "one marked": (operators(1, 2), {TWO}, {TWO}, {TWO}, 1),
    "one added with a mark": (operators(1, 2, 3), {THREE}, {THREE}, set(), 1),
    "all at once": ([SUSPENDED, operator(3)], {THREE}, {ONE, THREE}, {ONE, TWO}, 3),
    "emptied": ((), set(), set(), {ONE, TWO}, 2),
}


def over(
    before: Sequence[ListedOperator], after: Sequence[ListedOperator]
) -> tuple[Sequence[ListedOperator], Collection[str]]:
    """Return who comes and who ends with a FULL that follows another."""
    buckets = lay_over(NOTHING, incoming(1, before).list).buckets
    base = BaseState(NOTHING.tree, buckets, len(before))
    change = lay_over(base, incoming(2, after).list)
    return change.coming, change.before


@pytest.mark.parametrize(
    ("listed", "marked", "coming", "ending", "changed"), CASES.values(), ids=CASES
)
def test_only_differences_are_written(
    listed: Sequence[ListedOperator],
    marked: set[str],
    coming: set[str],
    ending: set[str],
    changed: int,
) -> None:
    found = compare(*over(operators(1, 2), listed), dict.fromkeys(marked, REASON), {})
    assert {one.operator.id for one in found.coming} | set(found.marked_anew) == coming
    assert set(found.ending) == ending
    assert found.changed == changed


def test_a_mark_that_falls_away_is_a_difference() -> None:
    same = over(operators(1), operators(1))
    assert compare(*same, {ONE: REASON}, {ONE: REASON}).changed == 0
    assert compare(*same, {}, {ONE: REASON}).changed == 1
