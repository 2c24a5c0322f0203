"""ACC-12: how much of a state a list replaces."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.agreements import Review
from gateway.domain.lists import StatusList
from gateway.domain.mass_change import (
    DayBefore,
    Presence,
    Turnover,
    excess,
    turnover,
    turnover_of_the_day,
)
from gateway.domain.operators import StatusCode
from gateway.domain.state_change import NOTHING, BaseState, StateChange, lay_over
from tests.contract.synthetic_lists import operator
from tests.fakes.headers import header
from tests.fakes.operators import FEW

States = Mapping[int, StatusCode]
STATES = st.dictionaries(st.integers(0, 12), st.sampled_from(StatusCode), max_size=12)
REVIEW = Review(mass_change_share=0.1, mass_change_floor=20)


def listed(state: States) -> StatusList:
    return StatusList(header(), [operator(one, status=state[one]) for one in sorted(state)])


def change_of(before: States, after: States) -> StateChange:
    first = lay_over(NOTHING, listed(before))
    return lay_over(BaseState(first.tree, first.buckets, first.quantity), listed(after))


def day_before(then: States, before: States) -> DayBefore:
    """Return what the registry keeps of the day: versions of then that ended, and younger ones."""
    name = {one: operator(one).operator.id for one in range(13)}
    ended = [one for one in then if then[one] != before.get(one)]
    return DayBefore(
        quantity=len(then),
        ended={
            name[one]: Presence(
                then[one] is StatusCode.ACTIVE,
                before[one] is StatusCode.ACTIVE if one in before else None,
            )
            for one in ended
        },
        came={name[one] for one in before if then.get(one) != before[one]},
    )


def gone(before: States, after: States) -> int:
    active = StatusCode.ACTIVE
    return sum(status is active and after.get(one) is not active for one, status in before.items())


@FEW
@given(before=STATES, after=STATES)
def test_acc_12_turnover_counts_who_is_no_longer_active_and_who_is_new(
    before: dict[int, StatusCode], after: dict[int, StatusCode]
) -> None:
    measured = turnover(change_of(before, after), len(before))
    assert (measured.of, measured.left) == (len(before), len(after))
    assert measured.gone == gone(before, after)
    assert measured.came == len(after.keys() - before.keys())


@FEW
@given(then=STATES, before=STATES, after=STATES)
def test_acc_12_turnover_of_the_day_is_measured_as_if_nothing_lay_between(
    then: dict[int, StatusCode], before: dict[int, StatusCode], after: dict[int, StatusCode]
) -> None:
    measured = turnover_of_the_day(change_of(before, after), day_before(then, before))
    assert (measured.of, measured.left) == (len(then), len(after))
    assert measured.gone == gone(then, after)
    assert measured.came == len(after.keys() - then.keys())


@pytest.mark.parametrize(
    ("of", "gone", "came", "is_mass"),
    [
        (400, 40, 0, False),
        (400, 41, 0, True),
        (400, 0, 41, True),
        (20, 19, 0, False),
        (20, 20, 0, True),
        (400, 40, 40, False),
        (0, 0, 20, True),
    ],
)
def test_acc_12_mass_change_is_above_the_share_and_at_the_floor(
    of: int, gone: int, came: int, *, is_mass: bool
) -> None:
    measured = Turnover(of=of, gone=gone, came=came, left=of + 1, since="the list before")
    assert (excess(measured, REVIEW) is not None) is is_mass


def test_acc_12_emptied_list_is_told_as_such() -> None:
    measured = Turnover(of=3, gone=3, came=0, left=0, since="the list before")
    assert excess(measured, REVIEW) == "the list is empty, the list before had 3 operators"
    nothing = Turnover(of=0, gone=0, came=0, left=0, since="the list before")
    assert excess(nothing, REVIEW) is None


def test_acc_12_both_losses_and_additions_are_told() -> None:
    measured = Turnover(of=100, gone=30, came=25, left=95, since="24 hours before")
    assert excess(measured, REVIEW) == (
        "30 operators are removed or deactivated and 25 operators are added, "
        "of 100 in 24 hours before: more than 10%"
    )
