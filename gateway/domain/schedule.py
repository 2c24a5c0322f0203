"""When a job's turn comes: pure rules about time (section 7 of the protocol).

Every process computes the same moments from what the registry remembers of a job. Nothing is
counted up in memory, so a restart, an outage of any length and ten more processes change nothing.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final

from msgspec import Struct

Moments = Callable[[datetime], datetime]
"""Returns the first regular moment strictly after the one given."""

CLOCK_TOLERANCE: Final = timedelta(minutes=5)
"""How far the clocks of two machines may be apart."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND: Final = timedelta(seconds=1)


class LastRun(Struct, frozen=True, kw_only=True):
    """What the registry remembers of a job. A job that it knows nothing of never ran."""

    token: int
    """Rises with each run that begins, in whatever process."""
    busy_until: datetime | None = None
    """A run has the lease until then, unless it ends or extends it."""
    began_at: datetime | None = None
    """Of the last run that ended; one that was killed has not ended."""
    ended_at: datetime | None = None
    mark: int = 0
    """What the last run knew of: a version of the profile, or of what partners are shown."""
    failures: int = 0
    """Runs in a row that failed and are worth another attempt."""


class Backoff(Struct, frozen=True, kw_only=True):
    """Pauses after failures: doubled each time, never beyond the longest."""

    first: timedelta
    longest: timedelta

    def pause(self, failures: int) -> timedelta:
        """Return the pause after so many failures in a row, from 1."""
        doubled: int = 2 ** min(failures - 1, 20)
        return min(self.first * doubled, self.longest)


def due_at(
    last: LastRun | None, moments: Moments, backoff: Backoff, *, mark: int, now: datetime
) -> datetime:
    """Return when the job is due next; `now` if it is due already.

    Args:
        last: What is remembered of it.
        moments: Its regular moments.
        backoff: How soon a failed run is tried again.
        mark: What a run would know of; more than the last one knew is a reason to run at once.
        now: The time.
    """
    if last is None:
        return now
    # SYN-1: who has the lease is left alone
    if last.busy_until is not None and last.busy_until > now:
        return last.busy_until
    if last.began_at is None or last.ended_at is None or last.mark < mark:
        return now
    # SYN-3: a clock that was ahead and has been set right must not stop the job until then
    if last.ended_at > now + CLOCK_TOLERANCE:
        return now
    regular = moments(last.ended_at if last.failures else last.began_at)
    # SYN-3: tried again later and later, but never later than the schedule says
    if last.failures:
        regular = min(regular, last.ended_at + backoff.pause(last.failures))
    # However many moments were missed, the next run is one (SYN-2).
    return max(now, regular)


def every(span: timedelta, subject: str) -> Moments:
    """Return the moments of an interval: the same in every process, spread over the subjects."""
    seconds = max(1, int(span.total_seconds()))
    phase = _number(subject) % seconds

    def after(moment: datetime) -> datetime:
        passed = (moment - _EPOCH) // _SECOND - phase
        return _EPOCH + timedelta(seconds=(passed // seconds + 1) * seconds + phase)

    return after


def jittered(moments: Moments, jitter: timedelta, subject: str) -> Moments:
    """Put each moment off by up to `jitter`: by chance, but the same chance in every process."""
    seconds = int(jitter.total_seconds())
    if not seconds:
        return moments

    def late(moment: datetime) -> datetime:
        chance = _number(f"{subject} {moment.timestamp():.0f}")
        return moment + timedelta(seconds=chance % (seconds + 1))

    def after(moment: datetime) -> datetime:
        planned = moments(moment - jitter - _SECOND)
        # A moment that was put off still comes.
        while late(planned) <= moment:
            planned = moments(planned)
        return late(planned)

    return after


def _number(text: str) -> int:
    return int.from_bytes(sha256(text.encode()).digest()[:8])
