"""How the streams with a partner stand, both ways: `mra stream status`."""

from datetime import datetime, timedelta

from msgspec import Struct

from gateway.domain.acknowledgements import Acknowledgement, Outcome, Reason
from gateway.domain.agreements import Lifecycle
from gateway.domain.answers import FreshnessClass
from gateway.domain.freshness import freshness_at
from gateway.domain.lists import ListHeader, ListKind
from gateway.domain.profiles import PartnerProfile
from gateway.domain.standing import Roots
from gateway.domain.stream_health import StreamHealth, health_of
from gateway.ports.contacts import Contact, Contacts
from gateway.ports.outbox import Outbox
from gateway.ports.overview import FullFailed, HeldList, Overview, Waiting
from gateway.ports.registry import Registry
from gateway.services.publish import is_exchanging


class Issued(Struct, frozen=True, kw_only=True):
    """The newest list of a stream that home issues."""

    sequence: int
    kind: ListKind
    at: datetime
    operators: int


class Acknowledged(Struct, frozen=True, kw_only=True):
    """The newest acknowledgement that the partner sent."""

    sequence: int
    outcome: Outcome
    revision: int
    at: datetime
    reasons: tuple[Reason, ...]


class Unsent(Struct, frozen=True, kw_only=True):
    """What the partner does not have, and should."""

    undelivered: int
    dead: int
    """Of these, how many are tried no more."""
    last_failure: str | None


class Sends(Struct, frozen=True, kw_only=True):
    """The lists that home issues to the partner."""

    stream: str
    issued: Issued | None
    acknowledged: Acknowledged | None
    applied_sequence: int | None
    lists_behind: int | None
    behind_since: datetime | None
    """When the oldest list was issued that the partner has not applied."""
    behind_for: timedelta | None
    roots: Roots
    full_wanted: bool
    """The partner cannot go on from here: the next list is a FULL."""
    lists: Unsent


class Receives(Struct, frozen=True, kw_only=True):
    """The lists that the partner issues to home."""

    stream: str
    epoch: int
    accepted_sequence: int | None
    accepted_epoch: int
    """Another than the stream's, until that has an accepted list (SEQ-3)."""
    issued_at: datetime | None
    data: FreshnessClass
    usable_until: datetime | None
    health: StreamHealth
    held: tuple[HeldList, ...]
    full_failed: FullFailed | None
    last_asked: Contact | None
    acknowledgements: Unsent


class StreamStatus(Struct, frozen=True, kw_only=True):
    """Both ways of one agreement."""

    partner: str
    agreement: str
    state: Lifecycle
    exchanging: bool
    sends: Sends
    receives: Receives


class StatusDesk:
    """Puts together what the ports know of a partner's streams."""

    def __init__(
        self, *, registry: Registry, outbox: Outbox, overview: Overview, contacts: Contacts
    ) -> None:
        self._registry = registry
        self._outbox = outbox
        self._overview = overview
        self._contacts = contacts

    def status(self, profile: PartnerProfile, now: datetime) -> StreamStatus:
        """Tell how both streams with a partner stand.

        Raises:
            DatabaseUnavailableError: The database does not answer.
        """
        return StreamStatus(
            partner=profile.partner,
            agreement=profile.agreement.id,
            state=profile.agreement.state,
            exchanging=is_exchanging(profile),
            sends=self._sends(profile, now),
            receives=self._receives(profile, now),
        )

    def _sends(self, profile: PartnerProfile, now: datetime) -> Sends:
        standing = self._outbox.standing(profile.sends)
        issued, answer = standing.issued, standing.answer
        return Sends(
            stream=str(profile.sends),
            issued=None if issued is None else _issued(issued),
            acknowledged=None if answer is None else _acknowledged(answer),
            applied_sequence=answer.applied_sequence if answer else None,
            lists_behind=standing.lists_behind,
            behind_since=standing.waiting_since,
            behind_for=standing.time_behind(now),
            roots=standing.roots,
            full_wanted=standing.full_wanted,
            lists=_unsent(self._overview.waiting(profile.sends)),
        )

    def _receives(self, profile: PartnerProfile, now: datetime) -> Receives:
        stream = profile.receives
        serving = self._registry.in_force(stream)
        head = self._registry.find_head(serving)
        waiting = self._overview.waiting(stream)
        fresh = freshness_at(head, profile.agreement, now)
        return Receives(
            stream=str(stream),
            epoch=stream.epoch,
            accepted_sequence=fresh.sequence,
            accepted_epoch=serving.epoch,
            issued_at=fresh.issued_at,
            data=fresh.condition,
            usable_until=fresh.usable_until,
            health=health_of(
                head,
                profile.agreement,
                is_enabled=is_exchanging(profile),
                is_held=waiting.needs_officer,
                now=now,
            ),
            held=waiting.held,
            full_failed=waiting.full_failed,
            last_asked=self._contacts.last(stream),
            acknowledgements=_unsent(waiting),
        )


def _issued(header: ListHeader) -> Issued:
    return Issued(
        sequence=header.sequence,
        kind=header.kind,
        at=header.issued_at,
        operators=header.quantity,
    )


def _acknowledged(answer: Acknowledgement) -> Acknowledged:
    return Acknowledged(
        sequence=answer.sequence,
        outcome=answer.outcome,
        revision=answer.revision,
        at=answer.acknowledged_at,
        reasons=answer.reasons,
    )


def _unsent(waiting: Waiting) -> Unsent:
    return Unsent(
        undelivered=waiting.undelivered, dead=waiting.dead, last_failure=waiting.last_failure
    )
