from collections.abc import Sequence

import pytest

from gateway.domain.acknowledgements import Reason
from gateway.domain.lists import ListedOperator
from gateway.domain.operators import StatusCode
from gateway.store.differences import compare
from gateway.store.json_text import to_json
from gateway.store.registry_state import Stored
from tests.contract.synthetic_lists import operator, operators

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
    stored = Stored(digests={one.operator.id: one.digest for one in operators(1, 2)}, marks={})
    found = compare(listed, dict.fromkeys(marked, REASON), stored)
    assert {one.operator.id for one in found.coming} == coming
    assert set(found.ending) == ending
    assert found.changed == changed


def test_a_mark_that_falls_away_is_a_difference() -> None:
    stored = Stored(digests={ONE: operator(1).digest}, marks={ONE: to_json(REASON)})
    assert compare(operators(1), {ONE: REASON}, stored).changed == 0
    assert compare(operators(1), {}, stored).changed == 1
