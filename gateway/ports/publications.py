"""Lists that home has issued, as they are served, and what becomes of them later."""

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from gateway.domain.documents import Packaging, SealedList
from gateway.domain.lists import ListHeader, Stream
from gateway.domain.parties import Actor


class Erased(Struct, frozen=True, kw_only=True):
    """Bodies of one stream that retention erased, or would erase (PUB-7)."""

    stream: Stream
    sequences: tuple[int, ...]
    size: int
    """Bytes."""


class Publications(Protocol):
    """Issued lists. Contract: `tests/contract/publications_suite.py`."""

    def newest(self, stream: Stream) -> ListHeader | None:
        """Return the header of the list issued last, or none."""
        ...

    def newest_full(self, stream: Stream) -> ListHeader | None:
        """Return the header of the FULL issued last, or none."""
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


class PublicationUpkeep(Protocol):
    """Retention and restores of issued lists. Contract: `tests/contract/publications_suite.py`."""

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
