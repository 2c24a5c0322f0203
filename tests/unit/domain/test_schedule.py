from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gateway.domain.schedule import Backoff, LastRun, due_at, every, jittered

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
BACKOFF = Backoff(first=2 * SECOND, longest=5 * MINUTE)
HOURLY = every(HOUR, "XA-XB")
RAN = LastRun(token=1, began_at=NOW - MINUTE, ended_at=NOW)

moments = st.datetimes(datetime(2020, 1, 1), datetime(2036, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001 - hypothesis adds the zone
    lambda moment: moment.replace(microsecond=0)
)


def due(last: LastRun | None, *, mark: int = 0, now: datetime = NOW) -> datetime:
    return due_at(last, HOURLY, BACKOFF, mark=mark, now=now)


def test_a_job_that_never_ran_is_due_at_once() -> None:
    assert due(None) == NOW
    assert due(LastRun(token=1)) == NOW


def test_a_job_is_due_at_the_next_regular_moment_after_its_last_run() -> None:
    assert due(RAN) == HOURLY(NOW - MINUTE)


def test_syn_1_a_job_that_has_the_lease_is_left_alone_until_it_expires() -> None:
    busy = replace(RAN, busy_until=NOW + MINUTE, mark=0)
    assert due(busy, mark=9) == NOW + MINUTE
    assert due(busy, mark=9, now=NOW + MINUTE) == NOW + MINUTE


def test_syn_2_after_an_outage_the_missed_moments_are_one_run() -> None:
    later = NOW + timedelta(days=40)
    assert due(RAN, now=later) == later
    assert due(replace(RAN, began_at=later, ended_at=later), now=later) > later


def test_what_a_run_did_not_know_of_is_a_reason_to_run() -> None:
    assert due(replace(RAN, mark=3), mark=4) == NOW
    assert due(replace(RAN, mark=3, failures=5), mark=4) == NOW
    assert due(replace(RAN, mark=4), mark=3) > NOW


def test_syn_3_pauses_double_up_to_the_longest() -> None:
    pauses = [BACKOFF.pause(failures).total_seconds() for failures in (1, 2, 3, 8, 9, 5000)]
    assert pauses == [2, 4, 8, 256, 300, 300]


def test_syn_3_a_failed_run_is_tried_again_counted_from_its_end() -> None:
    failed = replace(RAN, ended_at=NOW, failures=1)
    assert due(failed) == NOW + 2 * SECOND
    assert due(replace(failed, failures=4)) == NOW + 16 * SECOND


def test_syn_3_a_retry_comes_never_later_than_the_schedule_says() -> None:
    failed = replace(RAN, failures=60)
    assert due_at(failed, every(MINUTE, "XA-XB"), BACKOFF, mark=0, now=NOW) <= NOW + MINUTE


def test_syn_3_a_clock_that_was_years_ahead_does_not_stop_the_job() -> None:
    ahead = NOW + timedelta(days=900)
    assert due(replace(RAN, began_at=ahead, ended_at=ahead)) == NOW
    skewed = NOW + 2 * SECOND
    assert due(replace(RAN, began_at=skewed, ended_at=skewed)) > NOW


@given(moments, st.integers(1, 100_000), st.integers(0, 100_000))
def test_syn_2_moments_are_the_same_for_all_who_ask(
    moment: datetime, seconds: int, jitter: int
) -> None:
    after = jittered(every(seconds * SECOND, "XA-XB"), min(jitter, seconds - 1) * SECOND, "XA-XB")
    following = after(moment)
    assert moment < following <= moment + 2 * seconds * SECOND
    assert following == after(following - SECOND)
    # Whoever asks at any time in between waits for the same moment.
    assert after(moment + (following - moment - SECOND) // 2) == following


def test_syn_2_jitter_puts_each_moment_off_by_another_chance() -> None:
    plain = every(HOUR, "XA-XB")
    after = jittered(plain, 10 * MINUTE, "XA-XB")
    came = [NOW]
    for _ in range(200):
        came.append(after(came[-1]))
    spread = {moment - plain(moment - 10 * MINUTE - SECOND) for moment in came[1:]}
    assert len(spread) > 100
    assert all(timedelta(0) <= late <= 10 * MINUTE for late in spread)
    assert timedelta(hours=199) < came[-1] - NOW < timedelta(hours=202)


def test_partners_of_one_interval_are_not_all_asked_at_the_same_moment() -> None:
    assert len({every(HOUR, f"XA-X{number}")(NOW) for number in range(50)}) > 40


@pytest.mark.parametrize("span", [SECOND / 2, SECOND])
def test_the_shortest_interval_is_a_second(span: timedelta) -> None:
    assert every(span, "XA-XB")(NOW) == NOW + SECOND
