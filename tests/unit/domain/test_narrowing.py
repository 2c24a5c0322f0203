from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given, settings

from gateway.domain.agreements import Measure, MeasureCode
from gateway.domain.answers import (
    Answer,
    AnswerReason,
    Freshness,
    FreshnessClass,
    MatchKind,
    Question,
    Rung,
    Verdict,
)
from gateway.domain.knowledge import Knowledge
from gateway.domain.narrowing import SENTENCES, narrowed
from gateway.domain.operators import Authorisation, Status, StatusCode
from gateway.domain.parties import Scope
from gateway.domain.recognition import recognise
from tests.fakes.random_worlds import MOMENTS, questions, worlds

NOW = datetime(2026, 3, 1, tzinfo=UTC)
HELD = "Fictitious Trading"
WHOLE = Answer(
    verdict=Verdict.GRANT,
    reason=AnswerReason.RECOGNISED,
    sentence=f"{HELD} is recognised",
    next_step=f"Grant; {HELD} may be asked",
    code="XA1",
    normalised_code=f"XA {HELD}",
    agreement="XH-XA",
    partner="XA",
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
    measures=(Measure(code=MeasureCode.INSP, parameters={"factor": "0.2"}),),
    freshness=Freshness(condition=FreshnessClass.CURRENT, sequence=7, list_digest="ab" * 32),
    hints=(HELD,),
    rungs=(Rung(1, "who?", True, HELD),),
    valid_at=NOW,
    known_at=NOW,
    contact=f"desk@{HELD}",
    rule_version=1,
    reference="ref-1",
)
SHOWN = {
    "verdict",
    "reason",
    "sentence",
    "next_step",
    "code",
    "agreement",
    "partner",
    "authorisation",
    "measures",
    "freshness",
    "valid_at",
    "known_at",
    "rule_version",
    "reference",
}


def test_customs_is_shown_the_answer_itself() -> None:
    assert narrowed(WHOLE, Scope.FULL) is WHOLE


def test_another_agency_is_shown_what_it_acts_on() -> None:
    shown = narrowed(WHOLE, Scope.DECISION)
    for field in SHOWN - {"sentence", "next_step", "authorisation"}:
        assert getattr(shown, field) == getattr(WHOLE, field)
    assert shown.authorisation is not None
    assert WHOLE.authorisation is not None
    assert shown.authorisation.expires_at == WHOLE.authorisation.expires_at
    assert shown.authorisation.status.code is StatusCode.ACTIVE
    assert shown.sentence == "The authorisation is recognised on the date."


def test_no_other_field_is_shown_to_it() -> None:
    shown = narrowed(WHOLE, Scope.DECISION)
    for field in msgspec.structs.fields(Answer):
        if field.name not in SHOWN:
            assert getattr(shown, field.name) == field.default, field.name


def test_whatever_names_the_operator_is_nowhere_in_it() -> None:
    assert HELD.encode() in msgspec.json.encode(WHOLE)
    assert HELD.encode() not in msgspec.json.encode(narrowed(WHOLE, Scope.DECISION))


@pytest.mark.parametrize("reason", AnswerReason)
def test_every_reason_has_a_sentence(reason: AnswerReason) -> None:
    assert SENTENCES[reason].endswith(".")


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
        sentence="",
        next_step="",
        normalised_code="x",
        operator_id="x",
        operator_name="x",
        match=None,
        authorisation=held and msgspec.structs.replace(held, id="x", category="x"),
        hints=("x",),
        rungs=(),
        contact="x",
    )
    assert narrowed(stranger, Scope.DECISION) == shown
