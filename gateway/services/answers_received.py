"""Acknowledgements that partners send: one way in, whoever brought them (EXC-4)."""

from collections.abc import Mapping
from datetime import datetime

from gateway.domain.acknowledgements import Acknowledgement, SealedAcknowledgement
from gateway.domain.deliveries import Failure, received_acknowledgement
from gateway.domain.errors import ContradictionError, PartnerError, WrongStreamError
from gateway.domain.profiles import FeedKind, PartnerProfile
from gateway.ports.deliveries import Deliveries
from gateway.ports.feed import Feed
from gateway.ports.outbox import Outbox
from gateway.services.judging import acknowledgement_anchors


class AnswerDesk:
    """Believes acknowledgements and keeps them."""

    def __init__(
        self, *, outbox: Outbox, deliveries: Deliveries, feeds: Mapping[FeedKind, Feed]
    ) -> None:
        self._outbox = outbox
        self._deliveries = deliveries
        self._feeds = feeds

    def take(self, profile: PartnerProfile, document: bytes, now: datetime) -> Acknowledgement:
        """Take in a partner's signed answer to one of our lists; what is refused is on record.

        Raises:
            DocumentError: It is no acknowledgement, or one of another stream.
            TrustError: It is not proven to come from the partner.
        """
        try:
            return self._take(profile, document, now)
        except ContradictionError:
            # On record already: it was believed, and then held against what was said before.
            raise
        except PartnerError as error:
            failure = Failure(code=error.code, why=error.message)
            self._deliveries.record(
                received_acknowledgement(profile.sends, document, at=now, failure=failure)
            )
            raise

    def _take(self, profile: PartnerProfile, document: bytes, now: datetime) -> Acknowledgement:
        opener = self._feeds[profile.kind].opener
        anchors = acknowledgement_anchors(profile)
        answer: Acknowledgement = opener.open_acknowledgement(document, anchors, now)
        # EXC-4: an answer to a list of the stream that it was sent for.
        if answer.stream != profile.sends:
            message = f"the acknowledgement is for {answer.stream}, not for {profile.sends}"
            raise WrongStreamError(message)
        sealed = SealedAcknowledgement(acknowledgement=answer, document=document)
        self._outbox.receive(sealed, now)
        return answer
