"""How much one caller has asked: a bucket of questions that fills by the second, and a day's total.

Both are counted in this process. What other processes counted of the day comes in with `merge`, off
the request path.
"""

from datetime import UTC, date, datetime, time, timedelta
from threading import Lock

from gateway.domain.errors import QuotaExceededError, RateExceededError
from gateway.domain.parties import Limits

DAY = timedelta(days=1)


class Meter:
    """Counts the questions of one caller. Thread-safe.

    A full bucket lets any batch through, and owes what it had not: the rate holds in the long run,
    and no batch is refused for ever.

    Args:
        caller: Its registered name, for refusals.
        limits: Those of its registration.
        now: The bucket is full then.
    """

    def __init__(self, caller: str, limits: Limits, *, now: datetime) -> None:
        self.limits = limits
        self._caller = caller
        self._lock = Lock()
        self._now = now
        self._filling = limits.size
        """Below 0: owed."""
        self._day = now.date()
        self._used = 0
        self._unmerged = 0
        self.keep_to(limits)

    def keep_to(self, limits: Limits) -> None:
        """Count by these limits from now on; what was counted stays."""
        with self._lock:
            had_rate = self.limits.rate is not None
            self.limits = limits
            self._rate, self._size, self._quota = limits.rate, limits.size, limits.quota
            self._filling = min(self._filling, self._size) if had_rate else self._size

    def spend(self, questions: int, now: datetime) -> None:
        """Count questions, or none of them.

        Raises:
            RateExceededError: The bucket holds too few.
            QuotaExceededError: They are more than the day has left.
        """
        with self._lock:
            # One object per second: most calls come in the second of the one before.
            if now is not self._now:
                self._move_on(now)
            if self._rate is not None and self._filling < min(questions, self._size):
                raise self._too_fast(questions)
            if self._quota is not None and self._used + questions > self._quota:
                raise self._used_up(questions)
            if self._rate is not None:
                self._filling -= questions
            self._used += questions
            self._unmerged += questions

    def take_unmerged(self) -> tuple[date, int]:
        """Return a day and what was counted of it and not taken yet."""
        with self._lock:
            unmerged, self._unmerged = self._unmerged, 0
            return self._day, unmerged

    def merge(self, day: date, total: int) -> None:
        """Take in what all processes counted of a day, with what was taken from here."""
        with self._lock:
            if day == self._day:
                self._used = total + self._unmerged

    def put_back(self, day: date, questions: int) -> None:
        """Keep for the next time what was taken and could not be handed on."""
        with self._lock:
            if day == self._day:
                self._unmerged += questions

    def _move_on(self, now: datetime) -> None:
        passed = (now - self._now) // timedelta(seconds=1)
        # A clock that was set back fills nothing and gives no day a second time.
        if passed <= 0:
            return
        self._now = now
        if self._rate is not None:
            self._filling = min(self._size, self._filling + self._rate * passed)
        if now.date() > self._day:
            self._day, self._used, self._unmerged = now.date(), 0, 0

    def _too_fast(self, questions: int) -> RateExceededError:
        rate = self._rate or 1
        missing = min(questions, self._size) - self._filling
        wait = -(-missing // rate)
        limit = f"{rate} questions a second"
        message = f"at most {limit}; ask again in {wait} s"
        return RateExceededError(message, caller=self._caller, retry_after=wait, limit=limit)

    def _used_up(self, questions: int) -> QuotaExceededError:
        tomorrow = datetime.combine(self._day + DAY, time(), UTC)
        wait = max(1, (tomorrow - self._now) // timedelta(seconds=1))
        limit = f"{self._quota} questions a day"
        left = max(0, (self._quota or 0) - self._used)
        message = (
            f"at most {limit}, of which {left} are left for these {questions};"
            f" the next day begins in {wait} s"
        )
        return QuotaExceededError(message, caller=self._caller, retry_after=wait, limit=limit)
