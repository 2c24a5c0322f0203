"""The registry of partner-recognised operators: what was accepted, and what it was before."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from gateway.domain.acknowledgements import (
    Acknowledgement,
    Outcome,
    Reason,
    SealedAcknowledgement,
)
from gateway.domain.decisions import (
    AcceptedHead,
    AcceptedState,
    Apply,
    Decision,
    Hold,
    Incoming,
    Known,
    Refuse,
    Repeat,
)
from gateway.domain.lists import ListHeader, Stream
from gateway.domain.operators import Operator
from gateway.domain.parties import Actor
from gateway.ports.leases import Lease

Decide = Callable[[AcceptedState], Decision]
Conclude = Callable[[AcceptedState, Apply | Hold | Refuse], SealedAcknowledgement]
"""Builds and signs the acknowledgement that is stored in the same transaction (ACC-15)."""
Revise = Callable[[Acknowledgement, Outcome, ListHeader | None], SealedAcknowledgement]
"""Builds and signs a newer answer to a list that was held, from the answer before, what became of
the list, and the accepted list after it (EXC-4)."""


class Accepted(Struct, frozen=True, kw_only=True):
    """What `accept` did: the decision, and the acknowledgement to send."""

    decision: Apply | Hold | Refuse | Repeat
    acknowledgement: SealedAcknowledgement
    changed: int
    """Operators added, changed or removed."""


class SpentList(Struct, frozen=True, kw_only=True):
    """A list that was held, whatever an officer made of it: its sequence is spent (ACC-13)."""

    sequence: int
    list_digest: str


class RegisteredOperator(Struct, frozen=True, kw_only=True):
    """An operator as the registry holds it now."""

    operator_id: str
    canonical: bytes
    unusable: Reason | None


class OperatorBlock(Struct, frozen=True, kw_only=True):
    """Some operators as the registry holds them now: many at once, without an object for each."""

    operator_ids: Sequence[str]
    canonical: Sequence[bytes]
    """As many, in the same order."""
    unusable: Mapping[str, Reason]
    """By id, of those that are."""


class OperatorChanges(Struct, frozen=True, kw_only=True):
    """What became of the accepted list since a sequence; one that changed is in both."""

    ended: frozenset[str]
    """Ids whose version of then is no longer the current one."""
    came: Sequence[RegisteredOperator]


class OperatorVersion(Struct, frozen=True, kw_only=True):
    """One version of an operator: known here in [known_from, known_until)."""

    operator: Operator
    unusable: Reason | None
    sequence: int
    """The list that brought it."""
    known_from: datetime
    replaced_by: int | None
    """The sequence that replaced or removed it."""
    known_until: datetime | None


class Registry(Protocol):
    """Accepted lists, by stream. Contract: `tests/contract/registry_suite.py`."""

    def accept(
        self,
        incoming: Incoming,
        decide: Decide,
        conclude: Conclude,
        revise: Revise,
        actor: Actor,
        *,
        lease: Lease | None = None,
    ) -> Accepted:
        """Decide on a list and write the outcome in one transaction, or nothing at all (ACC-14).

        Called by the sync and by a partner's push. `decide` sees the state read before the
        transaction; if another process moved the stream meanwhile, nothing is written. Operators,
        history, list head, seen list, hold, acknowledgement, outbox and audit go together. For
        `Repeat` nothing is written and the stored acknowledgement is returned. A list that takes
        the place of a held one has that one's acknowledgement revised too. A run that has lost the
        `lease` that it works under writes nothing (SYN-1); a push works under none.

        Raises:
            ConflictError: Another process was first, or the list was decoded against another state
                than the accepted one; nothing was written.
            DatabaseUnavailableError: Nothing was written.
        """
        ...

    def known(self, stream: Stream) -> Known:
        """Return what a FULL of this stream is decoded against."""
        ...

    def raise_floor(self, stream: Stream, sequence: int, actor: Actor, now: datetime) -> bool:
        """Refuse what is lower from now on (EXC-1); tell whether the floor moved. Audited."""
        ...

    def find_head(self, stream: Stream) -> AcceptedHead | None:
        """Return the accepted list of a stream, or none."""
        ...

    def in_force(self, stream: Stream) -> Stream:
        """Return the newest epoch of a stream, up to its own, that has an accepted list (SEQ-3).

        The stream itself if none has.
        """
        ...

    def find_acknowledgement(
        self, document_digest: str, stream: Stream
    ) -> SealedAcknowledgement | None:
        """Return the newest acknowledgement of the list that came as these bytes (ACC-0)."""
        ...

    def newest_acknowledgement(self, stream: Stream) -> SealedAcknowledgement | None:
        """Return the acknowledgement made last for a stream (EXC-1)."""
        ...

    def newest_spent(self, stream: Stream) -> SpentList | None:
        """Return the list with the highest sequence that was held, or none (ACC-13)."""
        ...


class CurrentLists(Protocol):
    """What the registry holds now, for lookups. Contract: `tests/contract/registry_suite.py`."""

    def find_head(self, stream: Stream) -> AcceptedHead | None:
        """Return the accepted list of a stream, or none."""
        ...

    def in_force(self, stream: Stream) -> Stream:
        """Return the newest epoch of a stream, up to its own, that has an accepted list (SEQ-3).

        The stream itself if none has.
        """
        ...

    def version(self) -> int:
        """Return a number that rises with every change of lists, profiles, callers or programme.

        Cheap: processes ask for it often, to see whether they have to look again.
        """
        ...

    def operators(self, stream: Stream) -> Iterator[RegisteredOperator]:
        """Yield the operators of the accepted list in byte order of id."""
        ...

    def operator_blocks(self, stream: Stream, size: int) -> Iterator[OperatorBlock]:
        """Yield the same in blocks of `size`, none empty: quicker, where it is a million."""
        ...

    def operators_since(self, stream: Stream, number: int) -> OperatorChanges:
        """Return what changed since the state with this number was the accepted one."""
        ...

    def count_since(self, stream: Stream, number: int) -> int:
        """Return how many operators that would be: whoever asks for them holds them in memory."""
        ...

    def restricted(self, stream: Stream) -> Mapping[str, str]:
        """Return the operators that a held list suspends or revokes, with the status (ACC-12).

        Held lists of later epochs count too: this one serves until one of them is applied (SEQ-3).
        """
        ...


class History(Protocol):
    """What was known when. Contract: `tests/contract/registry_suite.py`."""

    def versions(self, stream: Stream, operator_id: str) -> list[OperatorVersion]:
        """Return all versions of an operator, oldest first."""
        ...

    def find_version(
        self, stream: Stream, operator_id: str, known_at: datetime
    ) -> OperatorVersion | None:
        """Return the version that was known at a moment, or none."""
        ...

    def in_force_at(self, stream: Stream, known_at: datetime) -> Stream:
        """Return the epoch that was in force at a moment, as `Registry.in_force`."""
        ...

    def began(self, stream: Stream) -> datetime | None:
        """Return when the first list of this epoch was applied, or none (SEQ-3)."""
        ...

    def find_head_at(self, stream: Stream, known_at: datetime) -> AcceptedHead | None:
        """Return the list that was in force at a moment, or none."""
        ...

    def restricted_at(self, stream: Stream, known_at: datetime) -> Mapping[str, str]:
        """Return what was restricted at a moment, as `Registry.restricted`."""
        ...
