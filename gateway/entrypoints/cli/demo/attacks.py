"""What an attacker, or bad luck, would offer to home: each over the partner's real connection."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from gateway.bootstrap import Exchange, Gateway, system_clock
from gateway.domain.acknowledgements import Acknowledgement, Outcome
from gateway.domain.canonical import list_digest
from gateway.domain.documents import Packaging, SealedList
from gateway.domain.errors import GatewayError, NotFoundError
from gateway.domain.lists import ListHeader, ListKind, StatusList
from gateway.domain.profiles import PartnerProfile
from gateway.entrypoints.cli.demo.network import TRIAL_DAYS, Member
from gateway.exchange.kinds import make_channel, make_feeds
from gateway.services.judging import acknowledgement_anchors
from gateway.trust.keys import load_signing_key
from gateway.trust.pki import make_trial_pki

INACTIVE, ACTIVE = re.compile(rb">(SUSPENDED|REVOKED|WITHDRAWN)<"), b">ACTIVE<"
OLD: Final = 1
"""A genuine list that home never fetched: it was replaced before home first asked."""


class Offer(Struct, frozen=True, kw_only=True):
    """What home answered to one list."""

    name: str
    code: str
    """Code of the error or first reason of the refusal; `REPEATED` for the same answer again."""
    text: str


class Attacker:
    """Holds everything that the partner holds, but for the partner's signing keys."""

    def __init__(
        self,
        partner: Member,
        opened: Gateway,
        exchange: Exchange,
        profile: PartnerProfile,
        folder: Path,
    ) -> None:
        self._partner = partner
        self._opened = opened
        self._exchange = exchange
        self._folder = folder / f"stranger-{partner.country}"
        self._profile = profile
        newest = opened.store.publications.newest(profile.sends)
        if newest is None:
            raise NotFoundError(f"{partner.country} has issued no list")
        self._newest: ListHeader = newest

    def forged(self) -> Offer:
        """A next list, well made, signed with a key that is not registered."""
        make_trial_pki(
            self._folder,
            administration="Stranger",
            country=self._partner.country,
            hosts=("localhost",),
            now=system_clock(),
            days=TRIAL_DAYS,
        )
        lists, answers = (
            load_signing_key(
                self._folder / f"{name}.pem", self._folder / f"{name}.key", now=system_clock()
            )
            for name in ("lists", "acknowledgements")
        )
        header = replace(
            self._newest,
            list_id=f"{self._newest.list_id}-forged",
            sequence=self._newest.sequence + 1,
            kind=ListKind.FULL,
            previous_digest=list_digest(self._newest),
            issued_at=system_clock(),
        )
        publisher = self._exchange.publisher
        operators = publisher.preview(self._profile, now=header.issued_at).operators
        feed = make_feeds(lists, answers)[self._profile.kind]
        return self._offer("forged", lambda: feed.sealer.seal_list(StatusList(header, operators)))

    def tampered(self) -> Offer:
        """The newest list with one operator's status or one byte changed after signing."""
        return self._offer("tampered", lambda: _tampered(self._sealed(self._newest.sequence)))

    def replayed(self) -> Offer:
        """An old list, genuine and well signed, that would bring an old state back."""
        return self._offer("replayed", lambda: self._sealed(OLD))

    def repeated(self) -> Offer:
        """The newest list once more, byte for byte."""
        return self._offer("repeated", lambda: self._sealed(self._newest.sequence))

    def _sealed(self, sequence: int) -> SealedList:
        packaging = (
            Packaging.DSSE if self._profile.kind.value.startswith("grpc") else Packaging.XADES
        )
        sealed = self._opened.store.publications.find(self._profile.sends, sequence, packaging)
        if sealed is None:
            raise NotFoundError(f"{self._partner.country} has no list {sequence}")
        return sealed

    def _offer(self, name: str, make: Callable[[], SealedList]) -> Offer:
        certificate = (self._partner.keys / "tls.pem").read_bytes()
        key = (self._partner.keys / "tls.key").read_bytes()
        sealed = make()
        channel = make_channel(self._profile, certificate, key)
        try:
            document = channel.submit_list(self._profile.sends, sealed)
        except GatewayError as error:
            return Offer(name=name, code=error.code, text=error.message)
        finally:
            channel.close()
        assert document is not None  # noqa: S101 - a network answers at once
        answer: Acknowledgement = self._exchange.feeds[
            self._profile.kind
        ].opener.open_acknowledgement(
            document, acknowledgement_anchors(self._profile), system_clock()
        )
        if answer.outcome is Outcome.APPLIED:
            text = f"answered as before: {answer.acknowledgement_id}"
            return Offer(name=name, code="REPEATED", text=text)
        return Offer(name=name, code=answer.reasons[0].code, text=answer.reasons[0].text)


def _tampered(sealed: SealedList) -> SealedList:
    if not sealed.chunks:
        return replace(sealed, document=INACTIVE.sub(ACTIVE, sealed.document, 1))
    first = bytearray(sealed.chunks[0])
    first[-1] ^= 1
    return replace(sealed, chunks=(bytes(first), *sealed.chunks[1:]))
