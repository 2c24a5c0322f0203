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
from gateway.store.engines import open_store
from gateway.store.versioning import upgrade
from tests.fakes.clock import Clock
from tests.fakes.partner_simulator import Keys, PartnerSimulator
from tests.fakes.wired import Wired

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


class Home(Wired):
    """One home gateway with one partner."""

    def __init__(self, folder: Path, kind: FeedKind) -> None:
        self.clock = Clock()
        self.floors = Floors()
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
        self.wire(self.partner.channel, self.floors)

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
        self.wire(self.partner.channel, self.floors)

    def close(self) -> None:
        """Give back the database."""
        self.store.close()
