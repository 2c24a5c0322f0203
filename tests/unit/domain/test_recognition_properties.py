"""What must never happen, whatever is asked and whatever is known."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.domain.agreements import Direction, Interval, Lifecycle
from gateway.domain.answers import AnswerReason, Question, Verdict
from gateway.domain.knowledge import HeldOperator, Knowledge
from gateway.domain.operators import Authorisation, Identifier, StatusCode
from gateway.domain.recognition import recognise
from tests.fakes.known_world import (
    CODE,
    DAY,
    NOW,
    RULES,
    START,
    HeldList,
    agreement,
    authorisation,
    head,
    held,
    world,
)

HOURS = st.integers(-72, 72).map(lambda hours: timedelta(hours=hours))
MOMENTS = HOURS.map(lambda shift: NOW + shift)
ZONES = st.sampled_from(["UTC", "Asia/Shanghai", "Pacific/Auckland", "America/St_Johns"])
CODES = st.sampled_from(
    [CODE, "xa 1234567890", "AEO<XA1234567890>", "XA0000000000", "91310000", "ХА1234567890", ""]
) | st.text(max_size=20)
DATES: st.SearchStrategy[date | datetime | None] = (
    st.none() | MOMENTS | MOMENTS.map(lambda moment: moment.date())
)

AUTHORISATIONS = st.builds(
    authorisation,
    st.sampled_from(StatusCode),
    since=MOMENTS | st.just(START),
    effective_at=MOMENTS | st.just(START),
    expires_at=st.none() | MOMENTS,
    category=st.sampled_from(["GOLD", "SILVER", "BRONZE"]),
)


@st.composite
def operators(draw: st.DrawFn, operator_id: str = CODE) -> HeldOperator:
    others = draw(st.sampled_from([(), (Identifier(scheme="USCC", value="91310000"),)]))
    return held(
        *draw(st.lists(AUTHORISATIONS, min_size=1, max_size=3)),
        unusable=draw(st.none() | st.just("the dates are out of order")),
        restricted=draw(st.booleans()),
        id=operator_id,
        alternate_ids=others,
        roles=draw(st.sampled_from([(), ("EX",), ("IM", "EX")])),
    )


@st.composite
def worlds(draw: st.DrawFn) -> Knowledge:
    directions = draw(st.sets(st.sampled_from(Direction)))
    rules = msgspec.structs.replace(
        RULES,
        directions=tuple(sorted(directions)),
        roles=draw(st.sampled_from([(), ("EX",)])),
        interval=Interval(effective_at=draw(MOMENTS | st.just(START))),
    )
    suspension = st.builds(lambda at: Interval(effective_at=at, until=at + DAY), MOMENTS)
    under = agreement(
        state=draw(st.sampled_from([Lifecycle.IN_FORCE, *Lifecycle])),
        time_zone=draw(ZONES),
        suspensions=tuple(draw(st.lists(suspension, max_size=1))),
        grace=draw(st.sampled_from([timedelta(0), DAY])),
        max_age=draw(st.sampled_from([DAY, 10 * DAY])),
        rules=(rules,),
    )
    issued_at = draw(MOMENTS)
    accepted = head(issued_at=issued_at, received_at=draw(MOMENTS), next_update_at=issued_at + DAY)
    listed = [draw(operators()), *draw(st.lists(operators("XA0000000002"), max_size=1))]
    return world(
        under,
        holding=HeldList(*listed, head=draw(st.sampled_from([accepted, accepted, None]))),
        blocks=draw(st.sampled_from([{}, {}, {CODE: "case"}])),
    )


questions = st.builds(
    Question,
    code=CODES,
    on=DATES,
    role=st.sampled_from([None, "EX", "IM"]),
    direction=st.sampled_from([None, *Direction]),
    name=st.sampled_from([None, "Northwind Ceramics", "Southbank Steel"]),
)


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
