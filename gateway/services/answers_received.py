"""Acknowledgements that partners send: one way in, whoever brought them (EXC-4)."""

from collections.abc import Mapping
from datetime import datetime

from gateway.domain.acknowledgements import Acknowledgement, SealedAcknowledgement
from gateway.domain.errors import WrongStreamError
from gateway.domain.profiles import FeedKind, PartnerProfile
from gateway.ports.feed import Feed
from gateway.ports.outbox import Outbox
from gateway.services.judging import acknowledgement_anchors


class AnswerDesk:
    """Believes acknowledgements and keeps them."""

    def __init__(self, *, outbox: Outbox, feeds: Mapping[FeedKind, Feed]) -> None:
        self._outbox = outbox
        self._feeds = feeds

    def take(self, profile: PartnerProfile, document: bytes, now: datetime) -> Acknowledgement:
        """Take in a partner's signed answer to one of our lists.

        Raises:
            DocumentError: It is no acknowledgement, or one of another stream.
            TrustError: It is not proven to come from the partner.
        """
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
