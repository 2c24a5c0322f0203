"""Answers as JSON in a language: what `mra lookup --json` prints and HTTP sends."""

from datetime import date, datetime
from typing import Final

import msgspec
from msgspec import Struct

from gateway.domain.agreements import Measure
from gateway.domain.answers import (
    Answer,
    AnswerReason,
    Freshness,
    MatchKind,
    Rung,
    Validity,
    Verdict,
)
from gateway.domain.operators import Authorisation
from gateway.entrypoints.wording import DEFAULT_LANGUAGE, Language, find_language

_ENCODE: Final = msgspec.json.Encoder(order="deterministic").encode


class RungDocument(Struct, frozen=True, kw_only=True, gc=False):
    """One rung of the ladder with its evidence, in a language."""

    number: int
    question: str
    passed: bool
    evidence: str


class AnswerDocument(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """An answer in a language. What is empty is absent."""

    verdict: Verdict
    reason: AnswerReason
    sentence: str
    next_step: str = ""
    code: str
    normalised_code: str | None = None
    agreement: str | None = None
    partner: str | None = None
    operator_id: str | None = None
    operator_name: str | None = None
    match: MatchKind | None = None
    authorisation: Authorisation | Validity | None = None
    """To another agency its validity only: dates and status."""
    measures: tuple[Measure, ...] = ()
    freshness: Freshness
    hints: tuple[str, ...] = ()
    rungs: tuple[RungDocument, ...] = ()
    valid_at: date | datetime
    known_at: datetime
    contact: str | None = None
    rule_version: int
    reference: str


def answer_document(
    answer: Answer, language: str = DEFAULT_LANGUAGE, *, brief: bool = False
) -> AnswerDocument:
    """Return an answer with all its texts.

    Args:
        answer: Any answer.
        language: BCP 47; one that is not known gives English.
        brief: Leave out next step, hints and rungs.
    """
    spoken = find_language(language)
    return AnswerDocument(
        verdict=answer.verdict,
        reason=answer.reason,
        sentence=spoken.say_all(answer.sentence),
        next_step="" if brief else spoken.say_all(answer.next_step),
        code=answer.code,
        normalised_code=answer.normalised_code,
        agreement=answer.agreement,
        partner=answer.partner,
        operator_id=answer.operator_id,
        operator_name=answer.operator_name,
        match=answer.match,
        authorisation=answer.authorisation,
        measures=answer.measures,
        freshness=answer.freshness,
        hints=() if brief else tuple(map(spoken.say, answer.hints)),
        rungs=() if brief else tuple(_rung(rung, spoken) for rung in answer.rungs),
        valid_at=answer.valid_at,
        known_at=answer.known_at,
        contact=answer.contact,
        rule_version=answer.rule_version,
        reference=answer.reference,
    )


def answer_json(answer: Answer, language: str = DEFAULT_LANGUAGE, *, brief: bool = False) -> bytes:
    """Return the one JSON document of an answer: `AnswerDocument`, fields in its order.

    Args:
        answer: Any answer.
        language: BCP 47; one that is not known gives English.
        brief: Leave out next step, hints and rungs.
    """
    return _ENCODE(answer_document(answer, language, brief=brief))


def _rung(rung: Rung, language: Language) -> RungDocument:
    return RungDocument(
        number=rung.number,
        question=language.text(f"rung.{rung.number}.question"),
        passed=rung.passed,
        evidence=language.say(rung.evidence),
    )
