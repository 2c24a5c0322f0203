"""Held lists as officers see them, and what became of them (ACC-6, ACC-12, ACC-13)."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from gateway.domain.acknowledgements import Outcome, Reason
from gateway.domain.agreements import Review
from gateway.domain.business_difference import Difference, Happened
from gateway.domain.lists import Stream
from gateway.domain.parties import Actor


class HoldKind(StrEnum):
    """Why a list waits for officers."""

    MASS_CHANGE = "mass change"
    """ACC-12."""
    SEQUENCE_JUMP = "sequence jump"
    """SEQ-3."""
    EQUIVOCATION = "equivocation"
    """ACC-6."""
    REJECTED_ROOT = "rejected root"
    """ACC-13: a state that an officer rejected came again."""


class HoldState(StrEnum):
    """What became of a hold."""

    HELD = "held"
    RELEASED = "released"
    REJECTED = "rejected"
    SUPERSEDED = "superseded"
    ROLLED_BACK = "rolled back"


class HoldView(Struct, frozen=True, kw_only=True):
    """A hold, as the registry knows it; approvals are kept apart."""

    number: int
    stream: Stream
    partner: str
    sequences: tuple[int, ...]
    """Of the held lists, ascending: a hold grows with each DELTA that joins it."""
    list_digest: str
    """Of the newest of them: what an approval is for."""
    since: datetime
    kind: HoldKind
    reasons: tuple[Reason, ...]
    state: HoldState
    counts: Mapping[Happened, int]
    """What release would change."""
    restrictions: int
    """Operators that the held lists restrict at this moment."""
    review: Review
    """The agreement's settings."""


class HoldDetail(Struct, frozen=True, kw_only=True):
    """A hold with the difference that release would make."""

    view: HoldView
    differences: tuple[Difference, ...]


class HoldOutcome(Struct, frozen=True, kw_only=True, tag="done"):
    """What an act on a hold changed, and what the partner is told."""

    number: int
    stream: Stream
    state: HoldState
    by: tuple[Actor, ...]
    """Of the approval."""
    accepted_sequence: int | None
    """Of the list in force afterwards; none if there is none."""
    counts: Mapping[Happened, int] = {}
    """What changed for lookups."""
    restrictions: int = 0
    """Operators that stay restricted."""
    told: Outcome | None = None
    """The partner gets an acknowledgement with this outcome."""
    told_sequence: int | None = None
    needs_full: bool = False
    """Only a FULL goes on from here; it is asked for."""
