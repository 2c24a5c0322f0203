from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given

from gateway.domain.errors import SchemaViolationError
from gateway.domain.instants import format_instant, parse_instant
from tests.fakes.operators import INSTANTS, STEADY

REFUSED = {
    "a fraction": "2024-01-01T00:00:00.5Z",
    "a fraction of zero": "2024-01-01T00:00:00.000Z",
    "an offset": "2024-01-01T01:00:00+01:00",
    "an offset of zero": "2024-01-01T00:00:00+00:00",
    "no zone": "2024-01-01T00:00:00",
    "a date alone": "2024-01-01",
    "no seconds": "2024-01-01T00:00Z",
    "a space for the T": "2024-01-01 00:00:00Z",
    "the basic format": "20240101T000000Z",
    "a leap second": "2016-12-31T23:59:60Z",
    "the end of a day as 24:00": "2024-01-01T24:00:00Z",
    "a day that is not": "2023-02-29T00:00:00Z",
    "a week date": "2024-W01-1T00:00:00Z",
    "digits of another script": "２０２４-01-01T00:00:00Z",
    "a small z": "2024-01-01T00:00:00z",
    "nothing": "",
    "words": "tomorrow",
}


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_sta_1_instant_is_refused_with(text: str) -> None:
    with pytest.raises(SchemaViolationError) as caught:
        parse_instant(text, "effectiveAt")
    assert caught.value.context == {"field": "effectiveAt"}


@STEADY
@given(INSTANTS)
def test_sta_1_instant_comes_back_as_written(text: str) -> None:
    assert format_instant(parse_instant(text)) == text


def test_sta_1_instant_of_an_early_year_keeps_four_digits() -> None:
    assert format_instant(datetime(987, 6, 5, tzinfo=UTC)) == "0987-06-05T00:00:00Z"


def test_sta_1_instant_with_a_fraction_is_not_cut_off() -> None:
    with pytest.raises(SchemaViolationError, match="fraction"):
        format_instant(datetime(2024, 1, 1, microsecond=1, tzinfo=UTC))


@pytest.mark.parametrize("zone", [None, timezone(timedelta(hours=1))])
def test_sta_1_instant_outside_utc_is_refused(zone: timezone | None) -> None:
    with pytest.raises(SchemaViolationError, match="UTC"):
        format_instant(datetime(2024, 1, 1, tzinfo=zone))


def test_sta_1_utc_is_known_under_its_other_names() -> None:
    moment = datetime(2024, 1, 1, tzinfo=ZoneInfo("Etc/UTC"))
    assert format_instant(moment) == "2024-01-01T00:00:00Z"
