"""A profile's schedule as moments: an interval, or a cron line in its own time zone (SYN-2)."""

from datetime import UTC, datetime, timedelta
from typing import Final

from apscheduler.triggers.cron import CronTrigger

from gateway.domain.profiles import Schedule
from gateway.domain.schedule import Moments, every, jittered

DEFAULT_INTERVAL: Final = timedelta(hours=24)
NEVER: Final = datetime(9999, 1, 1, tzinfo=UTC)


def regular_moments(schedule: Schedule, subject: str) -> Moments:
    """Return when a job is due by its schedule, jitter included."""
    planned = (
        every(schedule.every or DEFAULT_INTERVAL, subject)
        if schedule.cron is None
        else _cron(schedule.cron, schedule.time_zone)
    )
    return jittered(planned, schedule.jitter, subject)


def _cron(line: str, time_zone: str) -> Moments:
    # Weekdays stand in it as names (checked when the profile was read): the library counts Monday
    # as 0, cron Sunday.
    trigger = CronTrigger.from_crontab(line, timezone=time_zone)

    def after(moment: datetime) -> datetime:
        following = trigger.get_next_fire_time(None, moment + timedelta(seconds=1))
        return NEVER if following is None else following.astimezone(UTC)

    return after
