"""The schedule of an exchange process: for every partner a sync and a publication.

Every fifth of a second it looks whether something moved, and starts what is due. What is due
follows from the registry alone (`domain.schedule`): several processes agree on it, and the lease
gives each run to one of them. Every run has a thread of its own, so a partner that stays silent
delays nobody (SYN-4); every network step has a total deadline, so each run ends.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from threading import Condition, Thread
from typing import Final

import structlog
from msgspec import Struct

from gateway.domain.errors import GatewayError
from gateway.domain.profiles import StoredProfile
from gateway.domain.schedule import Backoff, LastRun, Moments, due_at
from gateway.entrypoints.scheduler.jobs import Job, Occasion, Went, run_and_tell

LOOK_EVERY: Final = 0.2
"""Seconds between two looks; after a look that failed, `LOOK_AGAIN`."""
LOOK_AGAIN: Final = 1.0
FOLLOW_EVERY: Final = timedelta(seconds=5)
"""How soon a process sees what became of another's run."""

log: structlog.stdlib.BoundLogger = structlog.get_logger()


class World(Struct, frozen=True, kw_only=True):
    """What the runner looks at; each call asks the registry."""

    profiles: Callable[[], list[StoredProfile]]
    version: Callable[[], int]
    """Rises when anything moved, profiles too."""
    shown_version: Callable[[], int]
    """Rises when what partners see may have changed."""
    last_runs: Callable[[], Mapping[str, LastRun]]


class _Lane(Struct, kw_only=True):
    """One job of one partner: one run at a time here, and one more if somebody asks meanwhile."""

    job: Job
    item: StoredProfile
    moments: Moments
    mark: int = 0
    last: LastRun | None = None
    due: datetime
    running: bool = False
    wanted: bool = False
    not_before: datetime


class Runner:
    """Runs what is due. Made once per exchange process."""

    def __init__(
        self,
        world: World,
        *,
        sync: Job,
        publish: Job,
        clock: Callable[[], datetime],
        backoff: Backoff,
        start: Callable[[Callable[[], None], str], None] | None = None,
    ) -> None:
        self._world = world
        self._sync = sync
        self._publish = publish
        self._clock = clock
        self._backoff = backoff
        self._start_run = start or _in_a_thread
        self._lanes: dict[tuple[str, str], _Lane] = {}
        self._seen = (-1, -1)
        self._followed_at: datetime | None = None
        self._changed = Condition()
        self._running = 0
        self._stopping = False
        self._blind = False
        self._thread = Thread(target=self._loop, name="schedule", daemon=True)

    def start(self) -> None:
        """Look from now on, in a thread."""
        self._thread.start()

    def stop(self, grace: float) -> bool:
        """Start nothing more, and give running jobs so many seconds; tell whether all ended."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
            return self._changed.wait_for(lambda: not self._running, grace)

    def sync_now(self, partner: str) -> None:
        """Ask a partner at once; if that is being done already, once more after it."""
        self._want(self._sync, partner)

    def publish_now(self, partner: str) -> None:
        """Issue to a partner at once what has changed; if it is being done, once more after it."""
        self._want(self._publish, partner)

    def look(self) -> None:
        """Start what is due now.

        Raises:
            DatabaseUnavailableError: Nobody knows what is due.
            StoreError: A profile cannot be read.
        """
        now = self._clock()
        self._follow(now)
        with self._changed:
            for lane in self._lanes.values():
                is_free = not lane.running and lane.not_before <= now
                if is_free and (lane.wanted or lane.due <= now):
                    self._begin(lane)

    def _loop(self) -> None:
        while not self._stopping:
            pause = LOOK_EVERY if self._look_safely() else LOOK_AGAIN
            with self._changed:
                if not self._stopping:
                    self._changed.wait(pause)

    def _look_safely(self) -> bool:
        """Look, and survive whatever happens: the next look may find it mended (SYN-3)."""
        try:
            self.look()
        except GatewayError as error:
            if not self._blind:
                log.warning("schedule.interrupted", code=error.code, why=error.message)
        except Exception:
            log.exception("schedule.crashed")
        else:
            if self._blind:
                log.info("schedule.recovered")
            self._blind = False
            return True
        self._blind = True
        return False

    def _follow(self, now: datetime) -> None:
        """Bring the lanes up to date if something moved, here or in another process."""
        seen = (self._world.version(), self._world.shown_version())
        followed_at, moved = self._followed_at, seen != self._seen
        if not moved and followed_at and followed_at <= now < followed_at + FOLLOW_EVERY:
            return
        # Before anything is read: a run that ends meanwhile is looked at again.
        self._followed_at = now
        try:
            stored = self._world.profiles() if moved else None
            last_runs = self._world.last_runs()
        except GatewayError:
            self._followed_at = None
            raise
        with self._changed:
            if stored is not None:
                self._plan(stored, shown_version=seen[1], now=now)
            for lane in self._lanes.values():
                lane.last = last_runs.get(lane.job.subject(lane.item.profile))
                lane.due = due_at(lane.last, lane.moments, self._backoff, mark=lane.mark, now=now)
        self._seen = seen

    def _plan(self, stored: list[StoredProfile], *, shown_version: int, now: datetime) -> None:
        planned = {}
        for item in {item.profile.partner: item for item in stored}.values():
            for job in (self._sync, self._publish):
                if not job.is_wanted(item.profile):
                    continue
                key = job.name, item.profile.partner
                lane = self._lanes.get(key)
                if lane is None or lane.item != item:
                    lane = _planned(lane, job, item, now)
                lane.mark = item.version if job is self._sync else shown_version
                planned[key] = lane
        self._lanes = planned

    def _want(self, job: Job, partner: str) -> None:
        with self._changed:
            lane = self._lanes.get((job.name, partner))
            if lane is None:
                return
            lane.wanted = True
            lane.not_before = self._clock()
            if not lane.running:
                self._begin(lane)

    def _begin(self, lane: _Lane) -> None:
        if self._stopping:
            return
        occasion = Occasion(item=lane.item, last=lane.last, mark=lane.mark, asked_for=lane.wanted)
        lane.running, lane.wanted = True, False
        self._running += 1
        try:
            self._start_run(
                lambda: self._run(lane, occasion), f"{lane.job.name} {lane.item.profile.partner}"
            )
        except RuntimeError:
            # No room for a thread: there may be some at the next look.
            lane.running, lane.wanted = False, occasion.asked_for
            self._running -= 1
            raise

    def _run(self, lane: _Lane, occasion: Occasion) -> None:
        went = run_and_tell(lane.job, occasion)
        with self._changed:
            lane.running = False
            self._running -= 1
            # What this run has changed is read before the lane is judged again.
            self._followed_at = None
            # SYN-3: the registry may know nothing of a run that never got its turn
            if went is not Went.RAN:
                lane.not_before = self._clock() + self._backoff.first
            if went is Went.BUSY and occasion.asked_for:
                lane.wanted = True
            self._changed.notify_all()


def _planned(lane: _Lane | None, job: Job, item: StoredProfile, now: datetime) -> _Lane:
    log.info("schedule.planned", job=job.name, partner=item.profile.partner, version=item.version)
    if lane is None:
        return _Lane(job=job, item=item, moments=job.moments(item.profile), due=now, not_before=now)
    lane.item, lane.moments = item, job.moments(item.profile)
    return lane


def _in_a_thread(run: Callable[[], None], name: str) -> None:
    # Not one of a pool that may be full; and it does not keep a process that has to end.
    Thread(target=run, name=name, daemon=True).start()
