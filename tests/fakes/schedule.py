"""Home's schedule without a network: real registry, jobs that only count, a clock that advances."""

from collections.abc import Callable
from datetime import timedelta

from gateway.domain.errors import GatewayError
from gateway.domain.profiles import PartnerProfile, StoredProfile
from gateway.domain.schedule import Backoff, Moments
from gateway.entrypoints.scheduler.jobs import Occasion
from gateway.entrypoints.scheduler.moments import regular_moments
from gateway.entrypoints.scheduler.runner import Runner, World
from gateway.services.turns import Turns
from gateway.store.engines import Store
from tests.fakes.clock import Clock

BACKOFF = Backoff(first=timedelta(seconds=2), longest=timedelta(minutes=5))


class CountingJob:
    """Takes its turn as the real jobs do, and notes it."""

    def __init__(self, name: str, turns: Turns) -> None:
        self.name = name
        self.ran: list[str] = []
        self.versions: list[int] = []
        self.asked = 0
        self.gone: GatewayError | None = None
        self.error: GatewayError | None = None
        self.during: Callable[[], None] = lambda: None
        self._turns = turns

    def is_wanted(self, profile: PartnerProfile) -> bool:
        return profile.enabled

    def subject(self, profile: PartnerProfile) -> str:
        return f"{self.name} {profile.partner}"

    def moments(self, profile: PartnerProfile) -> Moments:
        return regular_moments(profile.schedule, self.subject(profile))

    def run(self, occasion: Occasion) -> bool:
        profile = occasion.item.profile
        self.asked += 1
        if self.gone is not None:
            raise self.gone
        with self._turns.take(
            self.subject(profile), seen=occasion.seen, mark=occasion.mark
        ) as lease:
            if lease is None:
                return False
            self.ran.append(profile.partner)
            self.versions.append(occasion.item.version)
            self.during()
            if self.error is not None:
                raise self.error
        return True


class Process:
    """One exchange process of several: a runner of its own on the common registry."""

    def __init__(self, store: Store, clock: Clock, *, name: str = "one") -> None:
        self.clock = clock
        turns = Turns(store.leases, clock=clock, holder=name)
        self.sync = CountingJob("sync", turns)
        self.publish = CountingJob("publish", turns)
        self.turns = turns
        self.later: list[Callable[[], None]] = []
        self.threads = False
        self.profiles_read = 0
        self.broken: GatewayError | None = None
        self._store = store
        self.runner = Runner(
            World(
                profiles=self._profiles,
                version=store.registry.version,
                shown_version=store.home_programme.shown_version,
                last_runs=store.leases.last_runs,
            ),
            sync=self.sync,
            publish=self.publish,
            clock=clock,
            backoff=BACKOFF,
            start=self._start,
        )

    def _profiles(self) -> list[StoredProfile]:
        if self.broken is not None:
            raise self.broken
        self.profiles_read += 1
        return self._store.profiles.all()

    def _start(self, run: Callable[[], None], name: str) -> None:
        del name
        if self.threads:
            self.later.append(run)
        else:
            run()

    def look(self) -> list[str]:
        """Look once; return the partners that were asked."""
        before = len(self.sync.ran)
        self.runner.look()
        return self.sync.ran[before:]

    def pass_time(self, span: timedelta, *, looks: int) -> list[str]:
        """Let time pass with so many looks; return the partners that were asked."""
        before = len(self.sync.ran)
        for _ in range(looks):
            self.clock.advance(span / looks)
            self.runner.look()
        return self.sync.ran[before:]
