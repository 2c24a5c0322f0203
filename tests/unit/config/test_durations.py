from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis.strategies import integers

from gateway.config.durations import format_duration, parse_duration

SPANS = {
    "30s": timedelta(seconds=30),
    "90m": timedelta(minutes=90),
    "24h": timedelta(days=1),
    "7d": timedelta(days=7),
    "0s": timedelta(0),
}


@pytest.mark.parametrize(("text", "span"), SPANS.items())
def test_number_with_unit_is_read(text: str, span: timedelta) -> None:
    assert parse_duration(text) == span


@pytest.mark.parametrize(
    "bad", ["30", "s", "1.5h", "-1h", "1w", "1 h", "٣h", "", 30, None, "1" * 11 + "s"]
)
def test_anything_else_is_refused(bad: object) -> None:
    with pytest.raises(ValueError, match="span of time"):
        parse_duration(bad)


@pytest.mark.parametrize("long", ["36526d", "9999999999h"])
def test_span_too_long_to_compute_with_is_refused(long: str) -> None:
    with pytest.raises(ValueError, match="longer than a hundred years"):
        parse_duration(long)


@given(integers(min_value=0, max_value=10**9))
def test_written_span_reads_back(seconds: int) -> None:
    span = timedelta(seconds=seconds)
    assert parse_duration(format_duration(span)) == span
