from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from gateway.domain.agreements import Agreement, Direction, Interval, Measure, MeasureCode
from gateway.domain.announcements import announced, rules_shown
from tests.fakes.known_world import AGREEMENT, DAY, NOW, RULES, START, agreement

NEXT = datetime(2027, 1, 1, tzinfo=UTC)
OLD = replace(RULES, interval=Interval(effective_at=START, until=NEXT))
NEW = replace(
    RULES,
    interval=Interval(effective_at=NEXT),
    types=("GOLD",),
    roles=("EX",),
    directions=(Direction.EXPORT,),
    measures=(Measure(code=MeasureCode.GUAR, parameters={"share": "0.5"}),),
)


def told(one: Agreement, now: datetime = NOW) -> list[str]:
    return [f"{change.at:%Y-%m-%d} {change.what}" for change in announced(one, now)]


def test_new_rules_are_told_with_what_they_change() -> None:
    (change,) = told(agreement(rules=(NEW, OLD)))
    assert change == (
        "2027-01-01 other rules: types GOLD, before GOLD SILVER; roles EX, before any; "
        "directions export, before import export; "
        "measures GUAR (share 0.5), before INSP (factor 0.2)"
    )
    assert told(agreement(rules=(OLD, NEW)), NEXT) == []


def test_suspension_resumption_and_end_are_told_in_the_order_of_time() -> None:
    changed = agreement(
        in_force=Interval(effective_at=START, until=NEXT),
        suspensions=(
            Interval(effective_at=NOW + DAY, until=NOW + 2 * DAY),
            Interval(effective_at=NOW - DAY, until=NOW + timedelta(hours=1)),
        ),
    )
    assert told(changed) == [
        "2026-11-02 the agreement is resumed",
        "2026-11-03 the agreement is suspended",
        "2026-11-04 the agreement is resumed",
        "2027-01-01 the agreement ends",
    ]


def test_entry_into_force_is_told_ahead() -> None:
    assert told(agreement(in_force=Interval(effective_at=NEXT))) == [
        "2027-01-01 the agreement enters into force"
    ]


def test_nothing_ahead_is_nothing() -> None:
    assert told(AGREEMENT) == []


def test_rules_that_only_go_on_are_told_as_that() -> None:
    again = replace(OLD, interval=Interval(effective_at=NEXT))
    assert told(agreement(rules=(OLD, again))) == [
        "2027-01-01 other rules: nothing but their dates"
    ]


def test_rules_in_force_are_shown_before_those_to_come() -> None:
    both = agreement(rules=(NEW, OLD))
    assert rules_shown(both, NOW) is OLD
    assert rules_shown(both, NEXT) is NEW
    assert rules_shown(agreement(rules=(NEW,)), NOW) is NEW
    ended = replace(OLD, interval=Interval(effective_at=START, until=START + DAY))
    assert rules_shown(agreement(rules=(ended,)), NOW) is ended
    assert rules_shown(agreement(rules=()), NOW) is None
