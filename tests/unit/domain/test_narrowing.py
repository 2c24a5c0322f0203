from datetime import UTC, datetime

import msgspec
from hypothesis import given, settings

from gateway.domain.answers import Answer, MatchKind, Question
from gateway.domain.knowledge import Knowledge
from gateway.domain.messages import Message
from gateway.domain.narrowing import narrowed
from gateway.domain.operators import Authorisation, Status, StatusCode
from gateway.domain.parties import Scope
from gateway.domain.recognition import recognise
from gateway.entrypoints.answer_json import answer_json
from tests.fakes.desks import make_answer
from tests.fakes.random_worlds import MOMENTS, questions, worlds

NOW = datetime(2026, 3, 1, tzinfo=UTC)
HELD = "Fictitious Trading"
WHOLE = msgspec.structs.replace(
    make_answer(Question(code="XA1"), NOW),
    sentence=(Message("answer.contact", {"contact": HELD}),),
    normalised_code=f"XA {HELD}",
    operator_id=f"XA {HELD}",
    operator_name=HELD,
    match=MatchKind.CROSS_WALK,
    authorisation=Authorisation(
        id=HELD,
        category=HELD,
        programme=HELD,
        issuing_office=HELD,
        accepted_at=NOW,
        effective_at=NOW,
        expires_at=NOW,
        status=Status(code=StatusCode.ACTIVE, effective_at=NOW, change_reason=HELD),
    ),
    hints=(Message("hint.perhaps", {"code": HELD}),),
    evidence=(Message("rung.4.exact", {"operator": HELD}),),
    contact=f"desk@{HELD}",
)
SHOWN = {"basis", "sentence", "code", "authorisation", "reference"}


def test_customs_is_shown_the_answer_itself() -> None:
    assert narrowed(WHOLE, Scope.FULL) is WHOLE


def test_another_agency_is_shown_what_it_acts_on() -> None:
    shown = narrowed(WHOLE, Scope.DECISION)
    for field in SHOWN - {"sentence", "authorisation"}:
        assert getattr(shown, field) == getattr(WHOLE, field)
    assert shown.authorisation is not None
    assert WHOLE.authorisation is not None
    assert shown.authorisation.expires_at == WHOLE.authorisation.expires_at
    assert shown.authorisation.status.code is StatusCode.ACTIVE
    assert shown.sentence == (Message("reason.RECOGNISED.meaning"),)


def test_no_other_field_is_shown_to_it() -> None:
    shown = narrowed(WHOLE, Scope.DECISION)
    for field in msgspec.structs.fields(Answer):
        if field.name not in SHOWN:
            assert getattr(shown, field.name) == field.default, field.name


def test_whatever_names_the_operator_is_nowhere_in_it() -> None:
    assert HELD.encode() in answer_json(WHOLE)
    assert HELD.encode() not in answer_json(narrowed(WHOLE, Scope.DECISION))


@settings(derandomize=True, max_examples=200, deadline=None)
@given(questions, worlds(is_open=True), MOMENTS)
def test_a_narrow_answer_depends_on_nothing_but_what_it_shows(
    question: Question, known: Knowledge, now: datetime
) -> None:
    answer = recognise(question, knowledge=known, known_at=now)
    shown = narrowed(answer, Scope.DECISION)
    held = answer.authorisation
    stranger = msgspec.structs.replace(
        answer,
        sentence=(),
        normalised_code="x",
        operator_id="x",
        operator_name="x",
        match=None,
        authorisation=held and msgspec.structs.replace(held, id="x", category="x"),
        hints=(Message("x"),),
        evidence=(),
        contact="x",
    )
    assert narrowed(stranger, Scope.DECISION) == shown
