from datetime import UTC, datetime, timedelta

import pytest

from gateway.domain.errors import RateExceededError
from gateway.domain.lists import Stream
from gateway.services.refusal_limit import MOST, SPAN, RefusalLimit
from tests.fakes.sealed_lists import STREAM

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
OTHER = Stream(agreement="XA-XC", issuer="XC", recipient="XA", epoch=1, test=False)


def reached() -> tuple[RefusalLimit, list[Stream]]:
    told: list[Stream] = []
    limit = RefusalLimit(lambda stream, _: told.append(stream))
    for second in range(MOST):
        limit.require_room(STREAM, "XB", NOW)
        limit.count(STREAM, NOW + timedelta(seconds=second))
    return limit, told


def test_beyond_the_limit_nothing_is_read_until_the_first_is_an_hour_old() -> None:
    limit, _ = reached()
    later = NOW + timedelta(minutes=10)
    with pytest.raises(RateExceededError, match="were refused within an hour") as no:
        limit.require_room(STREAM, "XB", later)
    assert no.value.retry_after == 3000
    limit.require_room(STREAM, "XB", NOW + SPAN)


def test_the_limit_is_told_once_each_time_that_it_is_reached() -> None:
    limit, told = reached()
    assert told == [STREAM]
    for _ in range(1000):
        with pytest.raises(RateExceededError):
            limit.require_room(STREAM, "XB", NOW)
    assert told == [STREAM]
    limit.require_room(STREAM, "XB", NOW + SPAN)
    limit.count(STREAM, NOW + SPAN)
    assert told == [STREAM, STREAM]


def test_one_stream_keeps_no_other_waiting() -> None:
    limit, _ = reached()
    limit.require_room(OTHER, "XC", NOW)
