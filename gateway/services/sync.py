"""The scheduled sync with one partner: fetch, open, decode, accept, acknowledge.

A failed run leaves the accepted list in force; a partner's failure is its own (SYN-4).
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final

from msgspec import Struct

from gateway.domain.acceptance import require_stream
from gateway.domain.acknowledgements import Acknowledgement, Outcome
from gateway.domain.canonical import list_digest
from gateway.domain.decisions import AcceptedHead
from gateway.domain.deliveries import failure_of
from gateway.domain.errors import PartnerError, RequestError, TransportError
from gateway.domain.lists import ListHeader, Stream
from gateway.domain.parties import Actor, Role
from gateway.domain.profiles import FeedKind, PartnerProfile
from gateway.ports.feed import Channel, Feed
from gateway.ports.leases import Lease
from gateway.ports.outbox import Outbox
from gateway.ports.registry import Accepted, Registry
from gateway.services.judging import list_anchors
from gateway.services.receiving import Receiver
from gateway.services.turns import Turns, sync_of

SCHEDULE: Final = Actor(name="schedule", role=Role.GATEWAY)


class SyncState(StrEnum):
    """How a run ended."""

    APPLIED = "applied"
    UNCHANGED = "unchanged"
    NOTHING_ISSUED = "nothing issued"
    HELD = "held"
    REFUSED = "refused"
    BUSY = "busy"
    """Another process is at it."""


class SyncResult(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line about one run."""

    partner: str
    state: SyncState
    sequence: int | None = None
    operators: int | None = None
    changed: int | None = None
    bytes_received: int = 0
    acknowledgements_delivered: int = 0
    reasons: tuple[str, ...] = ()


class PartnerSync:
    """Runs the sync of any partner; one object per process."""

    def __init__(
        self,
        *,
        receiver: Receiver,
        registry: Registry,
        outbox: Outbox,
        turns: Turns,
        feeds: Mapping[FeedKind, Feed],
        channel_for: Callable[[PartnerProfile], Channel],
    ) -> None:
        self._receiver = receiver
        self._registry = registry
        self._outbox = outbox
        self._turns = turns
        self._feeds = feeds
        self._channel_for = channel_for

    def run(
        self,
        profile: PartnerProfile,
        *,
        now: datetime,
        actor: Actor = SCHEDULE,
        seen: int | None = None,
        mark: int | None = None,
    ) -> SyncResult:
        """Sync once with a partner, if no other run is at it (SYN-1).

        Args:
            profile: The partner.
            now: The time.
            actor: Who asked for it.
            seen: The token that the job was found due with; none runs it in any case.
            mark: The version of the profile, to be remembered.

        Raises:
            TransportError: Not reached or cut off; to be tried again.
            DocumentError: The partner offered something that is no list of this stream.
            TrustError: The partner offered something that it did not sign.
            NotFoundError: The partner knows no such stream, or not for us.
            NotPermittedError: The partner refuses us.
            ConflictError: Other processes moved the stream again and again.
            DatabaseUnavailableError: Nothing was changed.
        """
        with self._turns.take(sync_of(profile.receives), seen=seen, mark=mark) as lease:
            if lease is None:
                return SyncResult(partner=profile.partner, state=SyncState.BUSY)
            channel = self._channel_for(profile)
            try:
                return self._exchange(profile, channel, now, actor, lease=lease)
            finally:
                channel.close()

    def _exchange(
        self,
        profile: PartnerProfile,
        channel: Channel,
        now: datetime,
        actor: Actor,
        *,
        lease: Lease,
    ) -> SyncResult:
        stream = profile.receives
        delivered = self._deliver(stream, channel, now)
        newest = self._registry.newest_acknowledgement(stream)
        head = self._fetch_head(profile, channel, newest.document if newest else None, now)
        if head is None:
            return SyncResult(
                partner=profile.partner,
                state=SyncState.NOTHING_ISSUED,
                acknowledgements_delivered=delivered,
            )
        accepted = self._registry.find_head(stream)
        if _is_settled(head, accepted, newest.acknowledgement if newest else None):
            return SyncResult(
                partner=profile.partner,
                state=SyncState.UNCHANGED,
                sequence=head.sequence,
                operators=head.quantity,
                acknowledgements_delivered=delivered,
            )
        document = channel.fetch_list(stream, head.sequence)
        received = self._receiver.receive(profile, document, actor=actor, now=now, lease=lease)
        answer, changed = (
            (received.acknowledgement.acknowledgement, received.changed)
            if isinstance(received, Accepted)
            else (received.acknowledgement, 0)
        )
        delivered += self._deliver(stream, channel, now)
        return SyncResult(
            partner=profile.partner,
            state=_state_of(answer),
            sequence=answer.sequence,
            operators=head.quantity,
            changed=changed,
            bytes_received=len(document.document) + sum(map(len, document.chunks)),
            acknowledgements_delivered=delivered,
            reasons=tuple(reason.code for reason in answer.reasons),
        )

    def _fetch_head(
        self,
        profile: PartnerProfile,
        channel: Channel,
        acknowledgement: bytes | None,
        now: datetime,
    ) -> ListHeader | None:
        sealed = channel.fetch_head(profile.receives, acknowledgement)
        if sealed is None:
            return None
        opener = self._feeds[profile.kind].opener
        anchors = list_anchors(profile)
        head = opener.decode_head(opener.open(sealed, anchors, profile.limits, now), anchors)
        require_stream(head, profile.receives)
        return head

    def _deliver(self, stream: Stream, channel: Channel, now: datetime) -> int:
        """Send what the partner does not have yet, and count it (ACC-15)."""
        delivered = 0
        for waiting in self._outbox.due(stream, now):
            try:
                channel.deliver_acknowledgement(stream, waiting.sealed.document)
            except (PartnerError, RequestError) as error:
                failure = failure_of(error, attempts=waiting.attempts, now=now)
                self._outbox.failed(waiting.delivery_id, now, failure)
                if isinstance(error, TransportError):
                    return delivered
            else:
                self._outbox.delivered(waiting.delivery_id, now)
                delivered += 1
        return delivered


def _is_settled(
    head: ListHeader, accepted: AcceptedHead | None, newest: Acknowledgement | None
) -> bool:
    """Tell whether the list behind `head` is in force or held and need not be fetched again."""
    digest = list_digest(head)
    if accepted is not None and accepted.list_digest == digest:
        return True
    return (
        newest is not None
        and newest.list_digest == digest
        and newest.outcome is not Outcome.REFUSED
    )


def _state_of(answer: Acknowledgement) -> SyncState:
    match answer.outcome:
        case Outcome.APPLIED:
            return SyncState.APPLIED
        case Outcome.HELD:
            return SyncState.HELD
        case Outcome.SUPERSEDED:
            return SyncState.UNCHANGED
        case Outcome.REFUSED | Outcome.REJECTED:
            return SyncState.REFUSED
