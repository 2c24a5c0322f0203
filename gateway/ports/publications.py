"""Lists that home has issued, and the home programme's operators that they are made from."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Protocol

from msgspec import Struct

from gateway.domain.documents import Packaging, SealedList
from gateway.domain.lists import ListedOperator, ListHeader, Stream
from gateway.domain.parties import Actor
from gateway.domain.publishing import Cause, Footing, IssuedState


class HomeOperator(Struct, frozen=True, kw_only=True):
    """An operator of the home programme, with the partners that it consented to."""

    listed: ListedOperator
    consents: frozenset[str]
    """Partner administrations; `*` is a general consent."""

    @property
    def etag(self) -> str:
        """What tells two versions apart, consents included: hex SHA-256."""
        return sha256(self.listed.digest + " ".join(sorted(self.consents)).encode()).hexdigest()


class HomeChanges(Struct, frozen=True, kw_only=True):
    """What moved in the home programme since one of its changes."""

    change: int
    """The number of the last change."""
    operators: Mapping[str, HomeOperator | None]
    """As they stand now, by id; none: removed."""


class ReportOutcome(StrEnum):
    """What a report did to the home programme."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"
    UNCHANGED = "unchanged"


class HomeRequest(Struct, frozen=True, kw_only=True):
    """What tells a repeated report from a new one (AIP-155)."""

    id: str
    digest: str
    """Hex SHA-256 of what was asked for."""


class Reported(Struct, frozen=True, kw_only=True):
    """What became of a report."""

    operator_id: str
    outcome: ReportOutcome
    etag: str | None = None
    """Of the operator as it stands now; none: not in the programme."""

    @classmethod
    def of(
        cls, operator_id: str, before: HomeOperator | None, after: HomeOperator | None
    ) -> "Reported":
        """Tell what an operator's change from one state to another is."""
        if after is None:
            outcome = ReportOutcome.REMOVED if before else ReportOutcome.UNCHANGED
            return cls(operator_id=operator_id, outcome=outcome)
        outcome = ReportOutcome.CHANGED if before else ReportOutcome.ADDED
        if before == after:
            outcome = ReportOutcome.UNCHANGED
        return cls(operator_id=operator_id, outcome=outcome, etag=after.etag)


Revise = Callable[[HomeOperator | None], HomeOperator | None]
"""Returns an operator as it shall be from how it stands; none: not in the programme."""


class Publication(Struct, frozen=True, kw_only=True):
    """A list of a stream as it was issued."""

    header: ListHeader
    list_digest: str
    sealed: SealedList


class Transition(Struct, frozen=True, kw_only=True):
    """How what a stream's newest list says becomes what the new one says."""

    state: IssuedState
    cause: Cause
    follows: int
    """The sequence before it: of our newest list, or after a restore of the partner's (PUB-6)."""
    listed: Mapping[str, bytes]
    """Digests of the operators that are added or changed."""
    removed: Collection[str]
    buckets: bytes
    """All bucket digests, one after the other (STA-2)."""
    alarm: tuple[str, Mapping[str, str]] | None = None
    """An audit event that somebody has to look at, with its facts."""


class Erased(Struct, frozen=True, kw_only=True):
    """Bodies of one stream that retention erased, or would erase (PUB-7)."""

    stream: Stream
    sequences: tuple[int, ...]
    size: int
    """Bytes."""


class ImportCounts(Struct, frozen=True, kw_only=True):
    """What an import of home operators changed."""

    added: int
    changed: int
    removed: int
    unchanged: int


class MassChange(Struct, frozen=True, kw_only=True):
    """From when on an import needs a confirmation: partners hold such a list (ACC-12)."""

    share: float = 0.1
    """Of the operators that are active before it: lost by removal or because none of their
    authorisations is active any more."""
    floor: int = 20
    """Fewer lost operators never do."""

    def is_reached(self, lost: int, active: int) -> bool:
        """Tell whether so many lost operators of so many are a mass change."""
        return lost >= self.floor and lost >= self.share * active


class ImportPreview(Struct, frozen=True, kw_only=True):
    """What an import would change, with examples in byte order of id."""

    counts: ImportCounts
    lost: int
    """Active operators that would be removed or deactivated."""
    needs_confirmation: bool
    added: tuple[HomeOperator, ...]
    changed: tuple[tuple[HomeOperator, HomeOperator], ...]
    """As it stands, and as it would be."""
    removed: tuple[HomeOperator, ...]


class HomeProgramme(Protocol):
    """The home programme's operators. Contract: `tests/contract/home_programme_suite.py`."""

    def replace(
        self, operators: Sequence[HomeOperator], actor: Actor, limit: MassChange | None = None
    ) -> ImportCounts:
        """Make these the whole programme, in one transaction, audited.

        Args:
            operators: All of them.
            actor: Who imports.
            limit: What has not been confirmed; none: any change is taken.

        Raises:
            MassChangeError: More would be lost than `limit` allows; nothing was written.
            DatabaseUnavailableError: Nothing was written.
        """
        ...

    def preview(self, operators: Sequence[HomeOperator], examples: int) -> ImportPreview:
        """Tell what `replace` would change, with so many examples of each; nothing is written."""
        ...

    def report(
        self,
        operator_id: str,
        revise: Revise,
        actor: Actor,
        *,
        request: HomeRequest | None = None,
        facts: Mapping[str, str],
    ) -> Reported:
        """Change one operator, in one transaction, audited with these facts.

        A request that was answered before is answered the same, and changes nothing.

        Raises:
            InvalidRequestError: The request's id was used for something else.
            DatabaseUnavailableError: Nothing was written.
        """
        ...

    def operators(self) -> Iterator[HomeOperator]:
        """Yield all operators in byte order of id."""
        ...

    def page(self, after: str, size: int) -> list[HomeOperator]:
        """Return the next operators in byte order of id, beginning after one."""
        ...

    def find(self, operator_id: str) -> HomeOperator | None:
        """Return the operator with exactly this id, or none."""
        ...

    def change(self) -> int:
        """Return the number of the last change; cheap."""
        ...

    def changes_since(self, change: int, most: int) -> HomeChanges | None:
        """Return what moved after a change, or none if it is more than so many operators."""
        ...


class Publications(Protocol):
    """Issued lists. Contract: `tests/contract/publications_suite.py`."""

    def newest(self, stream: Stream) -> ListHeader | None:
        """Return the header of the list issued last, or none."""
        ...

    def newest_full(self, stream: Stream) -> ListHeader | None:
        """Return the header of the FULL issued last, or none."""
        ...

    def footing(self, stream: Stream) -> Footing:
        """Return what the stream's next list stands on; cheap."""
        ...

    def digests(self, stream: Stream) -> Mapping[str, bytes]:
        """Return the digest of each operator as the partner was told of it."""
        ...

    def buckets(
        self, stream: Stream, numbers: Collection[int]
    ) -> tuple[bytes, Mapping[str, bytes]]:
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

    def find(self, stream: Stream, sequence: int, packaging: Packaging) -> SealedList | None:
        """Return the sealed bytes of one list as they were issued (PUB-4), or none.

        Raises:
            GoneError: Its body was erased (PUB-7).
        """
        ...

    def find_head(self, stream: Stream, sequence: int, packaging: Packaging) -> bytes | None:
        """Return the signed head of one list, or none; the body is not read."""
        ...

    def mark_restored(self, streams: Collection[Stream], actor: Actor, now: datetime) -> None:
        """Issue nothing in these streams before their partners were heard (PUB-6). Audited."""
        ...

    def release(self, stream: Stream, actor: Actor, now: datetime) -> None:
        """Issue again in a stream whose partner cannot be heard (PUB-6). Audited."""
        ...

    def erase(
        self, issued_before: datetime, actor: Actor, now: datetime, *, dry_run: bool
    ) -> list[Erased]:
        """Erase bodies of lists older than that and than the last FULL of their stream (PUB-7)."""
        ...
