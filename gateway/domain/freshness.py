"""How old the partner's data is, and until when it may decide (ACC-9).

CURRENT until `NextUpdateDateTime`, LATE for the agreement's grace after it, then STALE. The health
of the sync is another scale (SYN-6).
"""

from datetime import datetime

from gateway.domain.agreements import Agreement
from gateway.domain.answers import Freshness, FreshnessClass
from gateway.domain.decisions import AcceptedHead
from gateway.domain.lists import ListHeader


def usable_until(header: ListHeader, agreement: Agreement) -> datetime:
    """Return the moment from which a list no longer decides.

    The earlier of next update plus the agreement's grace and issue plus its maximum age.
    """
    return min(header.next_update_at + agreement.grace, header.issued_at + agreement.max_age)


def freshness_at(head: AcceptedHead | None, agreement: Agreement, moment: datetime) -> Freshness:
    """Return how fresh the accepted list of an agreement is at a moment."""
    if head is None:
        return Freshness(condition=FreshnessClass.MISSING)
    header = head.header
    until = usable_until(header, agreement)
    return Freshness(
        condition=_condition(moment, header.next_update_at, until),
        sequence=header.sequence,
        list_digest=head.list_digest,
        issued_at=header.issued_at,
        received_at=head.received_at,
        next_update_at=header.next_update_at,
        usable_until=until,
        signer=head.signer,
    )


def newest_time(head: AcceptedHead) -> datetime:
    """Return the newest time that an accepted list proves to have passed."""
    return max(head.header.issued_at, head.received_at)


def _condition(moment: datetime, next_update_at: datetime, until: datetime) -> FreshnessClass:
    # The maximum age may end before the next update: STALE is judged first.
    if moment >= until:
        return FreshnessClass.STALE
    if moment >= next_update_at:
        return FreshnessClass.LATE
    return FreshnessClass.CURRENT
