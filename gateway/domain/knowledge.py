"""What an answer may rest on: the agreements and what is held of their lists, at one moment."""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Protocol

from msgspec import Struct

from gateway.domain.acknowledgements import Reason
from gateway.domain.agreements import Agreement
from gateway.domain.blocks import Blocks
from gateway.domain.decisions import AcceptedHead
from gateway.domain.freshness import ListAge, list_age, newest_time
from gateway.domain.identifiers import Checks, without_aeo
from gateway.domain.operators import KnownOperator
from gateway.domain.profiles import CompromisedKey


class HeldOperator(Struct, frozen=True, gc=False):
    """An operator of the accepted list, with what is held against it."""

    operator: KnownOperator
    unusable: Reason | None = None
    """Stored as received, never grants (ACC-10)."""
    restricted: bool = False
    """A held list suspends or revokes it (see ACC-12)."""


class Holding(Protocol):
    """The accepted list of one stream. It never changes: a newer list is another holding."""

    @property
    def head(self) -> AcceptedHead | None:
        """The accepted list, or none."""
        ...

    def find(self, operator_id: str) -> HeldOperator | None:
        """Return the operator with this id in normal form, or none."""
        ...

    def find_by_identifier(self, identifier: str) -> tuple[HeldOperator, ...]:
        """Return the operators that carry another identifier with this normal form."""
        ...


class Knowledge(Struct, frozen=True, kw_only=True):
    """Everything that `recognise` is given beside the question and the time."""

    agreements: Mapping[str, Agreement]
    """By id."""
    by_prefix: Mapping[str, tuple[Agreement, ...]]
    prefix_lengths: tuple[int, ...]
    holdings: Mapping[str, Holding]
    """By agreement id; nothing for an agreement means that no list is held."""
    ages: Mapping[str, ListAge]
    """By agreement id, of those whose list is held: prepared once for all questions."""
    clock_floor: datetime | None
    """A clock that shows less is behind an accepted list by more than the skew (ACC-9)."""
    distrusted: Mapping[str, CompromisedKey]
    """By agreement id, of those whose state a compromised key had a part in (SIG-9)."""
    damaged: AbstractSet[str]
    """The ids of agreements that cannot be read; see `agreements.damaged_agreement`."""
    blocks: Blocks
    """Those that were put in or lifted later than a question's moment too: each knows its own."""
    checks: Checks
    snapshot: str | None
    """The name of all this; see `domain.snapshot`."""


def gather(
    agreements: Iterable[Agreement],
    holdings: Mapping[str, Holding],
    *,
    checks: Checks,
    distrusted: Mapping[str, CompromisedKey] = MappingProxyType({}),
    damaged: AbstractSet[str] = frozenset(),
    blocks: Blocks = MappingProxyType({}),
    clock_skew: timedelta = timedelta(minutes=5),
    snapshot: str | None = None,
) -> Knowledge:
    """Prepare what is known for many questions."""
    by_id = {agreement.id: agreement for agreement in agreements}
    by_prefix: dict[str, tuple[Agreement, ...]] = {}
    for agreement in by_id.values():
        for prefix in {without_aeo(prefix) for prefix in agreement.territory}:
            by_prefix[prefix] = (*by_prefix.get(prefix, ()), agreement)
    heads = [holding.head for holding in holdings.values() if holding.head is not None]
    newest = max((newest_time(head) for head in heads), default=None)
    return Knowledge(
        agreements=by_id,
        by_prefix=by_prefix,
        prefix_lengths=tuple(sorted({len(prefix) for prefix in by_prefix}, reverse=True)),
        holdings=holdings,
        ages={
            agreement_id: list_age(holding.head, by_id[agreement_id])
            for agreement_id, holding in holdings.items()
            if holding.head is not None and agreement_id in by_id
        },
        clock_floor=None if newest is None else newest - clock_skew,
        distrusted=distrusted,
        damaged=damaged,
        blocks=blocks,
        checks=checks,
        snapshot=snapshot,
    )
