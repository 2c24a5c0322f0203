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
from gateway.domain.answers import Answer, AnswerReason, Basis, Question, Validity, Verdict
from gateway.domain.case import Case, Outcome, Stop
from gateway.domain.instants import second_in_hex
from gateway.domain.knowledge import HeldOperator, Knowledge
from gateway.domain.messages import Message
from gateway.domain.names import RULE_VERSION
from gateway.domain.occasion import MISSING, Begun, Occasion, Standing
from gateway.domain.operator_rungs import (
    check_blocks,
    check_coverage,
    check_name,
    check_status,
    find_operator,
    name_measures,
)
from gateway.domain.operators import Authorisation
from gateway.domain.reserved_codes import reserved_occasion
from gateway.domain.spans import in_words

LADDER: Final[tuple[Callable[[Case], Outcome], ...]] = (
    find_agreement,  # 1: which partner and scheme does the declared code belong to?
    require_in_force,  # 2: is the agreement in force on the date, and not suspended?
    require_fresh,  # 3: do we hold the partner's list, and is it fresh?
    find_operator,  # 4: which operator is meant?
    check_name,  # 5: does the declared name contradict?
    check_status,  # 6: are status and dates good on the date asked about?
    check_coverage,  # 7: are type, role and direction of trade covered?
    check_blocks,  # 8: has home blocked this operator?
    name_measures,  # 9: which measures does the agreement grant?
)

FRESHNESS: Final = 3
"""The rung that asks how old the list is."""
_RECOGNISED: Final = AnswerReason.RECOGNISED
_GRANT: Final = Verdict.GRANT
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
        InvalidRequestError: The time asked about has no offset, or is outside 1900 to 2099.
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
    evidence: list[Message] = []
    # ACC-9: our clock is behind an accepted list by more than the skew: nothing can be decided
    if occasion.is_clock_behind:
        behind = _clock_is_behind(occasion.known_at)
        return _conclude(case, [behind.sentence], behind, first_rung=FRESHNESS)
    for climb in LADDER:
        outcome = climb(case)
        # Not isinstance: for a Struct it asks the metaclass, at ten times the cost.
        if type(outcome) is Stop:
            evidence.append(outcome.sentence)
            return _conclude(case, evidence, outcome)
        evidence.append(outcome)
    return _conclude(case, evidence, _recognised(case))


def reference_of(question: Question, answer: Answer) -> str:
    """Return the short name by which an answer can be verified later.

    The second of the decision, so that references sort as time goes; then SHA-256 over the
    canonical JSON of what the answer rests on, and that of the question and of what it found.
    Messages are left out: neither language nor better wording changes a reference.
    """
    own = _Own(_id_of(answer.authorisation), answer.operator_id, question)
    return _reference(_begun(answer.basis), own)


def _begun(basis: Basis) -> Begun:
    ground = _Ground(
        agreement=basis.agreement,
        known_at=basis.known_at,
        list_digest=basis.freshness.list_digest,
        measures=basis.measures,
        reason=basis.reason,
        rule_version=basis.rule_version,
        sequence=basis.freshness.sequence,
        valid_at=basis.valid_at,
        verdict=basis.verdict,
    )
    return f"{second_in_hex(basis.known_at)}-", sha256(_ENCODE(ground))


def _reference(begun: Begun, own: _Own) -> str:
    second, ground = begun
    whole = ground.copy()
    whole.update(_ENCODE(own))
    return second + whole.digest()[:12].hex("-", 3)


def _id_of(held: Authorisation | Validity | None) -> str | None:
    return held.id if type(held) is Authorisation else None


def _clock_is_behind(known_at: datetime) -> Stop:
    return Stop(AnswerReason.DATA_STALE, Message("rung.3.clock", {"now": in_words(known_at)}))


def _recognised(case: Case) -> Stop:
    values = {
        "operator": case.held.operator.id,
        "type": case.authorisation.category,
        "partner": case.standing.agreement.partner_name,
        "date": case.occasion.date,
    }
    return Stop(_RECOGNISED, Message("answer.recognised", values))


def _conclude(case: Case, evidence: list[Message], stop: Stop, *, first_rung: int = 1) -> Answer:
    question, occasion, reason = case.question, case.occasion, stop.reason
    standing: Standing | None = getattr(case, "standing", None)
    held: HeldOperator | None = getattr(case, "held", None)
    authorisation: Authorisation | None = getattr(case, "authorisation", None)
    operator_id = None if held is None else held.operator.id
    bases = occasion.bases if standing is None else standing.bases
    settled = bases.get(reason)
    if settled is None:
        basis = _basis(occasion, standing, reason)
        settled = bases[reason] = (basis, _begun(basis))
    basis, begun = settled
    return Answer(
        basis=basis,
        # What was remarked on the way belongs to a grant; a stop says what stopped.
        sentence=(stop.sentence, *case.remarks) if reason is _RECOGNISED else (stop.sentence,),
        code=question.code,
        normalised_code=case.code or case.forms[0][0],
        operator_id=operator_id,
        operator_name=None if held is None else held.operator.names[0].text,
        match=case.match,
        authorisation=authorisation,
        hints=stop.hints,
        evidence=tuple(evidence),
        first_rung=first_rung,
        contact=None if standing is None else standing.agreement.contact,
        reference=_reference(begun, _Own(_id_of(authorisation), operator_id, question)),
    )


def _basis(occasion: Occasion, standing: Standing | None, reason: AnswerReason) -> Basis:
    verdict = _GRANT
    if reason is not _RECOGNISED:
        verdict = Verdict.UNDETERMINED if reason in UNDETERMINED else Verdict.NO_GRANT
    agreement = None if standing is None else standing.agreement
    rules = None if standing is None else standing.rules
    return Basis(
        verdict=verdict,
        reason=reason,
        agreement=None if agreement is None else agreement.id,
        partner=None if agreement is None else agreement.partner,
        measures=rules.measures if rules is not None and verdict is _GRANT else (),
        freshness=MISSING if standing is None else standing.freshness,
        valid_at=occasion.on or occasion.known_at,
        known_at=occasion.known_at,
        rule_version=RULE_VERSION,
        snapshot=occasion.knowledge.snapshot,
    )
