"""The schedule of an exchange process: a sync and a publication job for every partner.

Jobs follow the profiles in the database: a new partner starts, an ended one stops, a changed one
changes, without a restart. One failing partner never delays another (SYN-4): every job has a
thread of its own, and every network step a total deadline.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.date import DateTrigger
from apscheduler.triggers.interval import IntervalTrigger

from gateway.domain.errors import GatewayError
from gateway.domain.lists import ListHeader
from gateway.domain.profiles import PartnerProfile, Schedule, StoredProfile
from gateway.ports.profiles import Profiles
from gateway.services.publish import Publisher, is_exchanging
from gateway.services.sync import SCHEDULE, PartnerSync

RECONCILE_EVERY: Final = timedelta(seconds=5)
PUBLICATIONS_PER_PERIOD: Final = 4
"""A change of the home programme is issued a quarter of a period later at most (PUB-3)."""

log: structlog.stdlib.BoundLogger = structlog.get_logger()


class Runner:
    """Runs what is due. Made once per exchange process."""

    def __init__(
        self,
        *,
        profiles: Profiles,
        sync: PartnerSync,
        publisher: Publisher,
        clock: Callable[[], datetime],
        workers: int,
        first_retry: timedelta,
        longest_retry: timedelta,
    ) -> None:
        self._profiles = profiles
        self._sync = sync
        self._publisher = publisher
        self._clock = clock
        self._first_retry = first_retry
        self._longest_retry = longest_retry
        self._planned: dict[str, int] = {}
        self._failures: dict[str, int] = {}
        defaults = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        self._scheduler = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(workers)},
            job_defaults=defaults,
            timezone="UTC",
        )

    def start(self) -> None:
        """Plan what the profiles say, and keep following them."""
        self.reconcile()
        every = IntervalTrigger(seconds=int(RECONCILE_EVERY.total_seconds()))
        self._scheduler.add_job(self.reconcile, every, id="reconcile")
        self._scheduler.start()

    def stop(self) -> None:
        """Let running jobs end and start no new ones."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)

    def reconcile(self) -> None:
        """Make the planned jobs match the profiles in the database."""
        try:
            stored = {item.profile.partner: item for item in self._profiles.all()}
        except GatewayError as error:
            log.warning("schedule.profiles_unreadable", code=error.code, why=error.message)
            return
        wanted = {partner: item for partner, item in stored.items() if is_exchanging(item.profile)}
        for partner in self._planned.keys() - wanted.keys():
            self._forget(partner)
        for partner, item in wanted.items():
            if self._planned.get(partner) != item.version:
                self._plan(partner, item)

    def _plan(self, partner: str, item: StoredProfile) -> None:
        profile = item.profile
        self._forget(partner)
        self._planned[partner] = item.version
        if profile.endpoint is not None:
            self._scheduler.add_job(
                self.sync_once,
                make_trigger(profile.schedule),
                args=[partner],
                id=f"sync {partner}",
                next_run_time=self._clock() + timedelta(milliseconds=200),
            )
        self._scheduler.add_job(
            self.publish_once,
            IntervalTrigger(seconds=_publication_seconds(profile)),
            args=[partner],
            id=f"publish {partner}",
        )
        log.info("schedule.planned", partner=partner, version=item.version)

    def _forget(self, partner: str) -> None:
        self._planned.pop(partner, None)
        for job in (f"sync {partner}", f"publish {partner}", f"retry {partner}"):
            if self._scheduler.get_job(job) is not None:
                self._scheduler.remove_job(job)

    def sync_once(self, partner: str) -> None:
        """Sync with one partner and write one line about it, whatever happens."""
        stored = self._profiles_find(partner)
        if stored is None:
            return
        started = time.monotonic()
        try:
            result = self._sync.run(stored.profile, now=self._clock())
        except GatewayError as error:
            self._tell_failure("sync.failed", partner, error)
            if error.retryable:
                self._retry(stored.profile)
        except Exception:
            # A defect in one partner's run must not stop the others' (SYN-4).
            log.exception("sync.crashed", partner=partner)
        else:
            self._failures.pop(partner, None)
            milliseconds = int((time.monotonic() - started) * 1000)
            log.info(
                "sync.done",
                partner=partner,
                state=result.state.value,
                sequence=result.sequence,
                operators=result.operators,
                changed=result.changed,
                bytes=result.bytes_received,
                acknowledged=result.acknowledgements_delivered,
                reasons=list(result.reasons),
                milliseconds=milliseconds,
            )

    def publish_once(self, partner: str) -> None:
        """Issue a list for one partner if one is due."""
        stored = self._profiles_find(partner)
        if stored is None:
            return
        try:
            header = self._publish(stored.profile)
        except GatewayError as error:
            self._tell_failure("publish.failed", partner, error)
        except Exception:
            # As in `sync_once`.
            log.exception("publish.crashed", partner=partner)
        else:
            if header is not None:
                log.info(
                    "publish.done",
                    partner=partner,
                    sequence=header.sequence,
                    operators=header.quantity,
                )

    def _publish(self, profile: PartnerProfile) -> ListHeader | None:
        now = self._clock()
        if not self._publisher.is_due(profile, now):
            return None
        return self._publisher.publish(profile, actor=SCHEDULE, now=now)

    def _profiles_find(self, partner: str) -> StoredProfile | None:
        try:
            return self._profiles.find(partner)
        except GatewayError as error:
            self._tell_failure("schedule.profile_unreadable", partner, error)
            return None

    def _tell_failure(self, event: str, partner: str, error: GatewayError) -> None:
        log.warning(event, partner=partner, code=error.code, why=error.message, **error.context)

    def _retry(self, profile: PartnerProfile) -> None:
        """Try again sooner than the schedule says, ever later, never later than it (SYN-3)."""
        failures = self._failures.get(profile.partner, 0)
        self._failures[profile.partner] = failures + 1
        pause = min(self._first_retry * 2 ** min(failures, 10), self._longest_retry)
        at = self._clock() + pause
        regular = self._scheduler.get_job(f"sync {profile.partner}")
        if regular is None or (regular.next_run_time and regular.next_run_time <= at):
            return
        self._scheduler.add_job(
            self.sync_once,
            DateTrigger(run_date=at),
            args=[profile.partner],
            id=f"retry {profile.partner}",
            replace_existing=True,
        )


def _publication_seconds(profile: PartnerProfile) -> int:
    pause = profile.agreement.period / PUBLICATIONS_PER_PERIOD
    every = profile.schedule.every
    return max(1, int((pause if every is None else min(pause, every)).total_seconds()))


def make_trigger(schedule: Schedule) -> BaseTrigger:
    """Turn a schedule of a profile into a trigger (SYN-2).

    Cron lines come with weekday names only (checked when the profile was read): APScheduler counts
    Monday as 0, cron as 1.
    """
    jitter = int(schedule.jitter.total_seconds()) or None
    if schedule.cron is not None:
        trigger = CronTrigger.from_crontab(schedule.cron, timezone=schedule.time_zone)
        trigger.jitter = jitter
        return trigger
    every = schedule.every or timedelta(hours=24)
    return IntervalTrigger(seconds=max(1, int(every.total_seconds())), jitter=jitter)
