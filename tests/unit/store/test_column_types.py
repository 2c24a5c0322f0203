from datetime import UTC, datetime, timedelta, timezone

import pytest

from gateway.store.column_types import epoch_seconds, whole_second

MOMENTS = {
    "the epoch": (datetime(1970, 1, 1, tzinfo=UTC), 0),
    "before the epoch": (datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC), -1),
    "fractions are cut off": (datetime(1970, 1, 1, 0, 0, 1, 999_999, tzinfo=UTC), 1),
    "fractions before the epoch too": (
        datetime(1969, 12, 31, 23, 59, 58, 500_000, tzinfo=UTC),
        -2,
    ),
    "another zone": (datetime(1970, 1, 1, 8, tzinfo=timezone(timedelta(hours=8))), 0),
    "after 2038": (datetime(2038, 1, 19, 3, 14, 8, tzinfo=UTC), 2**31),
}


@pytest.mark.parametrize(("moment", "seconds"), MOMENTS.values(), ids=MOMENTS)
def test_moments_are_whole_seconds(moment: datetime, seconds: int) -> None:
    assert epoch_seconds(moment) == seconds


def test_a_moment_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="without zone"):
        epoch_seconds(datetime(2026, 3, 1))  # noqa: DTZ001 - the mistake itself


def test_a_moment_comes_back_in_utc() -> None:
    moment = datetime(2026, 3, 1, 20, 0, 0, 7, tzinfo=timezone(timedelta(hours=8)))
    assert whole_second(moment) == datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert whole_second(moment).tzinfo is UTC
