"""The log of every decision that was given to a border system or another agency."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from gateway.domain.answers import AnswerReason, Verdict
from gateway.domain.logged_decisions import Logged, LoggedDecision
from gateway.domain.snapshot import Snapshot


class Wanted(Struct, frozen=True, kw_only=True):
    """Which decisions to find: all conditions that are set hold."""

    caller: str | None = None
    agreement: str | None = None
    reason: AnswerReason | None = None
    verdict: Verdict | None = None
    since: datetime | None = None
    until: datetime | None = None
    """Half-open: [since, until)."""
    before: int | None = None
    """Only entries with a lower number: the page after that one."""
    limit: int = 50


class Numbered(Struct, frozen=True, kw_only=True):
    """A decision with its place in the log."""

    number: int
    decision: LoggedDecision


class ErasedDecisions(Struct, frozen=True, kw_only=True):
    """What retention took, or would take."""

    count: int
    first: datetime | None = None
    last: datetime | None = None


class DecisionLog(Protocol):
    """Contract: `tests/contract/decision_log_suite.py`. Several processes write to one log."""

    def append(self, decisions: Sequence[Logged], snapshots: Mapping[str, Snapshot]) -> None:
        """Append decisions, with the snapshots that they name; all of them or none.

        Raises:
            DatabaseUnavailableError: Nothing was written: no answer, or no room on the disk.
            StoreError: Nothing was written.
        """
        ...

    def find(self, reference: str) -> Sequence[Numbered]:
        """Return the decisions with a reference, oldest first: one for each time it was given."""
        ...

    def select(self, wanted: Wanted) -> Sequence[Numbered]:
        """Return decisions, newest first."""
        ...

    def find_snapshot(self, name: str) -> Snapshot | None:
        """Return a snapshot, or none."""
        ...

    def erase(self, before: datetime, *, dry_run: bool) -> ErasedDecisions:
        """Erase what was decided before a moment, and the snapshots that nothing names any more."""
        ...
