"""Bringing our lists to a partner that wants them brought (EXC-3, EXC-7).

What is due follows from what was issued and what the partner has answered.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from msgspec import Struct

from gateway.domain.acknowledgements import Outcome
from gateway.domain.lists import Stream
from gateway.domain.profiles import PartnerProfile, Send
from gateway.domain.standing import Standing, asks_for_full
from gateway.ports.deliveries import Deliveries
from gateway.ports.feed import Channel
from gateway.ports.outbox import Outbox
from gateway.services.answers_received import AnswerDesk
from gateway.services.issued import Issued
from gateway.services.logged_channel import submit
from gateway.services.turns import Turns, push_of


class PushResult(Struct, frozen=True, kw_only=True):
    """What one run brought to a partner."""

    lists: int = 0
    sequence: int | None = None
    """The list brought last."""
    outcome: Outcome | None = None
    """The partner's answer to it; none: not answered yet."""
    reasons: tuple[str, ...] = ()


class Pusher:
    """Brings lists to any partner; one object per process."""

    def __init__(
        self,
        *,
        issued: Issued,
        outbox: Outbox,
        answers: AnswerDesk,
        deliveries: Deliveries,
        turns: Turns,
        channel_for: Callable[[PartnerProfile], Channel],
    ) -> None:
        self._issued = issued
        self._outbox = outbox
        self._answers = answers
        self._deliveries = deliveries
        self._turns = turns
        self._channel_for = channel_for
        self._left: dict[Stream, int] = {}
        """The newest list that lies in a folder, not answered yet: not to write it every minute."""

    def run(self, profile: PartnerProfile, *, now: datetime) -> PushResult:
        """Bring every list that the partner has not answered, in order, if no other process does.

        Raises:
            TransportError: Not reached or cut off; to be tried again.
            RequestError: The partner refuses us, or knows no such stream.
            DocumentError: The partner's answer is no acknowledgement, or it refuses our document.
            TrustError: The partner's answer is not signed by it, or it does not believe ours.
            DatabaseUnavailableError: What is due cannot be read.
        """
        if profile.exchange.send is not Send.PUSH:
            return PushResult()
        has_folders = profile.exchange.folders is not None
        if not (has_folders or self._due(profile, now)):
            return PushResult()
        with self._turns.take(push_of(profile.sends)) as lease:
            if lease is None:
                return PushResult()
            channel = self._channel_for(profile)
            try:
                return self._bring(profile, channel, now)
            finally:
                channel.close()

    def _bring(self, profile: PartnerProfile, channel: Channel, now: datetime) -> PushResult:
        self._collect(profile, channel, now)
        result = self._submit(profile, channel, self._due(profile, now), now)
        # SYN-5: what the partner could not follow is healed by a FULL, in the same run, once
        if _wants_full(self._outbox.standing(profile.sends)):
            healed = self._submit(profile, channel, self._due(profile, now), now)
            return healed if healed.lists else result
        return result

    def _due(self, profile: PartnerProfile, now: datetime) -> Sequence[int]:
        standing = self._outbox.standing(profile.sends)
        since = standing.answer.sequence if standing.answer else 0
        if _wants_full(standing):
            full = self._issued.full(profile, now)
            # EXC-3: the publisher gives a FULL, unless the last one is too young (SEQ-1)
            if full > since:
                since = full - 1
        return [
            sequence
            for sequence in self._issued.after(profile, since)
            if sequence > self._left.get(profile.sends, 0)
        ]

    def _submit(
        self, profile: PartnerProfile, channel: Channel, sequences: Sequence[int], now: datetime
    ) -> PushResult:
        result, stream = PushResult(), profile.sends
        for number, sequence in enumerate(sequences, start=1):
            sealed = self._issued.find(profile, sequence)
            if sealed is None:
                return result
            document = submit(
                channel, self._deliveries, sealed, stream=stream, sequence=sequence, now=now
            )
            if document is None:
                self._left[stream] = sequence
                result = PushResult(lists=number, sequence=sequence)
                continue
            answer = self._answers.take(profile, document, now)
            result = PushResult(
                lists=number,
                sequence=sequence,
                outcome=answer.outcome,
                reasons=tuple(reason.code for reason in answer.reasons),
            )
            # EXC-3: behind a list that was refused nothing leads on
            if answer.outcome is Outcome.REFUSED:
                return result
        return result

    def _collect(self, profile: PartnerProfile, channel: Channel, now: datetime) -> None:
        answer = self._outbox.standing(profile.sends).answer
        # All above the list that the partner has applied may still change their outcome.
        since = (answer.applied_sequence or 0) if answer else 0
        for document in channel.collect_acknowledgements(profile.sends, since):
            self._answers.take(profile, document, now)


def _wants_full(standing: Standing) -> bool:
    return standing.answer is not None and asks_for_full(standing.answer, standing.applied)
