"""Held lists as the registry keeps them, and what is done with them (ACC-6, ACC-12, ACC-13)."""

from collections.abc import Iterator
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from gateway.domain.acknowledgements import Outcome, Reason
from gateway.domain.lists import ListHeader, Stream
from gateway.domain.operators import Operator
from gateway.domain.parties import Actor
from gateway.ports.registry import Revise


class HeldEntry(Struct, frozen=True, kw_only=True):
    """One list of a hold."""

    header: ListHeader
    list_digest: str
    document_digest: str
    received_at: datetime
    reasons: tuple[Reason, ...]


class HoldRecord(Struct, frozen=True, kw_only=True):
    """A hold: a list with the DELTAs that joined it, or the stream itself."""

    number: int
    stream: Stream
    held_at: datetime
    stops_stream: bool
    """Equivocation: nothing is taken until an officer opens the stream; there is no state."""
    lists: tuple[HeldEntry, ...]
    """By sequence; the newest is the one that a release applies."""
    ended_at: datetime | None
    ending: Outcome | None
    """APPLIED: released."""
    released_as: int | None
    """The state that the release made."""
    rolled_back_at: datetime | None


class Verdict(Struct, frozen=True, kw_only=True):
    """What officers decided."""

    number: int
    newest_digest: str
    """The newest held list that they saw: a hold that moved since is not settled."""
    reason: str
    actor: Actor
    now: datetime
    revise: Revise


class HeldLists(Protocol):
    """Contract: `tests/contract/held_lists_suite.py`.

    Raises of all that change something:
        NotFoundError: No such hold.
        InvalidRequestError: It is not in a state in which that can be done.
        ConflictError: It moved since the officers looked at it; nothing was written.
    """

    def holds(self, *, open_only: bool) -> list[HoldRecord]:
        """Return holds, newest first."""
        ...

    def differences(self, number: int) -> Iterator[tuple[Operator | None, Operator | None]]:
        """Yield what a release would change: each operator as accepted, and as held."""
        ...

    def release(self, verdict: Verdict) -> int:
        """Apply the newest held state in one transaction; return how many operators changed."""
        ...

    def reject(self, verdict: Verdict) -> None:
        """Spend the sequences: only a FULL goes on. Opens a stream that waited itself."""
        ...

    def roll_back(self, verdict: Verdict) -> int:
        """Bring back the state before a release; return how many operators changed."""
        ...

    def lift_restrictions(self, verdict: Verdict) -> int:
        """Let accepted operators grant again that the held list restricts; return how many."""
        ...
