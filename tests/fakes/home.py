"""Home's real services over a real SQLite registry, with a clock that tests advance."""

import shutil
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gateway.domain.agreements import (
    Agreement,
    Direction,
    Disclosure,
    IdentifierScheme,
    Interval,
    Lifecycle,
    Measure,
    MeasureCode,
    Rules,
)
from gateway.domain.lists import Stream
from gateway.domain.parties import Actor, Role
from gateway.domain.profiles import (
    Endpoint,
    FeedKind,
    KeyUse,
    PartnerProfile,
    Schedule,
)
from gateway.exchange.kinds import make_feeds
from gateway.services.answers_received import AnswerDesk
from gateway.services.full_waits import FullWaits
from gateway.services.issued import Issued
from gateway.services.judging import Bench
from gateway.services.logged_channel import LoggedChannel
from gateway.services.partner_desk import PartnerDesk
from gateway.services.publish import Publisher
from gateway.services.pushing import Pusher
from gateway.services.receiving import Receiver
from gateway.services.sync import PartnerSync
from gateway.services.turns import Turns
from gateway.store.engines import open_store
from gateway.store.versioning import upgrade
from tests.fakes.clock import Clock
from tests.fakes.partner_simulator import Keys, PartnerSimulator

OFFICER = Actor(name="officer of the test", role=Role.OFFICER)


def make_agreement(**changes: object) -> Agreement:
    """Make XA's agreement with XB, in force since long ago."""
    since = datetime(2020, 1, 1, tzinfo=UTC)
    values: dict[str, object] = {
        "id": "XA-XB",
        "home": "XA",
        "partner": "XB",
        "partner_name": "Customs of XB",
        "state": Lifecycle.IN_FORCE,
        "in_force": Interval(effective_at=since),
        "rules": (
            Rules(
                interval=Interval(effective_at=since),
                programme="Exampleland AEO",
                types=("AEOS",),
                directions=(Direction.IMPORT,),
                measures=(Measure(code=MeasureCode.PRIO),),
                schemes=(IdentifierScheme(name="XB code", pattern="^XB[0-9]{6}$"),),
            ),
        ),
        "territory": ("XB",),
        "period": timedelta(hours=24),
        "grace": timedelta(hours=24),
        "max_age": timedelta(days=7),
        "max_next_update": timedelta(days=3),
        "disclosure": Disclosure(types=("AEOS",), fields=()),
    }
    return Agreement(**(values | changes))  # type: ignore[arg-type]  # a test's own values


class Floors:
    """Notes what the sync takes up after a restore."""

    def __init__(self) -> None:
        self.raised: list[int] = []

    def raise_floor(self, stream: Stream, sequence: int, actor: Actor, now: datetime) -> bool:
        del stream, actor, now
        self.raised.append(sequence)
        return True


class Home:
    """One home gateway with one partner, wired as bootstrap does, without a network."""

    def __init__(self, folder: Path, kind: FeedKind) -> None:
        self.clock = Clock()
        now = self.clock.now
        self.file = folder / "home.db"
        upgrade(f"sqlite:///{self.file}")
        self.store = open_store(f"sqlite:///{self.file}", clock=self.clock)
        self.keys = Keys(folder / "home", "XA", now)
        partner_keys = Keys(folder / "partner", "XB", now)
        self.profile = PartnerProfile(
            agreement=make_agreement(),
            kind=kind,
            endpoint=Endpoint(address="127.0.0.1:1", server_authorities=()),
            trust=tuple(partner_keys.anchors(use) for use in KeyUse),
            schedule=Schedule(every=timedelta(hours=6)),
        )
        self.store.profiles.apply(self.profile, OFFICER, now)
        self.partner = PartnerSimulator(
            keys=partner_keys, stream=self.profile.receives, kind=kind, now=now
        )
        self._wire()

    def _wire(self) -> None:
        feeds = make_feeds(self.keys.lists, self.keys.acknowledgements)
        self.receiver = Receiver(
            registry=self.store.registry,
            evidence=self.store.evidence,
            audit=self.store.audit,
            feeds=feeds,
            bench=Bench(registry=self.store.registry, feeds=feeds, checks={}),
        )
        self.publisher = Publisher(
            programme=self.store.home_programme,
            publications=self.store.publications,
            feeds=feeds,
        )
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
        )
        self.floors = Floors()
        self.turns = Turns(self.store.leases, clock=self.clock, holder="test")
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
                self.partner.channel(), self.store.deliveries, self.store.contacts, self.clock
            ),
            audit=self.store.audit,
            floors=self.floors,
            proofs=self.store.proofs,
            waits=self.waits,
            own_anchors=self.keys.anchors(KeyUse.ACKNOWLEDGEMENTS),
        )
        self.pusher = Pusher(
            issued=self.issued,
            outbox=self.store.outbox,
            answers=self.answers,
            deliveries=self.store.deliveries,
            turns=self.turns,
            channel_for=lambda _profile: self.partner.channel(),
        )

    def _ask_full(self, profile: PartnerProfile, now: datetime) -> int:
        self.fulls_asked += 1
        return self.publisher.full(profile, actor=OFFICER, now=now)

    def advance(self, span: timedelta) -> None:
        """Let time pass here and at the partner."""
        self.clock.advance(span)
        self.partner.now = self.clock.now

    def back_up(self, to: Path) -> None:
        """Copy the database as it is now."""
        with sqlite3.connect(self.file) as source, sqlite3.connect(to) as target:
            source.backup(target)

    def restore(self, backup: Path) -> None:
        """Put a copy in the place of the database, and start again on it."""
        self.store.close()
        for file in self.file.parent.glob(f"{self.file.name}*"):
            file.unlink()
        shutil.copyfile(backup, self.file)
        self.store = open_store(f"sqlite:///{self.file}", clock=self.clock)
        self._wire()

    def close(self) -> None:
        """Give back the database."""
        self.store.close()
