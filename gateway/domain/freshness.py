"""How old the partner's data is, and until when it may decide (ACC-9).

CURRENT until `NextUpdateDateTime`, LATE for the agreement's grace after it, then STALE. The health
of the sync is another scale (SYN-6).
"""

from datetime import datetime

from gateway.domain.agreements import Agreement
from gateway.domain.lists import ListHeader


def usable_until(header: ListHeader, agreement: Agreement) -> datetime:
    """Return the moment from which a list no longer decides.

    The earlier of next update plus the agreement's grace and issue plus its maximum age.
    """
    return min(header.next_update_at + agreement.grace, header.issued_at + agreement.max_age)
