"""Two gateways, each on a database of its own, and a line between them that tests spoil."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from enum import StrEnum
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from gateway.bootstrap.process import is_dead, own_name
from gateway.domain.agreements import Review
from gateway.domain.documents import SealedList, Unverified
from gateway.domain.errors import TransportError
from gateway.domain.lists import Stream
from gateway.domain.parties import Caller, Purpose
from gateway.domain.profiles import (
    Endpoint,
    FeedKind,
    KeyUse,
    PartnerProfile,
    Schedule,
    Send,
    Ways,
)
from gateway.domain.transport_faults import TransportFault
from gateway.exchange.kinds import make_feeds
from gateway.ports.feed import Channel, PublishedHead
from gateway.store.engines import open_store
from tests.fakes.clock import Clock
from tests.fakes.home import OFFICER, make_agreement
from tests.fakes.partner_simulator import Keys
from tests.fakes.wired import Wired

Answer = TypeVar("Answer")
FreshUrls = Callable[[], tuple[str, str]]
"""Empties two databases, and returns where they are."""


class Fault(StrEnum):
    """What happens to one call, or to one list."""

    NONE = "none"
    LOST = "nothing arrives"
    UNANSWERED = "it arrives, the answer is lost"
    SKIPPED = "this list is left out"
    TWICE = "this list comes twice"
    LATER = "this list comes after the others"
    RESEALED = "this list comes in another sealing"


OF_CALLS = (Fault.NONE, Fault.LOST, Fault.UNANSWERED)


class Weather(Struct):
    """The faults to come, one a call and one a list; none are left when the line has healed."""

    calls: list[Fault] = []
    lists: list[Fault] = []
    is_dark: bool = False
    """Nothing goes over the line until that is over."""

    def of_call(self) -> Fault:
        if self.is_dark:
            return Fault.LOST
        return self.calls.pop(0) if self.calls else Fault.NONE

    def of_list(self) -> Fault:
        return self.lists.pop(0) if self.lists else Fault.NONE


class Gateway(Wired):
    """One side: its services, on a database that is closed and opened again."""

    def __init__(self, url: str, keys: Keys, profile: PartnerProfile, clock: Clock) -> None:
        self.clock, self.keys, self.profile = clock, keys, profile
        self._url = url
        self.line: Channel
        self._open()
        self.store.profiles.apply(profile, OFFICER, clock.now)

    def restart(self, meanwhile: Callable[[], object] = lambda: None) -> None:
        """End as a process does, and start again on what is stored then."""
        self.store.close()
        meanwhile()
        self._open()

    def _open(self) -> None:
        self.store = open_store(self._url, clock=self.clock)
        # As bootstrap does: who was killed keeps nobody waiting.
        self.store.leases.abandon(is_dead)
        self.wire(lambda: self.line, self.store.registry, holder=own_name())

    def close(self) -> None:
        """Give back the database."""
        self.store.close()


class Pair:
    """XB issues lists, XA receives them."""

    def __init__(
        self, kind: FeedKind, keys: tuple[Keys, Keys], urls: tuple[str, str], clock: Clock
    ) -> None:
        issuing, receiving = keys
        self.clock = clock
        self.kind = kind
        self.publisher = Gateway(urls[0], issuing, publisher_profile(kind, receiving), clock)
        self.recipient = Gateway(urls[1], receiving, recipient_profile(kind, issuing), clock)
        self.line = Line(self)
        self.publisher.line = self.recipient.line = self.line

    @property
    def stream(self) -> Stream:
        return self.recipient.profile.receives

    def close(self) -> None:
        """Give back both databases."""
        self.publisher.close()
        self.recipient.close()


def publisher_profile(kind: FeedKind, receiving: Keys) -> PartnerProfile:
    """Return XB's profile of XA, to which it pushes."""
    disclosure = replace(make_agreement().disclosure, fields=("tradeNames",))
    sends = make_agreement(home="XB", partner="XA", territory=("XA",), disclosure=disclosure)
    return replace(profile_for(kind, receiving, agreement=sends), exchange=Ways(send=Send.PUSH))


def recipient_profile(kind: FeedKind, issuing: Keys) -> PartnerProfile:
    """Return XA's profile of XB."""
    # Lists are small here: a few operators are a mass change.
    receives = make_agreement(review=Review(mass_change_share=0.3, mass_change_floor=4))
    return profile_for(kind, issuing, agreement=receives)


def profile_for(kind: FeedKind, partner: Keys, **changes: object) -> PartnerProfile:
    """Return a profile of whoever has these keys; XA's of XB unless the agreement is another."""
    values: dict[str, object] = {"agreement": make_agreement()} | changes
    return PartnerProfile(
        kind=kind,
        endpoint=Endpoint(address="127.0.0.1:1", server_authorities=()),
        trust=tuple(partner.anchors(use) for use in KeyUse),
        schedule=Schedule(every=timedelta(hours=6)),
        **values,  # type: ignore[arg-type]  # a test's own values
    )


class Line:
    """`ports.feed.Channel` of both sides: what one asks, the other's desk answers."""

    def __init__(self, pair: Pair) -> None:
        self._pair = pair
        self.weather = Weather()
        self.moved: list[Unverified] = []
        """Every list that went over the line."""

    def fetch_head(self, stream: Stream, acknowledgement: bytes | None) -> PublishedHead:
        desk, now = self._pair.publisher.desk, self._pair.clock.now
        head, held = self._call(
            lambda: desk.head(partner_caller("XA"), stream, acknowledgement, now=now)
        )
        return PublishedHead(
            document=None if head is None else Unverified(document=head), held=held
        )

    def fetch_list(self, stream: Stream, sequence: int) -> Unverified:
        return self._call(lambda: self._served(stream, sequence))

    def fetch_changes(self, stream: Stream, since: int) -> Iterator[Unverified]:
        desk = self._pair.publisher.desk
        sequences = self._call(lambda: desk.changes(partner_caller("XA"), stream, since))
        later = []
        for sequence in sequences:
            document = self._served(stream, sequence)
            fault = self.weather.of_list()
            if fault is Fault.LATER:
                later.append(document)
            elif fault is not Fault.SKIPPED:
                self._break(fault, Fault.LOST, Fault.UNANSWERED)
                yield self.resealed(document) if fault is Fault.RESEALED else document
            if fault is Fault.TWICE:
                yield document
        yield from later

    def fetch_full(self, stream: Stream) -> Unverified | None:
        desk, now = self._pair.publisher.desk, self._pair.clock.now
        return self._call(
            lambda: self._served(stream, desk.full(partner_caller("XA"), stream, now=now))
        )

    def submit_list(self, stream: Stream, sealed: SealedList) -> bytes | None:
        document = self._note(sealed)
        fault = self.weather.of_list()
        self._break(fault, Fault.LOST, Fault.SKIPPED, Fault.LATER)
        answer = self.bring(stream, document, resealed=fault is Fault.RESEALED)
        if fault is Fault.TWICE:
            answer = self.bring(stream, document)
        self._break(fault, Fault.UNANSWERED)
        return answer

    def bring(self, stream: Stream, document: Unverified, *, resealed: bool = False) -> bytes:
        """Hand a list to the recipient, whenever it was issued, and return the answer."""
        desk, now = self._pair.recipient.desk, self._pair.clock.now
        brought = self.resealed(document) if resealed else document
        return desk.submit(partner_caller("XB"), stream, brought, now=now)

    def watch_heads(
        self, stream: Stream, acknowledgement: bytes | None
    ) -> Iterator[Unverified | None]:
        raise NotImplementedError("no history of these two watches heads")

    def deliver_acknowledgement(self, stream: Stream, document: bytes) -> None:
        desk, now = self._pair.publisher.desk, self._pair.clock.now
        self._call(lambda: desk.acknowledge(partner_caller("XA"), stream, document, now=now))

    def collect_acknowledgements(self, stream: Stream, since: int) -> Iterator[bytes]:
        del stream, since
        return iter(())

    def close(self) -> None:
        """Stay as it is."""

    def resealed(self, document: Unverified) -> Unverified:
        """Return the same list with another signature of its issuer's."""
        issuing = self._pair.publisher.keys
        feed = make_feeds(issuing.lists, issuing.acknowledgements)[self._pair.kind]
        profile, anchors = self._pair.recipient.profile, issuing.anchors(KeyUse.LISTS)
        verified = feed.opener.open(document, anchors, profile.limits, self._pair.clock.now)
        again = feed.sealer.seal_list(feed.opener.decode(verified, anchors, profile.limits))
        return Unverified(document=again.document, chunks=again.chunks)

    def _served(self, stream: Stream, sequence: int) -> Unverified:
        desk, now = self._pair.publisher.desk, self._pair.clock.now
        return self._note(desk.get_list(partner_caller("XA"), stream, sequence, now=now))

    def _note(self, sealed: SealedList) -> Unverified:
        document = Unverified(document=sealed.document, chunks=sealed.chunks)
        self.moved.append(document)
        return document

    def _call(self, call: Callable[[], Answer]) -> Answer:
        fault = self.weather.of_call()
        self._break(fault, Fault.LOST)
        answer = call()
        self._break(fault, Fault.UNANSWERED)
        return answer

    def _break(self, fault: Fault, *breaking: Fault) -> None:
        if fault in breaking:
            raise TransportError(fault.value, TransportFault.UNREACHABLE)


def partner_caller(partner: str) -> Caller:
    """Return a partner's gateway as it calls."""
    return Caller(
        name=f"gateway of {partner}",
        fingerprint="ab" * 32,
        purposes=(Purpose.EXCHANGE,),
        partner=partner,
        added_at=Clock().now,
    )
