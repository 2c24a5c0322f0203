"""The exchange process: everything that needs home's signing keys."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from msgspec import Struct

from gateway.bootstrap.clock import Clock
from gateway.bootstrap.own_keys import load_keys
from gateway.bootstrap.process import is_dead, own_name
from gateway.config.check_digits import CHECKS
from gateway.config.settings import Settings
from gateway.domain.lists import Stream
from gateway.domain.parties import Actor, Caller, Role
from gateway.domain.profiles import FeedKind, KeyUse, PartnerProfile, TrustAnchors
from gateway.ports.feed import Channel, Feed
from gateway.services.answers_received import AnswerDesk
from gateway.services.full_waits import FullWaits
from gateway.services.health_alarms import HealthAlarms
from gateway.services.issued import Issued
from gateway.services.judging import Bench
from gateway.services.own_answers import OwnAnswers
from gateway.services.partner_desk import PartnerDesk
from gateway.services.publish import Publisher
from gateway.services.pushing import Pusher
from gateway.services.receiving import Receiver
from gateway.services.refusal_limit import RefusalLimit
from gateway.services.sync import SCHEDULE, PartnerSync
from gateway.services.turns import Turns
from gateway.services.watching import HeadBoard, HeadWatcher, WatchDesk
from gateway.store.engines import Store
from gateway.trust.certificates import own_anchors
from gateway.trust.keys import SigningKey

PARTNER: Final = Actor(name="a partner's request", role=Role.GATEWAY)
"""Who issues a FULL that a partner asks for."""


class Exchange(Struct, frozen=True, kw_only=True):
    """What an exchange process works with: everything that needs home's signing keys."""

    feeds: Mapping[FeedKind, Feed]
    bench: Bench
    receiver: Receiver
    desk: PartnerDesk
    turns: Turns
    sync: PartnerSync
    publisher: Publisher
    pusher: Pusher
    watcher: HeadWatcher
    board: HeadBoard
    alarms: HealthAlarms

    def watch_desk(self, clock: Clock) -> WatchDesk:
        """Make the desk that answers partners who watch for our heads."""

        def heads(
            caller: Caller, stream: Stream, acknowledgement: bytes | None
        ) -> tuple[bytes | None, bytes | None]:
            return self.desk.head(caller, stream, acknowledgement, now=clock())

        return WatchDesk(self.board, heads)


def make_exchange(
    settings: Settings,
    store: Store,
    clock: Clock,
    channel_for: Callable[[PartnerProfile], Channel],
    full_waits: FullWaits,
) -> Exchange:
    """Load the signing keys and make what exchanges lists.

    Raises:
        ConfigError: A key or certificate is missing, open to others, expired, does not match, or
            one key has two uses (SIG-6).
    """
    keys = load_keys(settings, now=clock())
    # Both kinds of feed take longer to import than a lookup to start and to answer.
    from gateway.exchange.kinds import make_feeds  # noqa: PLC0415 - not for lookups

    feeds = make_feeds(keys[KeyUse.LISTS], keys[KeyUse.ACKNOWLEDGEMENTS])
    bench = Bench(registry=store.registry, feeds=feeds, checks=CHECKS)
    receiver = Receiver(
        registry=store.registry,
        evidence=store.evidence,
        audit=store.audit,
        feeds=feeds,
        bench=bench,
    )
    publisher = Publisher(
        programme=store.home_programme, publications=store.publications, feeds=feeds
    )

    def ask_full(profile: PartnerProfile, now: datetime) -> int:
        return publisher.full(profile, actor=PARTNER, now=now)

    issued = Issued(store.publications, ask_full)
    answers = AnswerDesk(outbox=store.outbox, deliveries=store.deliveries, feeds=feeds)
    desk = PartnerDesk(
        profiles=store.profiles,
        issued=issued,
        outbox=store.outbox,
        answers=answers,
        deliveries=store.deliveries,
        receiver=receiver,
        refusals=RefusalLimit(
            lambda stream, now: store.audit.record(
                "list.refusals_limited", str(stream), {}, PARTNER, now
            )
        ),
    )
    holder = own_name()
    # A process that was killed keeps nobody waiting where it can be told dead (SYN-1, PUB-5).
    store.leases.abandon(is_dead)
    turns = Turns(store.leases, clock=clock, holder=holder, span=settings.retry.lease)
    sync = PartnerSync(
        receiver=receiver,
        registry=store.registry,
        outbox=store.outbox,
        turns=turns,
        feeds=feeds,
        channel_for=channel_for,
        audit=store.audit,
        floors=store.registry,
        waits=full_waits,
        proofs=store.proofs,
        own_anchors=_own_anchors(settings.home, keys[KeyUse.ACKNOWLEDGEMENTS]),
    )
    pusher = Pusher(
        issued=issued,
        outbox=store.outbox,
        answers=answers,
        deliveries=store.deliveries,
        turns=turns,
        channel_for=channel_for,
    )
    watcher = HeadWatcher(turns=turns, answers=OwnAnswers(store.registry, feeds))
    return Exchange(
        feeds=feeds,
        bench=bench,
        receiver=receiver,
        desk=desk,
        turns=turns,
        sync=sync,
        publisher=publisher,
        pusher=pusher,
        watcher=watcher,
        board=HeadBoard(),
        alarms=HealthAlarms(
            profiles=store.profiles,
            registry=store.registry,
            overview=store.overview,
            leases=store.leases,
            audit=store.audit,
            holder=holder,
            actor=SCHEDULE,
        ),
    )


def _own_anchors(home: str, key: SigningKey) -> TrustAnchors:
    signers = (key.certificate, *((key.beside.certificate,) if key.beside else ()))
    return own_anchors(home, KeyUse.ACKNOWLEDGEMENTS, signers, key.algorithm)
