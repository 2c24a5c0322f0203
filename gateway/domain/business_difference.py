"""What happened to operators between two states, in the words of those who decide on a hold.

One operator may have several things happen to it at once: renamed and suspended. The rules look at
the two states alone; that an authorisation runs out by its date is no event here.
"""

from collections.abc import Iterable, Iterator
from enum import StrEnum

from msgspec import Struct

from gateway.domain.names import identity_of
from gateway.domain.operators import Authorisation, Operator, StatusCode


class Happened(StrEnum):
    """What happened to an operator; in the order in which an officer should look."""

    REUSED = "id reused"
    """The id now belongs to somebody else: no name and no other identifier is as before."""
    REMOVED = "removed"
    REVOKED = "revoked"
    SUSPENDED = "suspended"
    WITHDRAWN = "withdrawn"
    ADDED = "added"
    REACTIVATED = "reactivated"
    RENAMED = "renamed"
    """Every name is another, but other identifiers stay."""
    CHANGED = "changed"
    """Anything else: addresses, roles, dates, another spelling of a name."""


class Example(Struct, frozen=True, kw_only=True):
    """One operator to which it happened."""

    operator_id: str
    before: str | None = None
    """First name; none if it was not listed."""
    after: str | None = None


class Difference(Struct, frozen=True, kw_only=True):
    """How many operators one thing happened to, with the first of them."""

    happened: Happened
    count: int
    examples: tuple[Example, ...]


Pair = tuple[Operator | None, Operator | None]
"""An operator before and after; none where it is not listed."""

_BY_STATUS = {
    StatusCode.REVOKED: Happened.REVOKED,
    StatusCode.SUSPENDED: Happened.SUSPENDED,
    StatusCode.WITHDRAWN: Happened.WITHDRAWN,
    StatusCode.ACTIVE: Happened.REACTIVATED,
}


def happened(before: Operator | None, after: Operator | None) -> tuple[Happened, ...]:
    """Tell what happened to one operator; nothing if both are the same."""
    if before == after:
        return ()
    if before is None:
        return (Happened.ADDED,)
    if after is None:
        return (Happened.REMOVED,)
    found = {*_identity(before, after), *_statuses(before, after)}
    return tuple(each for each in Happened if each in found) or (Happened.CHANGED,)


def differences(pairs: Iterable[Pair], *, examples: int) -> tuple[Difference, ...]:
    """Count what happened, and keep the first examples of each, in the order of `Happened`.

    Args:
        pairs: Operators before and after, in the order in which examples are wanted.
        examples: At most so many of each.
    """
    counts: dict[Happened, int] = {}
    shown: dict[Happened, list[Example]] = {}
    for before, after in pairs:
        for each in happened(before, after):
            counts[each] = counts.get(each, 0) + 1
            if counts[each] <= examples:
                shown.setdefault(each, []).append(_example(before, after))
    return tuple(
        Difference(happened=each, count=counts[each], examples=tuple(shown.get(each, ())))
        for each in Happened
        if each in counts
    )


def _identity(before: Operator, after: Operator) -> Iterator[Happened]:
    if _names(before) & _names(after):
        return
    # A name in another script may be the same company's: then another identifier says so.
    yield Happened.RENAMED if _marks(before) & _marks(after) else Happened.REUSED


def _statuses(before: Operator, after: Operator) -> Iterator[Happened]:
    known = {each.id: each for each in before.authorisations}
    for authorisation in after.authorisations:
        earlier = known.get(authorisation.id)
        if earlier is not None and _status(earlier) is not _status(authorisation):
            yield _BY_STATUS[_status(authorisation)]


def _status(authorisation: Authorisation) -> StatusCode:
    return authorisation.status.code


def _names(operator: Operator) -> set[str]:
    return {identity_of(name.text) for name in operator.names}


def _marks(operator: Operator) -> set[tuple[str, str]]:
    """Return all by which an operator is known, beside its id and its names."""
    return {
        *(("trade name", identity_of(name.text)) for name in operator.trade_names),
        *((each.scheme, each.value) for each in operator.alternate_ids),
        *(("authorisation", each.id) for each in operator.authorisations),
    }


def _example(before: Operator | None, after: Operator | None) -> Example:
    known = after or before
    return Example(
        operator_id="" if known is None else known.id,
        before=_first_name(before),
        after=_first_name(after),
    )


def _first_name(operator: Operator | None) -> str | None:
    return operator.names[0].text if operator is not None and operator.names else None
