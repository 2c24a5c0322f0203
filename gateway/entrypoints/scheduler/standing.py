"""What an exchange process does all the time: watches on partners, and lists that are pushed.

A thread for each: it goes on after every failure, ever later up to a cap, and without a restart
(SYN-3). One partner's failure is its own (SYN-4). Threads follow the profiles in the database.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Event, Thread
from typing import Final

import structlog
from msgspec import Struct

from gateway.domain.errors import GatewayError
from gateway.domain.profiles import PartnerProfile, Receive, Send
from gateway.ports.feed import Channel
from gateway.ports.profiles import Profiles
from gateway.services.publish import is_exchanging
from gateway.services.pushing import Pusher
from gateway.services.watching import HeadBoard, HeadWatcher

FOLLOW_EVERY: Final = 5.0
"""Seconds between looks at the profiles."""
LOOK_EVERY: Final = 0.1
"""Seconds between looks at the registry's version row: how late a new head may be told."""
PUSH_AGAIN: Final = 60.0
"""Seconds after which a partner's folder is looked at again, though nothing was issued."""

log: structlog.stdlib.BoundLogger = structlog.get_logger()


class Work(Struct, frozen=True, kw_only=True):
    """What the threads work with."""

    profiles: Profiles
    version: Callable[[], int]
    board: HeadBoard
    watcher: HeadWatcher
    pusher: Pusher
    channel_for: Callable[[PartnerProfile], Channel]
    clock: Callable[[], datetime]
    on_head: Callable[[str], object]
    """Called with a partner that has a new head: returns soon."""
    first_retry: timedelta
    longest_retry: timedelta


class Standing:
    """Keeps the threads that the profiles want. Made once per exchange process."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._stop = Event()
        self._kept: dict[tuple[str, str], Keeper] = {}
        self._threads = [
            Thread(target=self._follow, name="standing", daemon=True),
            Thread(target=self._look, name="heads", daemon=True),
        ]

    def start(self) -> None:
        """Begin, and keep following the profiles."""
        for thread in self._threads:
            thread.start()

    def stop(self, grace: float) -> None:
        """End watches at once, and let a list that is being pushed arrive."""
        self._stop.set()
        self._work.board.close()
        for keeper in self._kept.values():
            keeper.stop()
        for keeper in self._kept.values():
            keeper.join(grace)

    @property
    def jobs(self) -> list[tuple[str, str]]:
        """Partner and job of each thread, in order."""
        return sorted(self._kept)

    def follow(self) -> None:
        """Make the threads match the profiles in the database."""
        wanted = {
            (stored.profile.partner, job): (stored.version, stored.profile)
            for stored in self._work.profiles.survey().readable
            for job in jobs_of(stored.profile)
        }
        for key, keeper in list(self._kept.items()):
            if key not in wanted or keeper.version != wanted[key][0]:
                keeper.stop()
                del self._kept[key]
        for key, (version, profile) in wanted.items():
            if key not in self._kept:
                self._kept[key] = Keeper(self._work, key[1], profile, version)
                self._kept[key].start()

    def _follow(self) -> None:
        while not self._stop.is_set():
            try:
                self.follow()
            except GatewayError as error:
                log.warning("standing.profiles_unreadable", code=error.code, why=error.message)
            self._stop.wait(FOLLOW_EVERY)

    def _look(self) -> None:
        version: int | None = None
        while not self._stop.wait(LOOK_EVERY):
            try:
                latest = self._work.version()
            except GatewayError:
                # Told by whoever needs the registry; watchers wait.
                continue
            if latest != version:
                version = latest
                self._work.board.ring()


class Keeper(Thread):
    """Does one job for one partner, until it is stopped."""

    def __init__(self, work: Work, job: str, profile: PartnerProfile, version: int) -> None:
        super().__init__(name=f"{job} {profile.partner}", daemon=True)
        self.version = version
        self._work = work
        self._job = job
        self._profile = profile
        self._over = Event()
        self._channel: Channel | None = None
        self._failures = 0

    def stop(self) -> None:
        """End: a watch at once, a push when the list has arrived."""
        self._over.set()
        self._work.board.ring()
        if self._job == "watch" and self._channel is not None:
            self._channel.close()

    def run(self) -> None:
        """Go on after every failure, ever later."""
        while not self._over.is_set():
            try:
                self._once()
            except GatewayError as error:
                self._tell(error)
                self._pause()
            except Exception:
                # A defect in one partner's job must not stop it for good (SYN-4).
                log.exception("standing.crashed", job=self._job, partner=self._profile.partner)
                self._pause()

    def _once(self) -> None:
        if self._job == "push":
            self._push()
        else:
            self._watch()

    def _watch(self) -> None:
        self._channel = self._work.channel_for(self._profile)
        try:
            now = self._work.clock()
            self._work.watcher.watch(self._profile, self._channel, self._on_head, now=now)
        finally:
            self._channel.close()
        # Another process watches: it may die.
        self._over.wait(self._work.longest_retry.total_seconds())

    def _on_head(self, partner: str) -> None:
        self._failures = 0
        self._work.on_head(partner)

    def _push(self) -> None:
        rings = self._work.board.rings
        result = self._work.pusher.run(self._profile, now=self._work.clock())
        self._failures = 0
        if result.lists:
            log.info(
                "push.done",
                partner=self._profile.partner,
                lists=result.lists,
                sequence=result.sequence,
                outcome=result.outcome and result.outcome.value,
                reasons=list(result.reasons),
            )
        if not self._over.is_set():
            self._work.board.wait(rings, PUSH_AGAIN)

    def _pause(self) -> None:
        pause = min(self._work.first_retry * 2 ** min(self._failures, 10), self._work.longest_retry)
        self._failures += 1
        self._over.wait(pause.total_seconds())

    def _tell(self, error: GatewayError) -> None:
        if not self._over.is_set():
            log.warning(
                "standing.failed",
                job=self._job,
                partner=self._profile.partner,
                code=error.code,
                why=error.message,
            )


def jobs_of(profile: PartnerProfile) -> tuple[str, ...]:
    """Return what is done all the time for a partner: `watch`, `push`, both or nothing."""
    if not (is_exchanging(profile) and profile.is_reachable):
        return ()
    ways = profile.exchange
    watch = ("watch",) if ways.receive is Receive.WATCH else ()
    return (*watch, "push") if ways.send is Send.PUSH else watch
