from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given, settings

from gateway.domain.answers import (
    Answer,
    AnswerReason,
    Basis,
    Freshness,
    FreshnessClass,
    MatchKind,
    Question,
    Validity,
    Verdict,
)
from gateway.domain.knowledge import Knowledge
from gateway.domain.messages import Message
from gateway.domain.narrowing import narrowed
from gateway.domain.operators import Authorisation, Status, StatusCode
from gateway.domain.parties import Scope
from gateway.domain.recognition import recognise
from gateway.entrypoints.wording import Language, languages
from tests.fakes.random_worlds import MOMENTS, questions, worlds
from tests.fakes.wording import in_english

NOW = datetime(2026, 3, 1, tzinfo=UTC)
HELD = "Fictitious Trading"
SAID = Message("answer.contact", {"contact": HELD})
WHOLE = Answer(
    basis=Basis(
        verdict=Verdict.NO_GRANT,
        reason=AnswerReason.SUSPENDED,
        agreement="XH-XA",
        partner="XA",
        freshness=Freshness(condition=FreshnessClass.CURRENT, sequence=7, list_digest="ab" * 32),
        valid_at=NOW,
        known_at=NOW,
        rule_version=1,
    ),
    sentence=(SAID,),
    code="XA1",
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
        status=Status(code=StatusCode.SUSPENDED, effective_at=NOW, change_reason=HELD),
    ),
    hints=(SAID,),
    evidence=(SAID,),
    contact=f"desk@{HELD}",
    reference="ref-1",
)
SHOWN = {"basis", "sentence", "code", "authorisation", "reference"}


def test_customs_is_shown_the_answer_itself() -> None:
    assert narrowed(WHOLE, Scope.FULL) is WHOLE


def test_another_agency_is_shown_what_it_acts_on() -> None:
    shown = narrowed(WHOLE, Scope.DECISION)
    assert (shown.basis, shown.code, shown.reference) == (WHOLE.basis, "XA1", "ref-1")
    assert in_english(shown.sentence) == "The partner has suspended the authorisation."
    assert in_english(shown.next_step).startswith("Apply normal controls")
    suspended = Status(code=StatusCode.SUSPENDED, effective_at=NOW)
    assert shown.authorisation == Validity(effective_at=NOW, expires_at=NOW, status=suspended)
    assert narrowed(shown, Scope.DECISION) == shown


def test_no_other_field_is_shown_to_it() -> None:
    shown = narrowed(WHOLE, Scope.DECISION)
    for field in msgspec.structs.fields(Answer):
        if field.name not in SHOWN:
            assert getattr(shown, field.name) == field.default, field.name
    assert shown.rungs == ()


def test_whatever_names_the_operator_is_nowhere_in_it() -> None:
    assert HELD in repr(WHOLE)
    assert HELD not in repr(narrowed(WHOLE, Scope.DECISION))
    assert in_english(narrowed(WHOLE, Scope.DECISION).next_step).count(HELD) == 0


def test_the_bounds_of_a_grant_are_told_to_everybody() -> None:
    bound = Message("remark.direction", parts={"covered": (Message("direction.import"),)})
    answer = msgspec.structs.replace(WHOLE, sentence=(SAID, bound))
    assert narrowed(answer, Scope.DECISION).sentence[1:] == (bound,)


@pytest.mark.parametrize("reason", AnswerReason)
@pytest.mark.parametrize("language", languages().values(), ids=languages())
def test_every_reason_is_said_without_naming_anybody(
    reason: AnswerReason, language: Language
) -> None:
    answer = msgspec.structs.replace(
        WHOLE, basis=msgspec.structs.replace(WHOLE.basis, reason=reason)
    )
    (sentence,) = narrowed(answer, Scope.DECISION).sentence
    assert (dict(sentence.values), dict(sentence.parts)) == ({}, {})
    assert language.say(sentence)


@settings(derandomize=True, max_examples=200, deadline=None)
@given(questions, worlds(is_open=True), MOMENTS)
def test_a_narrow_answer_depends_on_nothing_but_what_it_shows(
    question: Question, known: Knowledge, now: datetime
) -> None:
    answer = recognise(question, knowledge=known, known_at=now)
    shown = narrowed(answer, Scope.DECISION)
    held = answer.authorisation
    assert not isinstance(held, Validity)
    stranger = msgspec.structs.replace(
        answer,
        sentence=(SAID, *answer.sentence[1:]),
        normalised_code="x",
        operator_id="x",
        operator_name="x",
        match=None,
        authorisation=held and msgspec.structs.replace(held, id="x", category="x"),
        hints=(SAID,),
        evidence=(SAID,),
        contact="x",
    )
    assert narrowed(stranger, Scope.DECISION) == shown
