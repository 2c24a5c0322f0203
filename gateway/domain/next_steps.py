"""What to do after each answer, in plain English. The fail-safe is normal controls."""

from typing import Final

from gateway.domain.agreements import Agreement
from gateway.domain.answers import AnswerReason

_RECOGNISED: Final = AnswerReason.RECOGNISED
_CONTROLS = "Apply normal controls"

STEPS = {
    AnswerReason.CODE_MALFORMED: f"{_CONTROLS}; compare the code with the document and ask again.",
    AnswerReason.NO_AGREEMENT: f"{_CONTROLS}; no agreement gives facilitation here.",
    AnswerReason.AGREEMENT_NOT_IN_FORCE: f"{_CONTROLS}; check the date that was asked about.",
    AnswerReason.AGREEMENT_SUSPENDED: f"{_CONTROLS} until the agreement is resumed.",
    AnswerReason.DATA_MISSING: (
        f"{_CONTROLS}; this is no finding against the operator. Ask again after the first list."
    ),
    AnswerReason.DATA_UNTRUSTED: (
        f"{_CONTROLS}; this is no finding against the operator. Ask again after the partner has "
        "sent its whole list under another key."
    ),
    AnswerReason.DATA_STALE: (
        f"{_CONTROLS}; this is no finding against the operator. Ask again after the next list."
    ),
    AnswerReason.NOT_LISTED: f"{_CONTROLS}; compare the code with the document and ask again.",
    AnswerReason.ID_AMBIGUOUS: f"{_CONTROLS}; ask the declarant for the code of the AEO itself.",
    AnswerReason.NAME_CONFLICT: f"{_CONTROLS}; let an officer compare the name with the code.",
    AnswerReason.SUSPENDED: f"{_CONTROLS} while the suspension lasts.",
    AnswerReason.REVOKED: f"{_CONTROLS}; the partner has revoked the authorisation.",
    AnswerReason.WITHDRAWN: f"{_CONTROLS}; the holder has given up the authorisation.",
    AnswerReason.EXPIRED: f"{_CONTROLS}; the operator may show a renewed authorisation.",
    AnswerReason.NOT_YET_EFFECTIVE: f"{_CONTROLS} until the authorisation begins.",
    AnswerReason.OPERATOR_UNUSABLE: (
        f"{_CONTROLS}; this is no finding against the operator. The partner must correct its list."
    ),
    AnswerReason.RESTRICTED_PENDING_REVIEW: f"{_CONTROLS} until an officer has decided.",
    AnswerReason.TYPE_NOT_COVERED: f"{_CONTROLS}; the AEO status is real but not covered.",
    AnswerReason.ROLE_NOT_COVERED: f"{_CONTROLS}; the AEO status does not count in this role.",
    AnswerReason.DIRECTION_NOT_COVERED: (
        f"{_CONTROLS}; the agreement does not cover this direction of trade."
    ),
    AnswerReason.LOCAL_BLOCK: f"{_CONTROLS}; home has decided against facilitation here.",
    AnswerReason.RECOGNISED: "Apply the measures named; all other controls stay as they are.",
}
"""By reason; a test holds that none is missing and that each but the grant names controls."""


def next_step(reason: AnswerReason, agreement: Agreement | None) -> str:
    """Return what to do, with the partner's contact desk if the agreement names one."""
    if agreement is None or agreement.contact is None or reason is _RECOGNISED:
        return STEPS[reason]
    return f"{STEPS[reason]} Contact desk: {agreement.contact}."
