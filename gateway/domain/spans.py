"""The time that a question is about: one moment, or a whole day.

Intervals are half-open, [effective, expiry), in UTC. A bare date is 00:00-24:00 in the agreement's
time zone and must be covered throughout.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Struct

from gateway.domain.agreements import Interval
from gateway.domain.errors import ConfigError, InvalidRequestError

FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2099
"""Of what may be asked about: a year outside is a mistyped one, the same over every way in."""


class Span(Struct, frozen=True, gc=False):
    """One moment (no end), or all of [start, end). UTC."""

    start: datetime
    end: datetime | None = None

    def reaches(self, moment: datetime | None) -> bool:
        """Tell whether some of the span lies at or after a moment; never reaches "open"."""
        if moment is None:
            return False
        return self.start >= moment if self.end is None else self.end > moment

    def touches(self, interval: Interval) -> bool:
        """Tell whether some of the span lies inside an interval."""
        return self.reaches(interval.effective_at) and not (
            interval.until is not None and self.start >= interval.until
        )

    def is_inside(self, interval: Interval) -> bool:
        """Tell whether all of the span lies inside an interval."""
        return interval.covers(self.start, self.end)


def span_of(on: date | datetime | None, *, now: datetime, time_zone: str) -> Span:
    """Return the span that a question asks about; no date means now.

    Raises:
        InvalidRequestError: A time without its offset from UTC, or a year outside those that may
            be asked about.
        ConfigError: There is no such time zone.
    """
    if on is None:
        return Span(now)
    if not FIRST_YEAR <= on.year <= LAST_YEAR:
        years = f"{FIRST_YEAR} to {LAST_YEAR}"
        raise InvalidRequestError(f"the date {on.isoformat()} is outside {years}")
    if isinstance(on, datetime):
        if on.utcoffset() is None:
            raise InvalidRequestError(f"the time {on.isoformat()} lacks its offset from UTC")
        return Span(on.astimezone(UTC))
    zone = _zone(time_zone)
    return Span(_midnight(on, zone), _midnight(on + timedelta(days=1), zone))


@lru_cache(maxsize=4096)  # the same few moments stand in every answer
def in_words(moment: date | datetime) -> str:
    """Return a date, or an instant in UTC to the second, for sentences and evidence."""
    if isinstance(moment, datetime):
        return moment.astimezone(UTC).isoformat(timespec="seconds")[:19] + "Z"
    return moment.isoformat()


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    # Where the clock skips midnight, fold 0 gives the instant of the skip: the day's true start.
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ConfigError(f"unknown time zone {name}", context={"time_zone": name}) from error
