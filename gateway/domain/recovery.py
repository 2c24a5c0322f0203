"""How a recipient learns that it was restored from a backup (EXC-1)."""

from gateway.domain.acknowledgements import Acknowledgement


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
