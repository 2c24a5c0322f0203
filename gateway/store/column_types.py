"""Column types that mean the same on SQLite and PostgreSQL."""

from datetime import UTC, datetime

from sqlalchemy import BigInteger, Dialect, Integer, Text
from sqlalchemy.types import TypeDecorator

from gateway.domain.errors import StoreError


def epoch_seconds(moment: datetime) -> int:
    """Return whole seconds since 1970; fractions are cut off here and nowhere else.

    Raises:
        ValueError: The moment has no time zone.
    """
    if moment.tzinfo is None:
        raise ValueError(f"a time without zone reached the store: {moment.isoformat()}")
    return int(moment.timestamp() // 1)


def whole_second(moment: datetime) -> datetime:
    """Return the moment as the store gives it back: UTC, fractions cut off."""
    return datetime.fromtimestamp(epoch_seconds(moment), UTC)


def read_seconds(value: object) -> datetime:
    """Return the moment that a column holds.

    Raises:
        StoreError: It holds none.
    """
    try:
        return datetime.fromtimestamp(int(str(value)), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise StoreError(f"a stored time cannot be read: {str(value)[:40]!r}") from error


class Moment(TypeDecorator[datetime]):
    """A moment in whole seconds, UTC.

    An integer and not the databases' own types: both compare it alike, no time zone of a session
    or driver can shift it, and a fraction cannot hide in it.
    """

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Turn a moment into seconds."""
        del dialect
        return None if value is None else epoch_seconds(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """Turn seconds into a moment.

        Raises:
            StoreError: The column holds no moment: another program wrote it.
        """
        del dialect
        return None if value is None else read_seconds(value)


ByteOrderText = Text().with_variant(Text(collation="C"), "postgresql")
"""Text sorted by the bytes of its UTF-8 (STA-7), whatever the locale of the server."""

Number = BigInteger().with_variant(Integer(), "sqlite")
"""Sequences, and keys that count up: only INTEGER does that by itself on SQLite."""
