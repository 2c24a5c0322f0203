"""Lists that home has issued, and the home programme's operators that they are made from."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from msgspec import Struct

from gateway.domain.documents import Packaging, SealedList
from gateway.domain.lists import ListedOperator, ListHeader, Stream
from gateway.domain.parties import Actor


class HomeOperator(Struct, frozen=True, kw_only=True):
    """An operator of the home programme, with the partners that it consented to."""

    listed: ListedOperator
    consents: frozenset[str]
    """Partner administrations; `*` is a general consent."""


class Publication(Struct, frozen=True, kw_only=True):
    """A list of a stream as it was issued."""

    header: ListHeader
    list_digest: str
    sealed: SealedList


class ImportCounts(Struct, frozen=True, kw_only=True):
    """What an import of home operators changed."""

    added: int
    changed: int
    removed: int
    unchanged: int


class ImportPreview(Struct, frozen=True, kw_only=True):
    """What an import would change, with examples in byte order of id."""

    counts: ImportCounts
    added: tuple[HomeOperator, ...]
    changed: tuple[tuple[HomeOperator, HomeOperator], ...]
    """As it stands, and as it would be."""
    removed: tuple[HomeOperator, ...]


class HomeProgramme(Protocol):
    """The home programme's operators. Contract: `tests/contract/home_programme_suite.py`."""

    def replace(self, operators: Sequence[HomeOperator], actor: Actor) -> ImportCounts:
        """Make these the whole programme, in one transaction, audited.

        Raises:
            DatabaseUnavailableError: Nothing was written.
        """
        ...

    def preview(self, operators: Sequence[HomeOperator], examples: int) -> ImportPreview:
        """Tell what `replace` would change, with so many examples of each; nothing is written."""
        ...

    def operators(self) -> Iterator[HomeOperator]:
        """Yield all operators in byte order of id."""
        ...

    def find(self, operator_id: str) -> HomeOperator | None:
        """Return the operator with exactly this id, or none."""
        ...

    def shown_version(self) -> int:
        """Return a number that rises when what partners see may have changed. Cheap.

        With the programme and with every profile.
        """
        ...


class Publications(Protocol):
    """Issued lists. Contract: `tests/contract/publications_suite.py`."""

    def newest(self, stream: Stream) -> ListHeader | None:
        """Return the header of the list issued last, or none."""
        ...

    def issue(self, publication: Publication, actor: Actor) -> None:
        """Keep a new list: its sequence must be the newest plus one (SEQ-1). Audited.

        Raises:
            ConflictError: The sequence exists already; nothing was written.
        """
        ...

    def newest_full(self, stream: Stream) -> ListHeader | None:
        """Return the header of the FULL issued last, or none."""
        ...

    def find(self, stream: Stream, sequence: int, packaging: Packaging) -> SealedList | None:
        """Return the sealed bytes of one list as they were issued (PUB-4), or none.

        Raises:
            GoneError: Its body was erased by retention (PUB-7).
        """
        ...

    def find_head(self, stream: Stream, sequence: int, packaging: Packaging) -> bytes | None:
        """Return the signed head of one list, or none; the body is not read."""
        ...
