"""What a partner sees of the home programme, and what moved in it since it was told last (PUB-2).

Two ways to the same answer: to compare everything, and to follow what moved in the programme. The
second costs what moved, however large the programme is; a test holds both to be equal.
"""

from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import Final

from msgspec import Struct

from gateway.domain.canonical import list_operator
from gateway.domain.disclosure import disclosed
from gateway.domain.lists import Action, Change, ListedOperator
from gateway.domain.profiles import PartnerProfile
from gateway.domain.state import BUCKETS, EMPTY_BUCKET, StateTree, bucket_digest, bucket_of
from gateway.ports.home_programme import HomeChanges, HomeOperator, ProgrammeChanges
from gateway.ports.issuing import Issuing, Members

_DIGEST: Final = 32
"""Bytes of a bucket digest."""


class View(Struct, frozen=True, kw_only=True):
    """All that a partner sees."""

    operators: Sequence[ListedOperator]
    """In byte order of id."""
    withheld: int
    """Home operators that it does not see: not covered, or no consent."""


class Difference(Struct, frozen=True, kw_only=True):
    """What moved since the partner was told last, and the state that results."""

    changes: Sequence[Change]
    """In byte order of id (STA-7)."""
    root: str
    quantity: int
    members: Members
    """Of every bucket that changed, as it is now."""
    buckets: bytes
    """All bucket digests in one."""

    def count(self, action: Action) -> int:
        """Count what is added, changed or removed."""
        return sum(each.action is action for each in self.changes)


def see(home: HomeOperator, profile: PartnerProfile) -> ListedOperator | None:
    """Return a home operator as the partner sees it, or none."""
    operator = home.listed.operator
    shown = disclosed(
        operator, home.consents, profile.agreement.disclosure, partner=profile.partner
    )
    if shown is None:
        return None
    return home.listed if shown == operator else list_operator(shown)


def see_all(programme: ProgrammeChanges, profile: PartnerProfile) -> View:
    """Return all that the partner sees.

    Raises:
        DatabaseUnavailableError: The programme could not be read.
    """
    seen: list[ListedOperator] = []
    withheld = 0
    for home in programme.operators():
        shown = see(home, profile)
        if shown is None:
            withheld += 1
        else:
            seen.append(shown)
    return View(operators=seen, withheld=withheld)


def compare(view: View, told: Mapping[str, bytes]) -> Difference:
    """Compare all that a partner sees with what it was told, by digest."""
    members: dict[int, dict[str, bytes]] = {}
    changes = []
    for each in view.operators:
        operator_id, digest = each.operator.id, each.digest
        # In byte order of id, so that the digests of a bucket stand in it too (STA-2).
        members.setdefault(bucket_of(operator_id), {})[operator_id] = digest
        before = told.get(operator_id)
        if before != digest:
            action = Action.ADD if before is None else Action.CHANGE
            changes.append(Change(action, operator_id, each))
    changes += [
        Change(Action.REMOVE, operator_id)
        for operator_id in told
        if operator_id not in members.get(bucket_of(operator_id), ())
    ]
    digests = [
        bucket_digest(members[number].values()) if number in members else EMPTY_BUCKET
        for number in range(BUCKETS)
    ]
    touched = {bucket_of(change.operator_id) for change in changes}
    return _difference(
        changes,
        digests,
        {number: members.get(number, {}) for number in touched},
        quantity=len(view.operators),
    )


def follow(
    moved: HomeChanges,
    profile: PartnerProfile,
    publications: Issuing,
    *,
    quantity: int,
) -> Difference:
    """Work out from what moved in the home programme what moved for a partner.

    Args:
        moved: What moved since the partner was told last.
        profile: The partner, under the rules that held then too.
        publications: Know what it was told.
        quantity: How many operators it was told of.
    """
    numbers = {bucket_of(operator_id) for operator_id in moved.operators}
    whole, told = publications.buckets(profile.sends, numbers)
    members = {number: dict(told.get(number, {})) for number in numbers}
    changes = []
    for operator_id, home in moved.operators.items():
        bucket = members[bucket_of(operator_id)]
        before = bucket.get(operator_id)
        shown = None if home is None else see(home, profile)
        if shown is None:
            # PUB-2: consent withdrawn, or out of scope: a removal, which says nothing of why
            if bucket.pop(operator_id, None) is not None:
                changes.append(Change(Action.REMOVE, operator_id))
        elif before != shown.digest:
            action = Action.ADD if before is None else Action.CHANGE
            changes.append(Change(action, operator_id, shown))
            bucket[operator_id] = shown.digest
    digests = [whole[at : at + _DIGEST] for at in range(0, BUCKETS * _DIGEST, _DIGEST)]
    touched = {bucket_of(change.operator_id) for change in changes}
    for number in touched:
        # In byte order of the id (STA-2).
        digests[number] = bucket_digest(digest for _, digest in sorted(members[number].items()))
    grown = sum(change.action is Action.ADD for change in changes)
    shrunk = sum(change.action is Action.REMOVE for change in changes)
    return _difference(
        changes,
        digests,
        {number: members[number] for number in touched},
        quantity=quantity + grown - shrunk,
    )


def _difference(
    changes: list[Change], digests: Sequence[bytes], members: Members, *, quantity: int
) -> Difference:
    return Difference(
        # Code points, as Python compares them, stand in the order of UTF-8 bytes (STA-7).
        changes=sorted(changes, key=attrgetter("operator_id")),
        root=StateTree(digests).root,
        quantity=quantity,
        members=members,
        buckets=b"".join(digests),
    )
