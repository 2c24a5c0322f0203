"""What a partner sees of the home programme, and what moved in it since it was told last (PUB-2).

Two ways to the same answer: to compare everything, and to follow what moved in the programme. The
second costs what moved, however large the programme is; a test holds both to be equal.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct

from gateway.domain.canonical import list_operator
from gateway.domain.disclosure import disclosed
from gateway.domain.lists import Action, Change, ListedOperator
from gateway.domain.profiles import PartnerProfile
from gateway.domain.state import BUCKETS, StateTree, bucket_digest, bucket_of, fill_buckets
from gateway.ports.home_programme import HomeChanges, HomeOperator, ProgrammeChanges
from gateway.ports.issuing import Issuing

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
    tree: StateTree
    root: str
    quantity: int

    @property
    def listed(self) -> dict[str, bytes]:
        """Digests of what is added or changed."""
        return {each.operator_id: each.listed.digest for each in self.changes if each.listed}

    @property
    def removed(self) -> list[str]:
        """Ids of what is removed."""
        return [each.operator_id for each in self.changes if each.listed is None]

    @property
    def buckets(self) -> bytes:
        """All bucket digests in one."""
        return b"".join(self.tree.buckets)

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
    changes = [
        Change(Action.CHANGE if each.operator.id in told else Action.ADD, each.operator.id, each)
        for each in view.operators
        if told.get(each.operator.id) != each.digest
    ]
    seen = {each.operator.id for each in view.operators}
    changes += [Change(Action.REMOVE, each) for each in told if each not in seen]
    tree = StateTree.of(view.operators)
    return Difference(
        changes=_ordered(changes), tree=tree, root=tree.root, quantity=len(view.operators)
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
    numbers = {operator_id: bucket_of(operator_id) for operator_id in moved.operators}
    whole, told = publications.buckets(profile.sends, set(numbers.values()))
    changes = []
    now = dict(told)
    for operator_id, home in moved.operators.items():
        shown = None if home is None else see(home, profile)
        if shown is None:
            # PUB-2: consent withdrawn, or out of scope: a removal, which says nothing of why
            if now.pop(operator_id, None) is not None:
                changes.append(Change(Action.REMOVE, operator_id))
        elif told.get(operator_id) != shown.digest:
            action = Action.CHANGE if operator_id in told else Action.ADD
            changes.append(Change(action, operator_id, shown))
            now[operator_id] = shown.digest
    digests = [whole[at : at + _DIGEST] for at in range(0, BUCKETS * _DIGEST, _DIGEST)]
    members = fill_buckets(now.items())
    for change in changes:
        number = numbers[change.operator_id]
        digests[number] = bucket_digest(members.get(number, ()))
    tree = StateTree(digests)
    return Difference(
        changes=_ordered(changes),
        tree=tree,
        root=tree.root,
        quantity=quantity + len(now) - len(told),
    )


def _ordered(changes: list[Change]) -> list[Change]:
    # Code points, as Python compares them, stand in the order of UTF-8 bytes (STA-7).
    return sorted(changes, key=lambda each: each.operator_id)
