"""How old the partner's data is, and until when it may decide (ACC-9).

CURRENT until `NextUpdateDateTime`, LATE for the agreement's grace after it, then STALE. The health
of the sync is another scale (SYN-6).
"""

from datetime import datetime

from msgspec import Struct

from gateway.domain.agreements import Agreement
from gateway.domain.answers import Freshness, FreshnessClass
from gateway.domain.decisions import AcceptedHead
from gateway.domain.lists import ListHeader


def usable_until(header: ListHeader, agreement: Agreement) -> datetime:
    """Return the moment from which a list no longer decides.

    The earlier of next update plus the agreement's grace and issue plus its maximum age.
    """
    return min(header.next_update_at + agreement.grace, header.issued_at + agreement.max_age)


class ListAge(Struct, frozen=True):
    """How fresh one list is, prepared for any moment: the same object for every answer."""

    next_update_at: datetime
    usable_until: datetime
    forms: dict[FreshnessClass, Freshness]

    def at(self, moment: datetime) -> Freshness:
        """Return how fresh the list is at a moment."""
        return self.forms[_condition(moment, self.next_update_at, self.usable_until)]


def list_age(head: AcceptedHead, agreement: Agreement) -> ListAge:
    """Prepare how fresh the accepted list of an agreement is."""
    header = head.header
    until = usable_until(header, agreement)
    forms = {
        condition: Freshness(
            condition=condition,
            sequence=header.sequence,
            list_digest=head.list_digest,
            issued_at=header.issued_at,
            received_at=head.received_at,
            next_update_at=header.next_update_at,
            usable_until=until,
            signer=head.signer,
        )
        for condition in (FreshnessClass.CURRENT, FreshnessClass.LATE, FreshnessClass.STALE)
    }
    return ListAge(header.next_update_at, until, forms)


def freshness_at(head: AcceptedHead | None, agreement: Agreement, moment: datetime) -> Freshness:
    """Return how fresh the accepted list of an agreement is at a moment."""
    if head is None:
        return Freshness(condition=FreshnessClass.MISSING)
    return list_age(head, agreement).at(moment)


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
