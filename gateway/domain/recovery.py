"""How a recipient finds its way again: after a restore (EXC-1), and by a FULL (SYN-5)."""

from gateway.domain.acknowledgements import Acknowledgement
from gateway.domain.lists import Stream


def full_of(stream: Stream) -> str:
    """Name the job that asks for a FULL of a stream; a failed last run lets the stream wait."""
    return f"full {stream}"


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
