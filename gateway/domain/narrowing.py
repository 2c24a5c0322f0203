"""What a caller is shown of a finished answer.

Another agency acts on a decision; who the operator is, what else is held of it and why the ladder
stopped where it did is between customs administrations: data may serve mutual recognition only. So
a narrow answer is put together from what it may hold, and nothing falls through by being new.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from gateway.domain.answers import Answer, AnswerReason
from gateway.domain.next_steps import STEPS
from gateway.domain.operators import Authorisation, Status
from gateway.domain.parties import Scope

_FULL: Final = Scope.FULL

SENTENCES: Final[Mapping[AnswerReason, str]] = MappingProxyType(
    {
        AnswerReason.CODE_MALFORMED: "This is not a code of any agreement.",
        AnswerReason.NO_AGREEMENT: "There is no agreement with the issuer of this code.",
        AnswerReason.AGREEMENT_NOT_IN_FORCE: "The agreement is not in force on the date.",
        AnswerReason.AGREEMENT_SUSPENDED: "The agreement is suspended on the date.",
        AnswerReason.DATA_MISSING: "No list of the partner has been accepted yet.",
        AnswerReason.DATA_UNTRUSTED: "The partner's list cannot be trusted at the moment.",
        AnswerReason.DATA_STALE: "The partner's list is too old to decide by.",
        AnswerReason.NOT_LISTED: "No operator with this code is on the partner's list.",
        AnswerReason.ID_AMBIGUOUS: "The code does not point to one operator for certain.",
        AnswerReason.NAME_CONFLICT: "The declared name is not that of the operator.",
        AnswerReason.SUSPENDED: "The authorisation is suspended.",
        AnswerReason.REVOKED: "The authorisation is revoked.",
        AnswerReason.WITHDRAWN: "The authorisation is withdrawn.",
        AnswerReason.EXPIRED: "The authorisation does not last until the date.",
        AnswerReason.NOT_YET_EFFECTIVE: "The authorisation begins after the date.",
        AnswerReason.OPERATOR_UNUSABLE: "The partner's data on this operator cannot be used.",
        AnswerReason.RESTRICTED_PENDING_REVIEW: "This operator waits for an officer's decision.",
        AnswerReason.TYPE_NOT_COVERED: "The agreement does not cover this kind of authorisation.",
        AnswerReason.ROLE_NOT_COVERED: "The agreement does not cover the operator in this role.",
        AnswerReason.DIRECTION_NOT_COVERED: "The agreement does not cover this direction of trade.",
        AnswerReason.LOCAL_BLOCK: "Home has decided against facilitation here.",
        AnswerReason.RECOGNISED: "The authorisation is recognised on the date.",
    }
)
"""What is said of a reason to whoever may know no more; a test holds that none is missing."""


def narrowed(answer: Answer, scope: Scope) -> Answer:
    """Return what a caller with this scope is shown of a finished answer; costs FULL nothing.

    For DECISION: decision, reason, measures, agreement, validity (dates and status of the
    authorisation), freshness, the times, the reference. The code stays as it was asked. Left out
    are the operator, how it was found, the rungs with their evidence, the hints and the contact.
    Sentence and next step are those of the reason, the same for every operator.
    """
    if scope is _FULL:
        return answer
    return Answer(
        verdict=answer.verdict,
        reason=answer.reason,
        sentence=SENTENCES[answer.reason],
        next_step=STEPS[answer.reason],
        code=answer.code,
        agreement=answer.agreement,
        partner=answer.partner,
        authorisation=None if answer.authorisation is None else _validity(answer.authorisation),
        measures=answer.measures,
        freshness=answer.freshness,
        valid_at=answer.valid_at,
        known_at=answer.known_at,
        rule_version=answer.rule_version,
        reference=answer.reference,
    )


def _validity(held: Authorisation) -> Authorisation:
    """Return its dates and status; what names it or its holder is empty."""
    return Authorisation(
        id="",
        category="",
        programme="",
        issuing_office="",
        effective_at=held.effective_at,
        expires_at=held.expires_at,
        status=Status(code=held.status.code, effective_at=held.status.effective_at),
    )
