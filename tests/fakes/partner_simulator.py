"""A whole partner administration in memory: real keys, real signatures, knobs to turn.

Tests change its state (`partner.sequence -= 1`, `partner.sign_with(stranger)`) and then run the
real sync against it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace as with_fields
from datetime import datetime, timedelta
from pathlib import Path

from msgspec.structs import replace

from gateway.domain.acknowledgements import Acknowledgement
from gateway.domain.canonical import list_digest, list_operator
from gateway.domain.documents import SealedList, Unverified
from gateway.domain.errors import TransportError
from gateway.domain.lists import ListedOperator, ListHeader, ListKind, StatusList, Stream
from gateway.domain.operators import Authorisation, Name, Operator, Status, StatusCode
from gateway.domain.profiles import FeedKind, KeyUse, TrustAnchors
from gateway.domain.state import state_root
from gateway.domain.transport_faults import TransportFault
from gateway.exchange.kinds import make_feeds
from gateway.ports.feed import Feed, PublishedHead, Sealer
from gateway.trust.keys import SigningKey, load_signing_key
from gateway.trust.pki import make_trial_pki

PERIOD = timedelta(hours=24)


def make_operator(
    operator_id: str, *, on: datetime, code: StatusCode = StatusCode.ACTIVE
) -> ListedOperator:
    """Make a small operator that is valid since long before `on`."""
    since = on - timedelta(days=400)
    return list_operator(
        Operator(
            id=operator_id,
            names=(Name(text=f"Synthetic Trading {operator_id}", language="en"),),
            authorisations=(
                Authorisation(
                    id=f"{operator_id}-1",
                    category="AEOS",
                    programme="Exampleland AEO",
                    issuing_office="XB01",
                    effective_at=since,
                    status=Status(code=code, effective_at=since),
                ),
            ),
        )
    )


class Keys:
    """The keys of one administration, from a PKI of its own; made unless they are there."""

    def __init__(self, folder: Path, country: str, now: datetime) -> None:
        if not (folder / "ca.pem").exists():
            make_trial_pki(
                folder,
                administration=f"Customs of {country}",
                country=country,
                hosts=("localhost",),
                now=now,
                days=3650,
            )
        self.folder = folder
        self.country = country
        self.lists = self._load("lists", now)
        self.acknowledgements = self._load("acknowledgements", now)

    def sign_beside(self, lists: SigningKey, acknowledgements: SigningKey) -> None:
        """Sign hybrid streams with these too."""
        self.lists = with_fields(self.lists, beside=lists)
        self.acknowledgements = with_fields(self.acknowledgements, beside=acknowledgements)

    def _load(self, name: str, now: datetime) -> SigningKey:
        return load_signing_key(self.folder / f"{name}.pem", self.folder / f"{name}.key", now=now)

    def anchors(self, use: KeyUse) -> TrustAnchors:
        names = {KeyUse.TLS: "tls", KeyUse.LISTS: "lists"}
        path = self.folder / f"{names.get(use, 'acknowledgements')}.pem"
        return TrustAnchors(
            use=use,
            issuer=self.country,
            countries=(self.country,),
            pinned=(path.read_text("ascii"),),
            algorithms=("ecdsa-p256-sha256",),
        )


class PartnerSimulator:
    """Publishes lists to home, takes its acknowledgements, and does as the test says."""

    def __init__(self, *, keys: Keys, stream: Stream, kind: FeedKind, now: datetime) -> None:
        self.keys = keys
        self.stream = stream
        self.kind = kind
        self.now = now
        self.sequence = 1
        self.previous_digest: str | None = None
        self.operators: list[ListedOperator] = []
        self.claims: dict[str, object] = {}
        self.is_down = False
        self.is_hybrid = False
        self.acknowledgements_are_lost = False
        self.acknowledgements: list[bytes] = []
        self.fetches = 0
        self.changes: list[Unverified] | None = None
        """What answers a question for changes; none: the newest list alone."""
        self.asked_since: list[int] = []
        self.full: Unverified | None = None
        self.fulls_asked = 0
        self.shows_held: bytes | None = None
        self.watch: list[Unverified | None] = []
        self.pushed: list[SealedList] = []
        self.take: Callable[[SealedList], bytes | None] = self.pushed_without_answer
        self.left_answers: list[bytes] = []
        self._signer = keys
        self._sealed: SealedList | None = None
        self._issued: ListHeader | None = None

    def list_operators(self, *operators: ListedOperator) -> None:
        """Make these the whole programme, in byte order of id."""
        self.operators = sorted(operators, key=lambda each: each.operator.id.encode())

    def sign_with(self, keys: Keys) -> None:
        """Sign everything from now on with somebody's keys."""
        self._signer = keys

    def header(self) -> ListHeader:
        """Make the header of the list that the knobs describe."""
        stream = self.stream
        header = ListHeader(
            version=1,
            list_id=f"{stream.issuer}-{self.sequence}-{self.now:%Y%m%d%H%M%S}",
            kind=ListKind.FULL,
            issuer=stream.issuer,
            recipient=stream.recipient,
            agreement=stream.agreement,
            test=stream.test,
            epoch=stream.epoch,
            sequence=self.sequence,
            previous_digest=self.previous_digest,
            issued_at=self.now,
            next_update_at=self.now + PERIOD,
            state_root=state_root(self.operators),
            quantity=len(self.operators),
        )
        return replace(header, **self.claims)

    def publish(self) -> ListHeader:
        """Sign the list that the knobs describe and offer it as the newest."""
        header = self.header()
        self._sealed = self.sealer.seal_list(StatusList(header, self.operators))
        self._issued = header
        return header

    def publish_delta(self, sequence: int) -> Unverified:
        """Sign an empty DELTA with this sequence, on a base that nobody knows."""
        claims = {"kind": ListKind.DELTA, "sequence": sequence, "previous_digest": "ab" * 32}
        header = replace(self.header(), **claims)
        self._sealed = self.sealer.seal_list(StatusList(header))
        self._issued = header
        return self.offered()

    def publish_next(self, *operators: ListedOperator) -> ListHeader:
        """Publish the successor of the list issued last, as a good publisher does."""
        if self._issued is not None:
            self.sequence = self._issued.sequence + 1
            self.previous_digest = list_digest(self._issued)
        if operators:
            self.list_operators(*operators)
        return self.publish()

    def publish_heartbeat(self) -> ListHeader:
        """Publish the successor of the list issued last as an empty DELTA."""
        assert self._issued is not None
        self.sequence = self._issued.sequence + 1
        self.previous_digest = list_digest(self._issued)
        header = replace(self.header(), kind=ListKind.DELTA)
        self._sealed = self.sealer.seal_list(StatusList(header))
        self._issued = header
        return header

    def offered(self) -> Unverified:
        """Return the newest list as it would arrive."""
        sealed = self._require_sealed()
        return Unverified(document=sealed.document, chunks=sealed.chunks)

    def pushed_without_answer(self, sealed: SealedList) -> bytes | None:
        """Take a pushed list, and leave the answer for later."""
        self.pushed.append(sealed)
        return None

    def answer(self, acknowledgement: Acknowledgement) -> bytes:
        """Sign an answer to a list of home."""
        return self.sealer.seal_acknowledgement(acknowledgement)

    def opened_acknowledgements(self, home: Keys) -> Sequence[Acknowledgement]:
        """Verify what home has answered, with home's registered certificate."""
        opener = self._feed().opener
        anchors = home.anchors(KeyUse.ACKNOWLEDGEMENTS)
        return [
            opener.open_acknowledgement(document, anchors, self.now)
            for document in self.acknowledgements
        ]

    def seal_acknowledgement(self, acknowledgement: Acknowledgement) -> bytes:
        """Sign an answer to one of home's lists."""
        return self.sealer.seal_acknowledgement(acknowledgement)

    @property
    def sealer(self) -> Sealer:
        """What signs everything of this partner."""
        feed = self._feed()
        if not self.is_hybrid:
            return feed.sealer
        assert feed.hybrid is not None
        return feed.hybrid

    def _feed(self) -> Feed:
        return make_feeds(self._signer.lists, self._signer.acknowledgements)[self.kind]

    def _require_sealed(self) -> SealedList:
        if self._sealed is None:
            self.publish()
        assert self._sealed is not None
        return self._sealed

    def channel(self) -> "SimulatedChannel":
        """Return the way to this partner."""
        return SimulatedChannel(self)


class SimulatedChannel:
    """Implements `Channel` without a network."""

    def __init__(self, partner: PartnerSimulator) -> None:
        self._partner = partner
        self.is_closed = False

    def fetch_head(self, stream: Stream, acknowledgement: bytes | None) -> PublishedHead:
        del stream, acknowledgement
        self._require_up()
        sealed = self._partner._sealed
        head = None if sealed is None else Unverified(document=sealed.head)
        return PublishedHead(document=head, held=self._partner.shows_held)

    def fetch_list(self, stream: Stream, sequence: int) -> Unverified:
        del stream, sequence
        self._require_up()
        self._partner.fetches += 1
        return self._partner.offered()

    def fetch_changes(self, stream: Stream, since: int) -> Iterator[Unverified]:
        self._partner.asked_since.append(since)
        self._require_up()
        if self._partner.changes is None:
            yield self.fetch_list(stream, since)
            return
        for document in self._partner.changes:
            self._partner.fetches += 1
            yield document

    def fetch_full(self, stream: Stream) -> Unverified | None:
        del stream
        self._require_up()
        self._partner.fulls_asked += 1
        return self._partner.full

    def watch_heads(
        self, stream: Stream, acknowledgement: bytes | None
    ) -> Iterator[Unverified | None]:
        del stream, acknowledgement
        yield from self._partner.watch
        raise TransportError("the partner ended the watch", TransportFault.NO_ANSWER)

    def submit_list(self, stream: Stream, sealed: SealedList) -> bytes | None:
        del stream
        self._require_up()
        return self._partner.take(sealed)

    def collect_acknowledgements(self, stream: Stream, since: int) -> Iterator[bytes]:
        del stream, since
        return iter(self._partner.left_answers)

    def deliver_acknowledgement(self, stream: Stream, document: bytes) -> None:
        del stream
        self._require_up()
        if self._partner.acknowledgements_are_lost:
            raise TransportError("connection reset", TransportFault.TRUNCATED)
        self._partner.acknowledgements.append(document)

    def close(self) -> None:
        self.is_closed = True

    def _require_up(self) -> None:
        if self._partner.is_down:
            raise TransportError("connection refused", TransportFault.UNREACHABLE)
