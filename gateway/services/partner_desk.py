"""What a partner may ask of us, the same over gRPC and HTTPS (section 6)."""

from collections.abc import Mapping
from datetime import datetime

from gateway.domain.acknowledgements import Acknowledgement, SealedAcknowledgement
from gateway.domain.deliveries import (
    Failure,
    Movement,
    list_transmission,
    received_acknowledgement,
)
from gateway.domain.documents import Packaging, SealedList, Unverified
from gateway.domain.errors import ContradictionError, NotFoundError, PartnerError, WrongStreamError
from gateway.domain.lists import Stream
from gateway.domain.parties import Actor, Caller, Purpose, Role
from gateway.domain.profiles import FeedKind, PartnerProfile
from gateway.ports.deliveries import Deliveries
from gateway.ports.feed import Feed
from gateway.ports.outbox import Outbox
from gateway.ports.profiles import Profiles
from gateway.ports.publications import Publications
from gateway.ports.registry import Accepted
from gateway.services.judging import acknowledgement_anchors
from gateway.services.receiving import Receiver

PACKAGING = {FeedKind.XML: Packaging.XADES, FeedKind.GRPC: Packaging.DSSE}


class PartnerDesk:
    """Answers partners. Every method takes the caller that the server identified."""

    def __init__(
        self,
        *,
        profiles: Profiles,
        publications: Publications,
        outbox: Outbox,
        deliveries: Deliveries,
        receiver: Receiver,
        feeds: Mapping[FeedKind, Feed],
    ) -> None:
        self._profiles = profiles
        self._publications = publications
        self._outbox = outbox
        self._deliveries = deliveries
        self._receiver = receiver
        self._feeds = feeds

    def head(
        self, caller: Caller, stream: Stream, acknowledgement: bytes | None, *, now: datetime
    ) -> tuple[SealedList | None, bytes | None]:
        """Return the newest list of a stream and the caller's newest acknowledgement here (EXC-1).

        Raises:
            NotFoundError: No such stream, or not for this caller (EXC-9).
            DocumentError: The acknowledgement that came along is none.
            TrustError: The acknowledgement that came along is not the caller's.
        """
        profile = self._require_sent(caller, stream)
        if acknowledgement is not None:
            self._take_acknowledgement(profile, acknowledgement, now)
        newest = self._publications.newest(stream)
        received = self._outbox.newest_received(stream)
        held = None if received is None else received.document
        if newest is None:
            return None, held
        packaging = PACKAGING[profile.kind]
        return self._publications.find(stream, newest.sequence, packaging), held

    def get_list(
        self, caller: Caller, stream: Stream, sequence: int, *, now: datetime
    ) -> SealedList:
        """Return one list as it was signed (PUB-4); 0 asks for the newest.

        Raises:
            NotFoundError: No such stream or list, or not for this caller (EXC-9).
        """
        profile = self._require_sent(caller, stream)
        newest = self._publications.newest(stream)
        wanted = sequence or (newest.sequence if newest else 0)
        sealed = self._publications.find(stream, wanted, PACKAGING[profile.kind])
        if sealed is None:
            raise _not_found(stream)
        self._deliveries.record(
            list_transmission(stream, Movement.SERVED, sealed, sequence=wanted, at=now)
        )
        return sealed

    def submit(
        self, caller: Caller, stream: Stream, document: Unverified, *, now: datetime
    ) -> bytes:
        """Judge a pushed list and return our sealed acknowledgement (EXC-3, EXC-8).

        Raises:
            NotFoundError: No such stream, or not of this caller (EXC-9).
            DocumentError: It is no list of this stream.
            TrustError: It is not proven to come from the partner.
            ConflictError: Other processes moved the stream again and again.
            DatabaseUnavailableError: Nothing was decided.
        """
        profile = self._require_profile(caller, stream)
        # EXC-9: only the stream that this partner sends to us.
        if stream != profile.receives:
            raise _not_found(stream)
        self._deliveries.record(list_transmission(stream, Movement.RECEIVED, document, at=now))
        received = self._receiver.receive(profile, document, actor=_as_actor(caller), now=now)
        sealed = received.acknowledgement if isinstance(received, Accepted) else received
        return sealed.document

    def acknowledge(
        self, caller: Caller, stream: Stream, document: bytes, *, now: datetime
    ) -> None:
        """Take in the caller's signed answer to one of our lists (EXC-4).

        Raises:
            NotFoundError: No such stream, or not for this caller (EXC-9).
            DocumentError: It is no acknowledgement, or one of another stream.
            TrustError: It is not proven to come from the partner.
        """
        profile = self._require_sent(caller, stream)
        try:
            self._take_acknowledgement(profile, document, now)
        except ContradictionError:
            # On record already: it was believed, and then held against what was said before.
            raise
        except PartnerError as error:
            failure = Failure(code=error.code, why=error.message)
            self._deliveries.record(
                received_acknowledgement(stream, document, at=now, failure=failure)
            )
            raise

    def _take_acknowledgement(
        self, profile: PartnerProfile, document: bytes, now: datetime
    ) -> None:
        opener = self._feeds[profile.kind].opener
        answer: Acknowledgement = opener.open_acknowledgement(
            document, acknowledgement_anchors(profile), now
        )
        # EXC-4: an answer to a list of the stream that it was sent for.
        if answer.stream != profile.sends:
            message = f"the acknowledgement is for {answer.stream}, not for {profile.sends}"
            raise WrongStreamError(message)
        sealed = SealedAcknowledgement(acknowledgement=answer, document=document)
        self._outbox.receive(sealed, now)

    def _require_sent(self, caller: Caller, stream: Stream) -> PartnerProfile:
        profile = self._require_profile(caller, stream)
        # EXC-9: a partner sees only streams addressed to it.
        if stream != profile.sends:
            raise _not_found(stream)
        return profile

    def _require_profile(self, caller: Caller, stream: Stream) -> PartnerProfile:
        partner = caller.partner if Purpose.EXCHANGE in caller.purposes else None
        stored = self._profiles.find(partner) if partner else None
        # EXC-9: no profile gives the same answer as a stream of somebody else.
        if stored is None or not stored.profile.enabled:
            raise _not_found(stream)
        return stored.profile


def _not_found(stream: Stream) -> NotFoundError:
    """Say the same whatever the cause, so that nothing can be learned from it (EXC-9)."""
    return NotFoundError(f"no stream {stream} for this caller", context={"stream": str(stream)})


def _as_actor(caller: Caller) -> Actor:
    return Actor(name=f"caller {caller.name}", role=Role.GATEWAY)
