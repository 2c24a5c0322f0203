"""What must never happen, whatever is asked and whatever is known."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.domain.agreements import Lifecycle
from gateway.domain.answers import AnswerReason, Question, Verdict
from gateway.domain.knowledge import Knowledge
from gateway.domain.operators import Authorisation, StatusCode
from gateway.domain.recognition import recognise
from tests.fakes.known_world import (
    CODE,
    DAY,
    NOW,
    RULES,
    HeldList,
    agreement,
    authorisation,
    held,
    world,
)
from tests.fakes.random_worlds import ZONES, questions, worlds


def is_good(one: Authorisation, question: Question) -> bool:
    """The plain rule for a moment, written apart from the ladder."""
    at = question.on if isinstance(question.on, datetime) else NOW
    ended = one.expires_at is not None and at >= one.expires_at
    current = one.status.code is StatusCode.ACTIVE or at < one.status.effective_at
    return one.category in RULES.types and one.effective_at <= at and not ended and current


@settings(derandomize=True, max_examples=400, deadline=None)
@given(questions, worlds())
def test_grant_means_that_nothing_stands_against_it(question: Question, known: Knowledge) -> None:
    answer = recognise(question, knowledge=known, known_at=NOW)
    if answer.verdict is not Verdict.GRANT:
        assert not answer.measures
        return
    under = known.agreements["XH-XA"]
    holding = known.holdings["XH-XA"]
    listed = holding.find(answer.operator_id or "")
    accepted = holding.head
    assert accepted is not None
    assert listed is not None
    assert accepted.header.next_update_at + under.grace > NOW
    assert accepted.header.issued_at + under.max_age > NOW
    assert accepted.received_at <= NOW + timedelta(minutes=5)
    assert listed.unusable is None
    assert not listed.restricted
    assert under.state in {Lifecycle.IN_FORCE, Lifecycle.SUSPENDED}
    assert question.direction is None or question.direction in under.rules[0].directions
    assert under.rules[0].directions
    assert listed.operator.id not in known.blocks
    assert question.name != "Southbank Steel"
    assert len(holding.find_by_identifier("91310000")) == 1 or question.code != "91310000"
    if question.on is None or isinstance(question.on, datetime):
        assert any(is_good(one, question) for one in listed.operator.authorisations)


@settings(derandomize=True, max_examples=100, deadline=None)
@given(questions, worlds())
def test_same_question_gets_the_same_answer(question: Question, known: Knowledge) -> None:
    first = recognise(question, knowledge=known, known_at=NOW)
    assert recognise(question, knowledge=known, known_at=NOW) == first


@settings(derandomize=True, max_examples=100, deadline=None)
@given(st.text(max_size=30), st.sampled_from([None, "Northwind Ceramics", "Northwind"]))
def test_name_alone_never_grants(code: str, name: str | None) -> None:
    known = world()
    with_name = recognise(Question(code=code, name=name), knowledge=known, known_at=NOW)
    without = recognise(Question(code=code), knowledge=known, known_at=NOW)
    assert with_name.verdict is not Verdict.GRANT or without.verdict is Verdict.GRANT


@settings(derandomize=True, max_examples=100, deadline=None)
@given(questions, worlds())
def test_name_only_ever_takes_away(question: Question, known: Knowledge) -> None:
    unnamed = msgspec.structs.replace(question, name=None)
    if recognise(unnamed, knowledge=known, known_at=NOW).verdict is not Verdict.GRANT:
        assert recognise(question, knowledge=known, known_at=NOW).verdict is not Verdict.GRANT


@settings(derandomize=True, max_examples=100, deadline=None)
@given(questions, worlds())
def test_hints_do_not_depend_on_who_is_listed(question: Question, known: Knowledge) -> None:
    holding = known.holdings["XH-XA"]
    nobody = msgspec.structs.replace(known, holdings={"XH-XA": HeldList(head=holding.head)})
    answer = recognise(question, knowledge=known, known_at=NOW)
    if answer.reason in {AnswerReason.NOT_LISTED, AnswerReason.CODE_MALFORMED}:
        assert recognise(question, knowledge=nobody, known_at=NOW) == answer


@settings(derandomize=True, max_examples=150, deadline=None)
@given(st.integers(-90_000, 90_000), ZONES)
def test_day_is_granted_if_its_first_and_last_second_are(shift: int, zone: str) -> None:
    day = date(2026, 10, 20)
    midnight = datetime(2026, 10, 20, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    expires_at = midnight + DAY + timedelta(seconds=shift)
    listed = held(authorisation(expires_at=expires_at, effective_at=expires_at - 2 * DAY))
    known = world(agreement(time_zone=zone), holding=HeldList(listed))

    def is_granted(on: date) -> bool:
        answer = recognise(Question(code=CODE, on=on), knowledge=known, known_at=NOW)
        return answer.verdict is Verdict.GRANT

    last_second = midnight + DAY - timedelta(seconds=1)
    assert is_granted(day) == (is_granted(midnight) and is_granted(last_second))
