"""How a partner stands with a stream that home issues: what it applied, and whether it is right."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from msgspec import Struct

from gateway.domain.acknowledgements import Acknowledgement, Outcome
from gateway.domain.decisions import ReasonCode
from gateway.domain.lists import ListHeader

FULL_WANTED: Final = frozenset(
    {
        ReasonCode.GAP,
        ReasonCode.ROOT_MISMATCH,
        ReasonCode.COUNT_MISMATCH,
        ReasonCode.EQUIVOCATION,
    }
)
"""Refusals for gap, wrong root or wrong chain (SYN-5): only a FULL goes on from them."""


class Roots(StrEnum):
    """The root that a partner applied, held against home's own at that sequence."""

    EQUAL = "equal"
    DIFFERS = "differs"
    UNKNOWN = "unknown"
    """It applied nothing yet, or a list that home does not have (PUB-6)."""


class Standing(Struct, frozen=True, kw_only=True):
    """What home issued in a stream, and what its partner answered."""

    issued: ListHeader | None = None
    """The newest list."""
    answer: Acknowledgement | None = None
    """The newest acknowledgement."""
    applied: ListHeader | None = None
    """Home's own list with the sequence that the answer names as applied."""
    waiting_since: datetime | None = None
    """When the oldest list was issued that the partner has not applied."""
    full_followed: bool = False
    """A FULL was issued after the list that was answered."""

    @property
    def roots(self) -> Roots:
        """The partner's root compared with home's."""
        return Roots.UNKNOWN if self.answer is None else compare_roots(self.answer, self.applied)

    @property
    def full_wanted(self) -> bool:
        """Whether the next list has to be a FULL, because the partner cannot go on from here."""
        if self.answer is None:
            return False
        # SEQ-1: what was asked for is issued once, and not again until it is answered
        if self.full_followed:
            return False
        return asks_for_full(self.answer, self.applied)

    @property
    def lists_behind(self) -> int | None:
        """How many lists the partner has not applied; none if nothing was issued."""
        if self.issued is None:
            return None
        applied = self.answer.applied_sequence if self.answer else None
        return max(0, self.issued.sequence - (applied or 0))

    def time_behind(self, now: datetime) -> timedelta | None:
        """Return for how long the partner has not applied the oldest list that it lacks."""
        return None if self.waiting_since is None else now - self.waiting_since


def compare_roots(answer: Acknowledgement, applied: ListHeader | None) -> Roots:
    """Hold the root that was acknowledged as applied against the header of that list (EXC-4)."""
    if applied is None or answer.applied_root is None:
        return Roots.UNKNOWN
    # EXC-4: an acknowledged root that is not our own
    if answer.applied_root != applied.state_root:
        return Roots.DIFFERS
    return Roots.EQUAL


def asks_for_full(answer: Acknowledgement, applied: ListHeader | None) -> bool:
    """Tell whether an answer means that only a FULL goes on (SYN-5, ACC-13, EXC-4)."""
    # EXC-4: whatever else it says, a state that is not ours is replaced by a FULL
    if compare_roots(answer, applied) is Roots.DIFFERS:
        return True
    # ACC-13: reject spends the sequences
    if answer.outcome is Outcome.REJECTED:
        return True
    return answer.outcome is Outcome.REFUSED and not FULL_WANTED.isdisjoint(
        reason.code for reason in answer.reasons
    )
