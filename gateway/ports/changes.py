"""What became known of operators, step by step, for whoever has to follow it without a gap."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from gateway.domain.lists import Stream
from gateway.domain.operators import Operator
from gateway.domain.words import Words


class ChangeKind(Words):
    """What became of an operator."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"
    RESTRICTED = "restricted"
    """A held list suspends or revokes it (ACC-12)."""
    RESTRICTION_LIFTED = "restriction lifted"


class Anchor(Struct, frozen=True, kw_only=True):
    """How far the registry had come, and the event of the audit trail that proves it."""

    version: int
    event: int
    """Number of the newest event; 0: there was none."""
    digest: str
    """Of that event, which vouches for all before it."""


class Step(Struct, frozen=True, kw_only=True):
    """One transaction that changed what lookups answer: a list that came into force, or a hold."""

    version: int
    """Of the registry: steps are numbered in the order in which they became known."""
    agreement: str
    stream_id: int
    """Of the list that came into force, else of the one that serves."""
    number: int
    """Of its state at this step."""
    sequence: int
    is_list: bool
    """Whether this state came into force with the step."""
    at: datetime


class Changes(Protocol):
    """The steps of the registry. Contract: `tests/contract/changes_suite.py`."""

    def anchor(self) -> Anchor:
        """Return how far the registry has come."""
        ...

    def is_past(self, anchor: Anchor) -> bool:
        """Tell whether the registry has come by there: not if it was restored to before."""
        ...

    def find_step(self, receives: Sequence[Stream], version: int) -> tuple[Step | None, Anchor]:
        """Return the first step of these streams, whatever their epoch, from a version on.

        With it comes how far the registry had come when it was looked for; with none, that there
        was no step up to there.
        """
        ...

    def kinds(self, step: Step) -> Mapping[str, ChangeKind]:
        """Return what a step changed, by operator id in byte order."""
        ...

    def operators(self, step: Step, ids: Collection[str]) -> Mapping[str, Operator]:
        """Return operators as they were after a step, those of them that were listed."""
        ...
