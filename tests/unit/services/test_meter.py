from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.errors import LimitExceededError, QuotaExceededError, RateExceededError
from gateway.domain.parties import Limits
from gateway.services.meter import Meter

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def meter(*, rate: int | None = None, burst: int | None = None, quota: int | None = None) -> Meter:
    return Meter("border", Limits(rate=rate, burst=burst, quota=quota), now=NOW)


def refusal(of: Meter, questions: int, now: datetime) -> LimitExceededError:
    with pytest.raises(LimitExceededError) as caught:
        of.spend(questions, now)
    return caught.value


def test_a_second_gives_as_many_questions_as_the_rate() -> None:
    one = meter(rate=3)
    for now in (NOW, NOW + SECOND):
        for _ in range(3):
            one.spend(1, now)
        assert isinstance(refusal(one, 1, now), RateExceededError)


def test_a_burst_may_come_after_a_silence_and_not_again_at_once() -> None:
    one = meter(rate=2, burst=10)
    one.spend(10, NOW)
    assert refusal(one, 3, NOW).retry_after == 2
    one.spend(2, NOW + SECOND)
    one.spend(10, NOW + timedelta(hours=1))
    assert refusal(one, 1, NOW + timedelta(hours=1)).retry_after == 1


def test_a_batch_counts_each_question_and_what_is_refused_counts_nothing() -> None:
    one = meter(rate=10)
    one.spend(8, NOW)
    refusal(one, 3, NOW)
    one.spend(2, NOW)


def test_a_batch_beyond_the_bucket_passes_when_it_is_full_and_is_owed() -> None:
    one = meter(rate=10)
    one.spend(95, NOW)
    assert refusal(one, 1, NOW).retry_after == 9
    refusal(one, 1, NOW + 8 * SECOND)
    one.spend(1, NOW + 9 * SECOND)


def test_told_to_wait_so_long_the_same_call_is_let_through_then_and_not_before() -> None:
    one = meter(rate=7, burst=20)
    one.spend(33, NOW)
    wait = refusal(one, 12, NOW).retry_after
    refusal(one, 12, NOW + (wait - 1) * SECOND)
    one.spend(12, NOW + wait * SECOND)


def test_a_quota_is_used_up_until_midnight_utc() -> None:
    one = meter(quota=5)
    one.spend(4, NOW)
    error = refusal(one, 2, NOW)
    assert isinstance(error, QuotaExceededError)
    assert error.retry_after == 12 * 3600
    assert "5 questions a day, of which 1 are left for these 2" in error.message
    one.spend(1, MIDNIGHT - SECOND)
    assert refusal(one, 1, MIDNIGHT - SECOND).retry_after == 1
    one.spend(5, MIDNIGHT)


def test_a_clock_that_is_set_back_gives_no_question_a_second_time() -> None:
    one = meter(rate=2, quota=4)
    one.spend(2, NOW)
    refusal(one, 1, NOW - timedelta(days=1))
    one.spend(2, NOW + SECOND)
    assert isinstance(refusal(one, 1, NOW + 2 * SECOND), QuotaExceededError)


def test_what_others_counted_counts_here() -> None:
    one = meter(quota=10)
    one.spend(3, NOW)
    assert one.take_unmerged() == (NOW.date(), 3)
    one.spend(1, NOW)
    one.merge(NOW.date(), 8)
    one.spend(1, NOW)
    refusal(one, 1, NOW)
    assert one.take_unmerged() == (NOW.date(), 2)


def test_what_others_counted_yesterday_counts_no_more() -> None:
    one = meter(quota=10)
    one.spend(3, NOW)
    day, _ = one.take_unmerged()
    one.spend(1, MIDNIGHT)
    one.merge(day, 10)
    one.put_back(day, 3)
    one.spend(9, MIDNIGHT)
    assert one.take_unmerged() == (MIDNIGHT.date(), 10)


def test_what_could_not_be_handed_on_waits_for_the_next_time() -> None:
    one = meter(quota=10)
    one.spend(3, NOW)
    day, questions = one.take_unmerged()
    one.spend(1, NOW)
    one.put_back(day, questions)
    assert one.take_unmerged() == (day, 4)


def test_new_limits_begin_with_a_full_bucket_only_where_there_was_none() -> None:
    one = meter(quota=100)
    one.spend(50, NOW)
    one.keep_to(Limits(rate=10, quota=60))
    one.spend(10, NOW)
    one.keep_to(Limits(rate=20))
    assert isinstance(refusal(one, 1, NOW), RateExceededError)


@given(
    st.integers(1, 20),
    st.integers(1, 60) | st.none(),
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 50)), max_size=60),
)
def test_the_rate_holds_in_the_long_run(
    rate: int, burst: int | None, calls: list[tuple[int, int]]
) -> None:
    one, now, let_through, largest = meter(rate=rate, burst=burst), NOW, 0, 0
    for pause, questions in calls:
        now += pause * SECOND
        try:
            one.spend(questions, now)
        except RateExceededError:
            continue
        let_through, largest = let_through + questions, max(largest, questions)
    passed = (now - NOW) // SECOND
    # What the last batch took beyond the bucket is owed, and was not given yet.
    assert let_through <= (burst or rate) + rate * passed + largest


def test_questions_of_many_threads_are_all_counted() -> None:
    one, barrier = meter(quota=4000), Barrier(4)

    def ask() -> None:
        barrier.wait()
        for _ in range(1000):
            one.spend(1, NOW)

    threads = [Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert one.take_unmerged() == (NOW.date(), 4000)
    refusal(one, 1, NOW)
