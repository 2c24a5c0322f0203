"""The decision ladder: is this declared code a partner's AEO, and what follows from it?

Nine rungs in order; the first that cannot be passed decides. `NO_GRANT` is a decided no;
`UNDETERMINED` means that nothing could be decided. Neither is a finding against the trader: the
fail-safe is normal controls, never refusal of entry, and every answer says so.
"""

from collections.abc import Callable
from datetime import date, datetime
from hashlib import sha256
from typing import Final

import msgspec
from msgspec import Struct

from gateway.domain.agreement_rungs import find_agreement, require_fresh, require_in_force
from gateway.domain.agreements import Measure
from gateway.domain.answers import Answer, AnswerReason, Question, Rung, Verdict
from gateway.domain.case import Case, Outcome, Stop
from gateway.domain.knowledge import HeldOperator, Knowledge
from gateway.domain.names import RULE_VERSION
from gateway.domain.next_steps import next_step
from gateway.domain.occasion import MISSING, Occasion, Standing
from gateway.domain.operator_rungs import (
    check_blocks,
    check_coverage,
    check_name,
    check_status,
    find_operator,
    name_measures,
)
from gateway.domain.reserved_codes import reserved_occasion
from gateway.domain.spans import in_words

LADDER: Final[tuple[tuple[int, str, Callable[[Case], Outcome]], ...]] = (
    (1, "which partner and scheme does the declared code belong to?", find_agreement),
    (2, "is the agreement in force on the date, and not suspended?", require_in_force),
    (3, "do we hold the partner's list, and is it fresh?", require_fresh),
    (4, "which operator is meant?", find_operator),
    (5, "does the declared name contradict?", check_name),
    (6, "are status and dates good on the date asked about?", check_status),
    (7, "are type, role and direction of trade covered?", check_coverage),
    (8, "has home blocked this operator?", check_blocks),
    (9, "which measures does the agreement grant?", name_measures),
)

_RECOGNISED: Final = AnswerReason.RECOGNISED
_GRANT: Final = Verdict.GRANT
_SHA256: Final = sha256()
_ENCODE = msgspec.json.Encoder(order="deterministic").encode
"""Keys of dicts sorted, fields as declared: canonical, because they are declared sorted."""

UNDETERMINED = frozenset(
    {
        AnswerReason.DATA_MISSING,
        AnswerReason.DATA_UNTRUSTED,
        AnswerReason.DATA_STALE,
        AnswerReason.ID_AMBIGUOUS,
        AnswerReason.NAME_CONFLICT,
        AnswerReason.OPERATOR_UNUSABLE,
        AnswerReason.RESTRICTED_PENDING_REVIEW,
    }
)
"""Reasons that leave the question open; all others but RECOGNISED are a decided no."""


class _Ground(Struct, frozen=True, kw_only=True, rename="camel", gc=False):
    """What a reference is the digest of, as far as many answers share it; sorted, see `_ENCODE`."""

    agreement: str | None
    known_at: datetime
    list_digest: str | None
    measures: tuple[Measure, ...]
    reason: AnswerReason
    rule_version: int
    sequence: int | None
    valid_at: date | datetime
    verdict: Verdict


class _Own(Struct, frozen=True, rename="camel", gc=False):
    """The rest of it; sorted."""

    authorisation_id: str | None
    operator_id: str | None
    question: Question


def recognise(question: Question, *, knowledge: Knowledge, known_at: datetime) -> Answer:
    """Decide what a partner's AEO status is worth for one declared code.

    Pure: the same question, knowledge and moment give the same answer, with the same reference.

    Args:
        question: What a border system asks.
        knowledge: What was known at `known_at`.
        known_at: The clock for a live question, an earlier moment for a replay.

    Raises:
        InvalidRequestError: The date asked about has no offset, or is outside the calendar.
        ConfigError: An agreement has an unusable pattern, check digit or time zone.
    """
    return decide(question, Occasion(knowledge, question.on, known_at))


def decide(question: Question, occasion: Occasion) -> Answer:
    """Decide as `recognise` does, on an occasion that other questions share.

    Raises:
        ConfigError: An agreement has an unusable pattern, check digit or time zone.
    """
    case = Case(question, occasion)
    if question.test:
        occasion = case.occasion = reserved_occasion(question.on, occasion.known_at)
    climbed: list[Rung] = []
    # ACC-9: our clock is behind an accepted list by more than the skew: nothing can be decided
    if occasion.is_clock_behind:
        return _conclude(case, (_failed(3, clock := _clock_is_behind(occasion.known_at)),), clock)
    for number, asked, climb in LADDER:
        outcome = climb(case)
        if isinstance(outcome, Stop):
            return _conclude(case, (*climbed, _failed(number, outcome)), outcome)
        climbed.append(Rung(number, asked, True, outcome))
    return _conclude(case, tuple(climbed), _recognised(case))


def reference_of(question: Question, answer: Answer) -> str:
    """Return the short digest by which an answer can be verified later.

    SHA-256 over the canonical JSON of what the answer rests on, then that of the question and of
    what it found; sentences and hints are left out, so that better wording changes no reference.
    """
    return _reference(question, answer, _ground_of(answer))


def _ground_of(answer: Answer) -> bytes:
    return _ENCODE(
        _Ground(
            agreement=answer.agreement,
            known_at=answer.known_at,
            list_digest=answer.freshness.list_digest,
            measures=answer.measures,
            reason=answer.reason,
            rule_version=answer.rule_version,
            sequence=answer.freshness.sequence,
            valid_at=answer.valid_at,
            verdict=answer.verdict,
        )
    )


def _reference(question: Question, answer: Answer, ground: bytes) -> str:
    authorisation = answer.authorisation
    authorisation_id = None if authorisation is None else authorisation.id
    # A copy of a digest costs a fifth of a new one.
    whole = _SHA256.copy()
    whole.update(ground + _ENCODE(_Own(authorisation_id, answer.operator_id, question)))
    return whole.digest()[:12].hex("-", 3)


def _clock_is_behind(known_at: datetime) -> Stop:
    sentence = (
        f"The clock of this gateway ({in_words(known_at)}) is behind the newest accepted list,"
        " so no age can be judged."
    )
    return Stop(AnswerReason.DATA_STALE, sentence)


def _failed(number: int, stop: Stop) -> Rung:
    return Rung(number, LADDER[number - 1][1], False, stop.sentence)


def _recognised(case: Case) -> Stop:
    category, partner = case.authorisation.category, case.standing.agreement.partner_name
    date = case.occasion.date
    sentence = f"{case.held.operator.id} holds {category} of {partner}, recognised on {date}."
    return Stop(_RECOGNISED, " ".join((sentence, *case.remarks)))


def _conclude(case: Case, rungs: tuple[Rung, ...], stop: Stop) -> Answer:
    verdict = _GRANT
    if stop.reason is not _RECOGNISED:
        verdict = Verdict.UNDETERMINED if stop.reason in UNDETERMINED else Verdict.NO_GRANT
    standing: Standing | None = getattr(case, "standing", None)
    held: HeldOperator | None = getattr(case, "held", None)
    agreement = None if standing is None else standing.agreement
    rules = None if standing is None else standing.rules
    answer = Answer(
        verdict=verdict,
        reason=stop.reason,
        sentence=stop.sentence,
        next_step=next_step(stop.reason, agreement),
        code=case.question.code,
        normalised_code=case.code or case.forms[0][0],
        agreement=None if agreement is None else agreement.id,
        partner=None if agreement is None else agreement.partner,
        operator_id=None if held is None else held.operator.id,
        operator_name=None if held is None else held.operator.names[0].text,
        match=case.match,
        authorisation=getattr(case, "authorisation", None),
        measures=rules.measures if rules is not None and verdict is _GRANT else (),
        freshness=MISSING if standing is None else standing.freshness,
        hints=stop.hints,
        rungs=rungs,
        valid_at=case.question.on or case.occasion.known_at,
        known_at=case.occasion.known_at,
        contact=None if agreement is None else agreement.contact,
        rule_version=RULE_VERSION,
    )
    # Nobody else has seen the answer yet; a copy with one more field would cost as much as itself.
    reference = _reference(case.question, answer, _kept_ground(answer, standing))
    msgspec.structs.force_setattr(answer, "reference", reference)
    return answer


def _kept_ground(answer: Answer, standing: Standing | None) -> bytes:
    """Return the ground of an answer: on one standing it depends on the reason alone."""
    if standing is None:
        return _ground_of(answer)
    ground = standing.grounds.get(answer.reason)
    if ground is None:
        ground = standing.grounds[answer.reason] = _ground_of(answer)
    return ground
