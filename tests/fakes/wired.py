"""The services of one gateway over its store, wired as bootstrap does, without a network."""

from collections.abc import Callable
from datetime import datetime

from gateway.domain.parties import Actor, Role
from gateway.domain.profiles import KeyUse, PartnerProfile
from gateway.exchange.kinds import make_feeds
from gateway.ports.feed import Channel
from gateway.services.answers_received import AnswerDesk
from gateway.services.full_waits import FullWaits
from gateway.services.issued import Issued
from gateway.services.judging import Bench
from gateway.services.logged_channel import LoggedChannel
from gateway.services.own_answers import OwnAnswers
from gateway.services.partner_desk import PartnerDesk
from gateway.services.publish import Publisher
from gateway.services.pushing import Pusher
from gateway.services.receiving import Receiver
from gateway.services.refusal_limit import RefusalLimit
from gateway.services.review import HoldReview
from gateway.services.sync import SCHEDULE, Floors, PartnerSync
from gateway.services.turns import Turns
from gateway.store.engines import Store
from tests.fakes.clock import Clock
from tests.fakes.partner_simulator import Keys

WIRED = Actor(name="wired", role=Role.GATEWAY)


class Wired:
    """Whoever inherits it opens a store, and calls `wire` each time."""

    store: Store
    clock: Clock
    keys: Keys

    def wire(self, channel: Callable[[], Channel], floors: Floors, *, holder: str = "test") -> None:
        """Make all services anew, as a process does that starts."""
        feeds = make_feeds(self.keys.lists, self.keys.acknowledgements)
        bench = Bench(registry=self.store.registry, feeds=feeds, checks={})
        self.receiver = Receiver(
            registry=self.store.registry,
            evidence=self.store.evidence,
            audit=self.store.audit,
            feeds=feeds,
            bench=bench,
        )
        self.review = HoldReview(
            held_lists=self.store.held_lists, profiles=self.store.profiles, bench=bench
        )
        self.publisher = Publisher(
            programme=self.store.home_programme,
            publications=self.store.publications,
            feeds=feeds,
        )
        self.own_answers = OwnAnswers(self.store.registry, feeds)
        self.fulls_asked = 0
        self.issued = Issued(self.store.publications, self._ask_full)
        self.answers = AnswerDesk(
            outbox=self.store.outbox, deliveries=self.store.deliveries, feeds=feeds
        )
        self.desk = PartnerDesk(
            profiles=self.store.profiles,
            issued=self.issued,
            outbox=self.store.outbox,
            answers=self.answers,
            deliveries=self.store.deliveries,
            receiver=self.receiver,
            refusals=RefusalLimit(
                lambda stream, now: self.store.audit.record(
                    "list.refusals_limited", str(stream), {}, WIRED, now
                )
            ),
        )
        self.turns = Turns(self.store.leases, clock=self.clock, holder=holder)
        self.waits = FullWaits(
            overview=self.store.overview, leases=self.store.leases, audit=self.store.audit
        )
        self.sync = PartnerSync(
            receiver=self.receiver,
            registry=self.store.registry,
            outbox=self.store.outbox,
            turns=self.turns,
            feeds=feeds,
            channel_for=lambda _profile: LoggedChannel(
                channel(), self.store.deliveries, self.store.contacts, self.clock
            ),
            audit=self.store.audit,
            floors=floors,
            waits=self.waits,
            proofs=self.store.proofs,
            own_anchors=self.keys.anchors(KeyUse.ACKNOWLEDGEMENTS),
        )
        self.pusher = Pusher(
            issued=self.issued,
            outbox=self.store.outbox,
            answers=self.answers,
            deliveries=self.store.deliveries,
            turns=self.turns,
            channel_for=lambda _profile: channel(),
        )

    def _ask_full(self, profile: PartnerProfile, now: datetime) -> int:
        self.fulls_asked += 1
        return self.publisher.full(profile, actor=SCHEDULE, now=now)
