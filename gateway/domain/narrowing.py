"""What a caller is shown of a finished answer.

Another agency acts on a decision; who the operator is, what else is held of it and why the ladder
stopped where it did is between customs administrations: data may serve mutual recognition only. So
a narrow answer is put together from what it may hold, and nothing falls through by being new.
"""

from typing import Final

from gateway.domain.answers import Answer, Validity
from gateway.domain.messages import Message
from gateway.domain.operators import Authorisation, Status
from gateway.domain.parties import Scope

_FULL: Final = Scope.FULL


def narrowed(answer: Answer, scope: Scope) -> Answer:
    """Return what a caller with this scope is shown of a finished answer; costs FULL nothing.

    For DECISION: decision, reason, measures, agreement, validity (dates and status of the
    authorisation), freshness, the times, the reference. The code stays as it was asked. Left out
    are the operator, how it was found, the rungs with their evidence, the hints and the contact.
    Sentence and next step are those of the reason, the same for every operator; what was not judged
    or may soon be otherwise is told as to everybody: who is told of a grant has to know its bounds.
    """
    if scope is _FULL:
        return answer
    held = answer.authorisation
    return Answer(
        basis=answer.basis,
        sentence=(Message(f"reason.{answer.reason}.meaning"), *answer.sentence[1:]),
        code=answer.code,
        authorisation=None if held is None else _validity(held),
        reference=answer.reference,
    )


def _validity(held: Authorisation | Validity) -> Validity:
    return Validity(
        effective_at=held.effective_at,
        expires_at=held.expires_at,
        status=Status(code=held.status.code, effective_at=held.status.effective_at),
    )
