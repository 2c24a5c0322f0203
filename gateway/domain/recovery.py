"""When a recipient needs a FULL, and how it learns that it was restored (SYN-5, EXC-1)."""

from typing import Final

from gateway.domain.acknowledgements import Acknowledgement, Outcome
from gateway.domain.decisions import ReasonCode

HEALED_BY_FULL: Final = frozenset(
    {ReasonCode.GAP, ReasonCode.ROOT_MISMATCH, ReasonCode.COUNT_MISMATCH}
)
"""Reasons that say: the recipient cannot follow from where it is."""


def wants_full(answer: Acknowledgement | None) -> bool:
    """Tell whether the list that was answered is to be followed by a FULL."""
    # SYN-5: gap, wrong root or wrong count are healed by a FULL
    return (
        answer is not None
        and answer.outcome is Outcome.REFUSED
        and any(reason.code in HEALED_BY_FULL for reason in answer.reasons)
    )


def is_from_the_future(
    held: Acknowledgement, newest: Acknowledgement | None, accepted: int
) -> bool:
    """Tell whether our own answer, as the publisher holds it, is later than all that we know.

    Args:
        held: Our answer, verified with our own certificate.
        newest: The answer that we made last, as far as we know.
        accepted: The sequence of the accepted list; 0 if there is none.
    """
    if newest is None:
        return held.sequence > accepted
    # An answer to an older list may come late: it was made before the one that we know.
    if held.acknowledged_at < newest.acknowledged_at:
        return False
    known = max(newest.sequence, accepted)
    is_revised = held.sequence == newest.sequence and held.revision > newest.revision
    return held.sequence > known or is_revised
