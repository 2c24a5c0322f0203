"""Mass changes: lists that one administration would not send on an ordinary day (ACC-12).

Measured against the previous list and against the state of 24 hours before, so that a mass removal
in small steps is one too. A stream that is younger is measured against its first list, which the
go-live approval confirmed.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import timedelta

from msgspec import Struct

from gateway.domain.agreements import Review
from gateway.domain.members import is_active, was_active
from gateway.domain.state_change import StateChange

WINDOW = timedelta(hours=24)


class Presence(Struct, frozen=True):
    """What is known of an operator whose version of then has ended since."""

    active_then: bool
    active_now: bool | None
    """In the state before this list; none if it is not listed any more."""


class DayBefore(Struct, frozen=True, kw_only=True):
    """The state of 24 hours before, as far as it differs from the state before this list."""

    quantity: int
    """Operators in it."""
    ended: Mapping[str, Presence]
    """By id, operators of then that were changed or removed since."""
    came: AbstractSet[str]
    """Ids whose current version is younger, those of `ended` among them."""


class Turnover(Struct, frozen=True, kw_only=True):
    """How much of a state a list replaces."""

    of: int
    """Operators in the state that it is measured against."""
    gone: int
    """Removed or deactivated: no longer there, or without an active authorisation."""
    came: int
    """Added."""
    left: int
    """Operators in the state after the list."""
    since: str


def turnover(change: StateChange, quantity: int) -> Turnover:
    """Measure a list against the one before it."""
    now = _activity(change)
    gone = sum(was_active(kept) and not now[one] for one, kept in change.before.items())
    return Turnover(
        of=quantity,
        gone=gone,
        came=change.added,
        left=change.quantity,
        since="the list before",
    )


def turnover_of_the_day(change: StateChange, day: DayBefore) -> Turnover:
    """Measure a list against the state of 24 hours before."""
    now = _activity(change)
    gone = 0
    for one, presence in day.ended.items():
        gone += presence.active_then and not now.get(one, presence.active_now)
    for one, kept in change.before.items():
        if one not in day.ended and one not in day.came:
            gone += was_active(kept) and not now[one]
    new = {one for one in day.came if one not in day.ended and now.get(one, True) is not None}
    new |= {one for one in now if one not in change.before and one not in day.ended}
    return Turnover(
        of=day.quantity, gone=gone, came=len(new), left=change.quantity, since="24 hours before"
    )


def excess(measured: Turnover, review: Review) -> str | None:
    """Say why a list is a mass change, or nothing."""
    if measured.of and not measured.left:
        return f"the list is empty, {measured.since} had {measured.of} operators"
    told = []
    if _is_mass(measured.gone, measured.of, review):
        told.append(f"{measured.gone} operators are removed or deactivated")
    if _is_mass(measured.came, measured.of, review):
        told.append(f"{measured.came} operators are added")
    if not told:
        return None
    share = f"{review.mass_change_share:.0%}"
    return f"{' and '.join(told)}, of {measured.of} in {measured.since}: more than {share}"


def _is_mass(count: int, of: int, review: Review) -> bool:
    return count >= review.mass_change_floor and count > review.mass_change_share * of


def _activity(change: StateChange) -> dict[str, bool | None]:
    """Return whether the operators that a list touches are active after it; none: not listed."""
    now: dict[str, bool | None] = dict.fromkeys(change.removed)
    now |= {listed.operator.id: is_active(listed.operator) for listed in change.coming}
    return now
