from datetime import datetime, timedelta

import pytest

from gateway.domain.answers import FreshnessClass
from gateway.domain.freshness import freshness_at, newest_time, usable_until
from tests.fakes.known_world import AGREEMENT, HEAD, NOW, agreement, head

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
ISSUED = NOW
NEXT = NOW + 24 * HOUR
BY_GRACE = NEXT + 24 * HOUR
BY_AGE = NOW + 240 * HOUR


CONDITIONS = {
    "at issue": (ISSUED, {}, FreshnessClass.CURRENT),
    "a second before next update": (NEXT - SECOND, {}, FreshnessClass.CURRENT),
    "at next update": (NEXT, {}, FreshnessClass.LATE),
    "a second after next update": (NEXT + SECOND, {}, FreshnessClass.LATE),
    "a second before the grace ends": (BY_GRACE - SECOND, {}, FreshnessClass.LATE),
    "at the end of the grace": (BY_GRACE, {}, FreshnessClass.STALE),
    "a second after the grace": (BY_GRACE + SECOND, {}, FreshnessClass.STALE),
    "without grace, before next update": (
        NEXT - SECOND,
        {"grace": timedelta(0)},
        FreshnessClass.CURRENT,
    ),
    "without grace, at next update": (NEXT, {"grace": timedelta(0)}, FreshnessClass.STALE),
    "the maximum age ends before next update": (
        ISSUED + HOUR,
        {"max_age": HOUR},
        FreshnessClass.STALE,
    ),
    "a second before the maximum age": (
        ISSUED + HOUR - SECOND,
        {"max_age": HOUR},
        FreshnessClass.CURRENT,
    ),
    "the maximum age ends inside the grace": (
        NEXT + HOUR,
        {"max_age": 25 * HOUR},
        FreshnessClass.STALE,
    ),
}


@pytest.mark.parametrize(
    ("moment", "changes", "condition"), CONDITIONS.values(), ids=CONDITIONS.keys()
)
def test_acc_9_condition_follows_the_partner_calendar(
    moment: datetime, changes: dict[str, object], condition: FreshnessClass
) -> None:
    accepted = head(issued_at=ISSUED, next_update_at=NEXT, received_at=ISSUED)
    assert freshness_at(accepted, agreement(**changes), moment).condition is condition


def test_acc_9_usable_until_is_the_earlier_of_grace_and_maximum_age() -> None:
    header = head(issued_at=ISSUED, next_update_at=NEXT).header
    assert usable_until(header, AGREEMENT) == BY_GRACE
    assert usable_until(header, agreement(grace=1000 * HOUR)) == BY_AGE


def test_no_list_is_missing() -> None:
    fresh = freshness_at(None, AGREEMENT, NOW)
    assert fresh.condition is FreshnessClass.MISSING
    assert fresh.usable_until is None


def test_freshness_names_what_it_rests_on() -> None:
    fresh = freshness_at(HEAD, AGREEMENT, NOW)
    assert fresh.sequence == 41
    assert fresh.list_digest == HEAD.list_digest
    assert fresh.issued_at == HEAD.header.issued_at
    assert fresh.received_at == HEAD.received_at
    assert fresh.next_update_at == HEAD.header.next_update_at
    assert fresh.signer == HEAD.signer


def test_newest_time_is_the_later_of_issue_and_receipt() -> None:
    assert newest_time(head(issued_at=NOW, received_at=NOW - HOUR)) == NOW
    assert newest_time(head(issued_at=NOW - HOUR, received_at=NOW)) == NOW
