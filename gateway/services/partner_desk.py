"""What a partner may ask of us, the same over gRPC and HTTPS (section 6)."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from gateway.domain.acknowledgements import Outcome
from gateway.domain.deliveries import Movement, list_transmission
from gateway.domain.documents import SealedList, Unverified
from gateway.domain.errors import NotFoundError, PartnerError, RateExceededError
from gateway.domain.lists import Stream
from gateway.domain.parties import Actor, Caller, Purpose, Role
from gateway.domain.profiles import PartnerProfile
from gateway.ports.deliveries import Deliveries
from gateway.ports.outbox import Outbox
from gateway.ports.profiles import Profiles
from gateway.ports.registry import Accepted
from gateway.services.answers_received import AnswerDesk
from gateway.services.issued import Issued
from gateway.services.receiving import Receiver
from gateway.services.refusal_limit import RefusalLimit


class PartnerDesk:
    """Answers partners. Every method takes the caller that the server identified."""

    def __init__(
        self,
        *,
        profiles: Profiles,
        issued: Issued,
        outbox: Outbox,
        answers: AnswerDesk,
        deliveries: Deliveries,
        receiver: Receiver,
        refusals: RefusalLimit,
    ) -> None:
        self._profiles = profiles
        self._issued = issued
        self._outbox = outbox
        self._answers = answers
        self._deliveries = deliveries
        self._receiver = receiver
        self._refusals = refusals

    def head(
        self, caller: Caller, stream: Stream, acknowledgement: bytes | None, *, now: datetime
    ) -> tuple[bytes | None, bytes | None]:
        """Return the newest signed head, and the caller's newest acknowledgement here (EXC-1).

        Raises:
            NotFoundError: No such stream, or not for this caller (EXC-9).
            DocumentError: The acknowledgement that came along is none.
            TrustError: The acknowledgement that came along is not the caller's.
        """
        profile = self._require_sent(caller, stream)
        if acknowledgement is not None:
            # Unread where too many were refused: a thief of the partner's TLS key could keep our
            # lists from it otherwise. What is held here goes back, so that it sees what is not.
            with suppress(RateExceededError):
                self._take_answer(caller, profile, acknowledgement, now)
        return self._issued.head(profile), self._held(stream)

    def held(self, caller: Caller, stream: Stream) -> bytes | None:
        """Return the caller's newest acknowledgement that we hold (EXC-1).

        Raises:
            NotFoundError: No such stream, or not for this caller (EXC-9).
        """
        self._require_sent(caller, stream)
        return self._held(stream)

    def get_list(
        self, caller: Caller, stream: Stream, sequence: int, *, now: datetime
    ) -> SealedList:
        """Return one list as it was signed (PUB-4).

        Raises:
            NotFoundError: No such stream or list, or not for this caller (EXC-9).
            GoneError: Its body was erased by retention (PUB-7).
        """
        profile = self._require_sent(caller, stream)
        sealed = self._issued.find(profile, sequence)
        if sealed is None:
            raise _not_found(stream)
        self._deliveries.record(
            list_transmission(stream, Movement.SERVED, sealed, sequence=sequence, at=now)
        )
        return sealed

    def changes(self, caller: Caller, stream: Stream, since: int) -> Sequence[int]:
        """Return the sequences of the lists after `since`, as `get_list` has them (EXC-2).

        Raises:
            NotFoundError: No such stream, or not for this caller (EXC-9).
        """
        return self._issued.after(self._require_sent(caller, stream), since)

    def full(self, caller: Caller, stream: Stream, *, now: datetime) -> int:
        """Return the sequence of a FULL: a new one, or the newest (EXC-2, SEQ-1).

        Raises:
            NotFoundError: No such stream, or not for this caller (EXC-9); or nothing is issued.
        """
        return self._issued.full(self._require_sent(caller, stream), now)

    def submit(
        self, caller: Caller, stream: Stream, document: Unverified, *, now: datetime
    ) -> bytes:
        """Judge a pushed list and return our sealed acknowledgement (EXC-3, EXC-8).

        Raises:
            NotFoundError: No such stream, or not of this caller (EXC-9).
            DocumentError: It is no list of this stream.
            TrustError: It is not proven to come from the partner.
            RateExceededError: Too many were refused; this one was not read.
            ConflictError: Other processes moved the stream again and again.
            DatabaseUnavailableError: Nothing was decided.
        """
        profile = self._require_profile(caller, stream)
        # EXC-9: only the stream that this partner sends to us.
        if stream != profile.receives:
            raise _not_found(stream)
        self._refusals.require_room(stream, caller.name, now)
        self._deliveries.record(list_transmission(stream, Movement.RECEIVED, document, at=now))
        try:
            received = self._receiver.receive(profile, document, actor=_as_actor(caller), now=now)
        except PartnerError:
            self._refusals.count(stream, now)
            raise
        sealed = received.acknowledgement if isinstance(received, Accepted) else received
        if sealed.acknowledgement.outcome is Outcome.REFUSED:
            self._refusals.count(stream, now)
        return sealed.document

    def acknowledge(
        self, caller: Caller, stream: Stream, document: bytes, *, now: datetime
    ) -> None:
        """Take in the caller's signed answer to one of our lists (EXC-4).

        Raises:
            NotFoundError: No such stream, or not for this caller (EXC-9).
            DocumentError: It is no acknowledgement, or one of another stream.
            TrustError: It is not proven to come from the partner.
            RateExceededError: Too many were refused; this one was not read.
        """
        self._take_answer(caller, self._require_sent(caller, stream), document, now)

    def _take_answer(
        self, caller: Caller, profile: PartnerProfile, document: bytes, now: datetime
    ) -> None:
        self._refusals.require_room(profile.sends, caller.name, now)
        try:
            self._answers.take(profile, document, now)
        except PartnerError:
            self._refusals.count(profile.sends, now)
            raise

    def _held(self, stream: Stream) -> bytes | None:
        received = self._outbox.newest_received(stream)
        return None if received is None else received.document

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
