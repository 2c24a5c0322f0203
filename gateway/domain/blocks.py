"""Home blocks: operators to whom home gives no facilitation, whatever the partner's list says.

A block has two times like everything else: it acts on the dates from `interval`, and counts from
the moment at which it was put in. Lifting ends it at that moment; it undoes nothing of before.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from msgspec import Struct, structs

from gateway.domain.agreements import Interval


class Lifting(Struct, frozen=True, kw_only=True):
    """How a block ended before its time."""

    at: datetime
    by: str
    reason: str


class HomeBlock(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One operator blocked on certain dates."""

    id: int
    operator_id: str
    """In normal form."""
    reason: str
    interval: Interval
    """The dates that were decided."""
    put_in_at: datetime
    put_in_by: str
    lifted: Lifting | None = None

    def as_known(self, known_at: datetime) -> Interval | None:
        """Return the dates on which it acts, as was known at a moment; none if on no date."""
        if known_at < self.put_in_at:
            return None
        start, until = self.interval.effective_at, self.interval.until
        if self.lifted is not None and self.lifted.at <= known_at:
            until = self.lifted.at if until is None else min(until, self.lifted.at)
        if until is not None and until <= start:
            return None
        return Interval(effective_at=start, until=until)


Blocks = Mapping[str, tuple[HomeBlock, ...]]
"""All that were ever put in, by operator id, in the order in which they were."""


def by_operator(blocks: Iterable[HomeBlock]) -> Blocks:
    """Put the blocks of each operator together, in the order in which they were put in."""
    found: dict[str, tuple[HomeBlock, ...]] = {}
    for block in sorted(blocks, key=lambda block: block.id):
        found[block.operator_id] = (*found.get(block.operator_id, ()), block)
    return found


def known_blocks(blocks: Iterable[HomeBlock], known_at: datetime) -> tuple[HomeBlock, ...]:
    """Return the blocks as they stood at a moment: those put in by then, lifted if they were."""
    return tuple(
        block
        if block.lifted is None or block.lifted.at <= known_at
        else structs.replace(block, lifted=None)
        for block in blocks
        if block.put_in_at <= known_at
    )


def overlap(one: Interval, other: Interval) -> bool:
    """Tell whether two intervals share a moment."""
    return (other.until is None or one.effective_at < other.until) and (
        one.until is None or other.effective_at < one.until
    )
