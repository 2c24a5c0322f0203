"""Instants as lists write them: `YYYY-MM-DDThh:mm:ssZ`, whole seconds, UTC (section 2)."""

from datetime import UTC, datetime, timedelta

from gateway.domain.texts import violation

_ZERO = timedelta(0)


def parse_instant(text: str, field: str = "instant") -> datetime:
    """Read an instant; no other spelling of the same moment is taken.

    Raises:
        SchemaViolationError: It is not written `YYYY-MM-DDThh:mm:ssZ`, or no such moment exists.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise violation(field, f"is no instant: {text[:40]!r}") from error
    # STA-1: fractions, offsets and shortened forms are refused; fromisoformat takes them all.
    if moment.tzinfo is not UTC or moment.isoformat()[:19] + "Z" != text:
        raise violation(field, f"is not written YYYY-MM-DDThh:mm:ssZ: {text[:40]!r}")
    return moment


def second_in_hex(moment: datetime) -> str:
    """Return the second of a moment in eight digits: as texts they sort as time goes, until 2106.

    What has no second since 1970 has the first.
    """
    return f"{max(0, int(moment.timestamp())):08x}"


def format_instant(moment: datetime) -> str:
    """Write an instant.

    Raises:
        SchemaViolationError: It has a fraction of a second or is not UTC.
    """
    check_instant(moment, "instant")
    return moment.isoformat()[:19] + "Z"


def check_instant(moment: datetime, field: str) -> None:
    """Check that a moment can be written without loss.

    Raises:
        SchemaViolationError: It has a fraction of a second or is not UTC.
    """
    # STA-1: fractions are refused, not cut off
    if moment.microsecond:
        raise violation(field, "has a fraction of a second")
    # STA-1: one moment has one spelling
    if moment.tzinfo is not UTC and moment.utcoffset() != _ZERO:
        raise violation(field, "is not in UTC")
