"""Issuing lists: what the next one stands on, and the new one with what follows from it."""

from collections.abc import Collection, Mapping
from typing import Protocol, TypeAlias

from msgspec import Struct

from gateway.domain.documents import SealedList
from gateway.domain.lists import ListHeader, Stream
from gateway.domain.parties import Actor
from gateway.domain.publishing import Cause, Footing, IssuedState


class Publication(Struct, frozen=True, kw_only=True):
    """A list of a stream as it was issued."""

    header: ListHeader
    list_digest: str
    sealed: SealedList


Members: TypeAlias = Mapping[int, Mapping[str, bytes]]
"""Operators of some buckets (STA-2): by bucket, digests by id."""


class Transition(Struct, frozen=True, kw_only=True):
    """How what a stream's newest list says becomes what the new one says."""

    state: IssuedState
    cause: Cause
    follows: int
    """The sequence before it: of our newest list, or after a restore of the partner's (PUB-6)."""
    members: Members
    """Of every bucket that changed, as it is from now on."""
    buckets: bytes
    """All bucket digests, one after the other (STA-2)."""
    alarm: tuple[str, Mapping[str, str]] | None = None
    """An audit event that somebody has to look at, with its facts."""


class Issuing(Protocol):
    """Streams that home issues. Contract: `tests/contract/publications_suite.py`."""

    def footing(self, stream: Stream) -> Footing:
        """Return what the stream's next list stands on; cheap."""
        ...

    def digests(self, stream: Stream) -> Mapping[str, bytes]:
        """Return the digest of each operator as the partner was told of it."""
        ...

    def buckets(self, stream: Stream, numbers: Collection[int]) -> tuple[bytes, Members]:
        """Return all bucket digests in one, and the operators of some buckets with theirs."""
        ...

    def issue(
        self, publication: Publication, actor: Actor, transition: Transition | None = None
    ) -> None:
        """Keep a new list: its sequence must be the newest plus one (SEQ-1). Audited.

        Args:
            publication: The list.
            actor: Who issues it.
            transition: What the list after it is computed from; without it, that one is FULL.

        Raises:
            ConflictError: The sequence exists already; nothing was written.
        """
        ...

    def advance(self, stream: Stream, state: IssuedState, *, change: int, rules: str) -> None:
        """Note that up to this change, and under these rules, nothing moved for the partner."""
        ...
