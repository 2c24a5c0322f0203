"""The health of a stream, measured against the agreement's own calendar (SYN-6).

Another scale than freshness, which says whether data may still decide: a stream can be late while
its data is current, because the list that was due did not come.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from gateway.domain.agreements import Agreement
from gateway.domain.decisions import AcceptedHead

OVERDUE_AFTER = 2
"""Periods without a list."""


class StreamHealth(StrEnum):
    """How a stream is, for those who watch over it."""

    ON_TIME = "on time"
    LATE = "late"
    """No list for more than one period."""
    OVERDUE = "overdue"
    """No list for more than two."""
    NEVER_RUN = "never run"
    HELD = "held"
    """It waits for an officer."""
    PAUSED = "paused"
    """We ask for no lists."""


def health_of(
    head: AcceptedHead | None,
    agreement: Agreement,
    *,
    is_enabled: bool,
    is_held: bool,
    now: datetime,
) -> StreamHealth:
    """Tell how a stream is; silence is a signal (SYN-6)."""
    # SYN-6: a stream that nobody asks for is not late
    if not is_enabled:
        return StreamHealth.PAUSED
    # SYN-6: what waits for an officer is told as that
    if is_held:
        return StreamHealth.HELD
    # SYN-6: never run is not the same as late
    if head is None:
        return StreamHealth.NEVER_RUN
    silent = silence(head, now)
    # SYN-6: more than two periods
    if silent > OVERDUE_AFTER * agreement.period:
        return StreamHealth.OVERDUE
    # SYN-6: more than one period
    if silent > agreement.period:
        return StreamHealth.LATE
    return StreamHealth.ON_TIME


def silence(head: AcceptedHead, now: datetime) -> timedelta:
    """Return the time since the accepted list was issued: a list that was delayed is no news."""
    return now - head.header.issued_at
