"""The scheduled sync with one partner: fetch, open, decode, accept, acknowledge.

A failed run leaves the accepted list in force; a partner's failure is its own (SYN-4).
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol

from msgspec import Struct
from msgspec.structs import replace

from gateway.domain.acceptance import require_stream
from gateway.domain.acknowledgements import Acknowledgement, Outcome, SealedAcknowledgement
from gateway.domain.canonical import list_digest
from gateway.domain.decisions import AcceptedHead
from gateway.domain.deliveries import failure_of
from gateway.domain.documents import Unverified
from gateway.domain.errors import PartnerError, RequestError, TransportError
from gateway.domain.lists import ListHeader, Stream
from gateway.domain.parties import Actor, Role
from gateway.domain.profiles import FeedKind, PartnerProfile, TrustAnchors
from gateway.domain.recovery import is_from_the_future
from gateway.ports.audit import Audit
from gateway.ports.feed import Channel, Feed
from gateway.ports.leases import Lease
from gateway.ports.outbox import Outbox
from gateway.ports.proofs import StateProofs
from gateway.ports.registry import Registry, SpentList
from gateway.services.full_waits import FullWaits
from gateway.services.judging import list_anchors
from gateway.services.own_answers import OwnAnswers
from gateway.services.receiving import Receiver
from gateway.services.taking import Taken, Taker
from gateway.services.turns import Turns, sync_of

SCHEDULE: Final = Actor(name="schedule", role=Role.GATEWAY)


class SyncState(StrEnum):
    """How a run ended."""

    APPLIED = "applied"
    UNCHANGED = "unchanged"
    NOTHING_ISSUED = "nothing issued"
    HELD = "held"
    REFUSED = "refused"
    WAITS = "waits for an officer"
    """A FULL that was asked for failed too, and nothing newer came (SYN-5)."""
    BUSY = "busy"
    """Another process is at it."""


class SyncResult(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line about one run."""

    partner: str
    state: SyncState
    sequence: int | None = None
    lists: int = 0
    operators: int | None = None
    changed: int | None = None
    bytes_received: int = 0
    acknowledgements_delivered: int = 0
    reasons: tuple[str, ...] = ()


class Floors(Protocol):
    """The part of the registry that takes up what was forgotten."""

    def raise_floor(self, stream: Stream, sequence: int, actor: Actor, now: datetime) -> bool:
        """Refuse what is lower from now on (EXC-1); tell whether the floor moved. Audited."""
        ...


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
        audit: Audit,
        floors: Floors,
        waits: FullWaits,
        own_anchors: TrustAnchors,
        proofs: StateProofs,
    ) -> None:
        self._receiver = receiver
        self._registry = registry
        self._answers = OwnAnswers(registry, feeds)
        self._outbox = outbox
        self._turns = turns
        self._feeds = feeds
        self._channel_for = channel_for
        self._audit = audit
        self._floors = floors
        self._waits = waits
        self._own_anchors = own_anchors
        self._proofs = proofs

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
        delivered = self._deliver(profile, channel, now)
        newest = self._answers.newest(profile, now)
        published = channel.fetch_head(stream, newest.document if newest else None)
        forgotten = self._own_forgotten(profile, published.held, newest, now)
        head = self._open_head(profile, published.document, now)
        if head is None:
            return SyncResult(
                partner=profile.partner,
                state=SyncState.NOTHING_ISSUED,
                acknowledgements_delivered=delivered,
            )
        accepted = self._registry.find_head(stream)
        known = newest.acknowledgement if newest else None
        spent = self._registry.newest_spent(stream)
        if forgotten is None and _is_settled(head, accepted, spent, known):
            self._keep_head(published.document, head)
            return SyncResult(
                partner=profile.partner,
                state=SyncState.UNCHANGED,
                sequence=head.sequence,
                operators=head.quantity,
                acknowledgements_delivered=delivered,
            )
        waits = self._waits.find(stream)
        # SYN-5: no FULL is asked for before an officer opens the stream; a newer list may heal it
        if waits is not None and head.sequence <= waits.sequence:
            return SyncResult(
                partner=profile.partner,
                state=SyncState.WAITS,
                sequence=head.sequence,
                operators=head.quantity,
                acknowledgements_delivered=delivered,
            )
        taker = Taker(
            receiver=self._receiver,
            audit=self._audit,
            profile=profile,
            channel=channel,
            actor=actor,
            now=now,
            lease=lease,
            asks=waits is None,
        )
        if forgotten is not None:
            # EXC-1: never again accept less than we once told the publisher to have applied
            self._floors.raise_floor(stream, forgotten.applied_sequence or 0, actor, now)
        try:
            _take(
                taker, head.sequence, _since(accepted, spent, known), is_lost=forgotten is not None
            )
        finally:
            # SYN-5: a FULL that fails too lets the stream wait
            if taker.full_failed:
                since = now if waits is None else waits.since
                self._waits.begin(stream, max(head.sequence, taker.highest), since, now)
        self._keep_head(published.document, head)
        delivered += self._deliver(profile, channel, now)
        return _result(profile, taker.taken, head, delivered)

    def _open_head(
        self, profile: PartnerProfile, sealed: Unverified | None, now: datetime
    ) -> ListHeader | None:
        if sealed is None:
            return None
        opener = self._feeds[profile.kind].opener
        anchors = list_anchors(profile)
        head = opener.decode_head(opener.open(sealed, anchors, profile.limits, now), anchors)
        require_stream(head, profile.receives)
        return head

    def _keep_head(self, sealed: Unverified | None, head: ListHeader) -> None:
        """Keep the verified head: what is later proven of one operator rests on it (STA-5)."""
        if sealed is not None:
            self._proofs.keep_head(head.stream, list_digest(head), sealed.document)

    def _own_forgotten(
        self,
        profile: PartnerProfile,
        held: bytes | None,
        newest: SealedAcknowledgement | None,
        now: datetime,
    ) -> Acknowledgement | None:
        """Return an answer of ours that the publisher holds and we do not know of (EXC-1)."""
        if held is None or (newest is not None and newest.document == held):
            return None
        own = replace(self._own_anchors, hybrid_since=profile.exchange.hybrid_since)
        try:
            answer: Acknowledgement = self._feeds[profile.kind].opener.open_acknowledgement(
                held, own, now
            )
        except PartnerError:
            # Signed with a key that we no longer have, or not by us: it proves nothing.
            return None
        accepted = self._registry.find_head(profile.receives)
        known = newest.acknowledgement if newest else None
        # EXC-1: an answer about another stream tells nothing of this one
        if answer.stream != profile.receives:
            return None
        # EXC-1: nor does one that is no later than what we know; a later one tells of a restore
        if not is_from_the_future(answer, known, accepted.header.sequence if accepted else 0):
            return None
        return answer

    def _deliver(self, profile: PartnerProfile, channel: Channel, now: datetime) -> int:
        """Send what the partner does not have yet, and count it (ACC-15)."""
        stream, delivered = profile.receives, 0
        for waiting in self._outbox.due(stream, now):
            try:
                answer = self._answers.fitting(profile, waiting.sealed, now)
                channel.deliver_acknowledgement(stream, answer.document)
            except (PartnerError, RequestError) as error:
                failure = failure_of(error, attempts=waiting.attempts, now=now)
                self._outbox.failed(waiting.delivery_id, now, failure)
                if isinstance(error, TransportError):
                    return delivered
            else:
                self._outbox.delivered(waiting.delivery_id, now)
                delivered += 1
        return delivered


def _take(taker: Taker, newest: int, since: int, *, is_lost: bool) -> None:
    if is_lost:
        taker.full()
    elif newest > since:
        taker.changes(since)
    else:
        taker.one(newest)


def _is_settled(
    head: ListHeader,
    accepted: AcceptedHead | None,
    spent: SpentList | None,
    newest: Acknowledgement | None,
) -> bool:
    """Tell whether the list behind `head` is in force or held and need not be fetched again."""
    digest = list_digest(head)
    if accepted is not None and accepted.list_digest == digest:
        return True
    if spent is not None and spent.list_digest == digest:
        return True
    return (
        newest is not None
        and newest.list_digest == digest
        and newest.outcome is not Outcome.REFUSED
    )


def _since(
    accepted: AcceptedHead | None, spent: SpentList | None, newest: Acknowledgement | None
) -> int:
    """Return the newest list that we have: the accepted one, or one held or rejected after it.

    The newest answer alone does not tell: it may be about a list that came late.
    """
    sequence = accepted.header.sequence if accepted else 0
    # ACC-13: nothing up to a list that was held is taken any more
    sequence = max(sequence, spent.sequence if spent else 0)
    if newest is not None and newest.outcome in {Outcome.HELD, Outcome.REJECTED}:
        return max(sequence, newest.sequence)
    return sequence


def _result(profile: PartnerProfile, taken: Taken, head: ListHeader, delivered: int) -> SyncResult:
    answer = taken.last
    if answer is None:
        # A FULL was asked for, and comes later.
        return SyncResult(
            partner=profile.partner,
            state=SyncState.UNCHANGED,
            sequence=head.sequence,
            acknowledgements_delivered=delivered,
        )
    return SyncResult(
        partner=profile.partner,
        state=_state_of(answer),
        sequence=answer.sequence,
        lists=taken.lists,
        operators=head.quantity,
        changed=taken.changed,
        bytes_received=taken.bytes_received,
        acknowledgements_delivered=delivered,
        reasons=tuple(reason.code for reason in answer.reasons),
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
