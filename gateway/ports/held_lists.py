"""Held lists as the registry keeps them, and what is done with them (ACC-6, ACC-12, ACC-13)."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from gateway.domain.acknowledgements import Outcome, Reason
from gateway.domain.decisions import AcceptedHead
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
    signer: str
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
    restrictions: int
    """Operators that its lists restrict at this moment."""


class Verdict(Struct, frozen=True, kw_only=True):
    """What officers decided."""

    number: int
    newest_digest: str
    """The newest held list that they saw: a hold that moved since is not settled."""
    actor: Actor
    facts: Mapping[str, str]
    """For the audit trail: reason, and who approved."""
    now: datetime
    revise: Revise


class Settled(Struct, frozen=True, kw_only=True):
    """What was done."""

    head: AcceptedHead | None
    """The accepted list after it."""
    changed: int
    """Operators that are no longer as they were."""
    restrictions: int
    """Operators that stay restricted in the stream."""


class HeldLists(Protocol):
    """Contract: `tests/contract/held_lists_suite.py`.

    Raises of all that change something:
        NotFoundError: No such hold.
        InvalidRequestError: It is not in a state in which that can be done.
        ConflictError: It moved since the officers looked at it; nothing was written.
    """

    def holds(self, *, open_only: bool) -> list[HoldRecord]:
        """Return holds, oldest first."""
        ...

    def differences(self, number: int) -> Iterator[tuple[Operator | None, Operator | None]]:
        """Yield what a release would change, or did: each operator before and after, by id."""
        ...

    def release(self, verdict: Verdict) -> Settled:
        """Apply the newest held state in one transaction (ACC-13)."""
        ...

    def reject(self, verdict: Verdict) -> Settled:
        """Spend the sequences: only a FULL goes on. Opens a stream that waited itself (ACC-6)."""
        ...

    def roll_back(self, verdict: Verdict) -> Settled:
        """Bring back the state before a release; the list counts as rejected from then on."""
        ...

    def lift_restrictions(self, verdict: Verdict) -> Settled:
        """Let accepted operators grant again that held lists restrict."""
        ...
