"""What home has issued in a stream, as a partner may ask for it or is brought it (EXC-2, EXC-3)."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from gateway.domain.documents import Packaging, SealedList
from gateway.domain.errors import GoneError
from gateway.domain.lists import ListHeader, ListKind
from gateway.domain.profiles import FeedKind, PartnerProfile
from gateway.ports.publications import Publications

PACKAGING: Final = {
    FeedKind.XML: Packaging.XADES,
    FeedKind.ASICE: Packaging.ASICE,
    FeedKind.GRPC: Packaging.DSSE,
}
MOST_LISTS: Final = 200
"""More lists than this are answered with the newest FULL and what follows it."""

AskFull = Callable[[PartnerProfile, datetime], int]
"""Asks the publisher for a FULL; it issues one unless the last is too young (SEQ-1)."""


class Issued:
    """Reads publications; whether a FULL is issued, `ask_full` decides."""

    def __init__(self, publications: Publications, ask_full: AskFull) -> None:
        self._publications = publications
        self._ask_full = ask_full

    def head(self, profile: PartnerProfile) -> bytes | None:
        """Return the signed head of the newest list, or none (EXC-1)."""
        newest = self._publications.newest(profile.sends)
        if newest is None:
            return None
        packaging = PACKAGING[profile.kind]
        return self._publications.find_head(profile.sends, newest.sequence, packaging)

    def find(self, profile: PartnerProfile, sequence: int) -> SealedList | None:
        """Return one list as it was signed (PUB-4), or none.

        Raises:
            GoneError: Its body was erased by retention (PUB-7).
        """
        return self._publications.find(profile.sends, sequence, PACKAGING[profile.kind])

    def after(self, profile: PartnerProfile, since: int) -> Sequence[int]:
        """Return the sequences to be sent to a partner that has `since`, in order (EXC-2).

        A partner that has nothing, or lags behind by many lists or by erased ones, begins with
        the newest FULL: what came before it says nothing more.
        """
        stream = profile.sends
        newest, full = self._publications.newest(stream), self._publications.newest_full(stream)
        if newest is None:
            return ()
        first = since + 1
        if full is not None and full.sequence > first and self._begins_anew(profile, since, newest):
            first = full.sequence
        return range(first, newest.sequence + 1)

    def full(self, profile: PartnerProfile, now: datetime) -> int:
        """Return the sequence of a FULL for a partner that asks for one (EXC-2).

        Raises:
            InvalidRequestError: The agreement is in a state in which no lists travel.
            UnheardError: None may be issued now (PUB-6).
            ConflictError: Another process issued a list meanwhile.
        """
        newest = self._publications.newest(profile.sends)
        # SEQ-1: if the newest list is itself a FULL, it is the answer
        if newest is not None and newest.kind is ListKind.FULL:
            return newest.sequence
        return self._ask_full(profile, now)

    def _begins_anew(self, profile: PartnerProfile, since: int, newest: ListHeader) -> bool:
        if not since or newest.sequence - since > MOST_LISTS:
            return True
        try:
            # None: sealed for another kind of feed, before the stream changed its adapter.
            return self.find(profile, since + 1) is None
        except GoneError:
            return True
