"""How fresh the data of each agreement is: what operations watch, beside what decisions rest on."""

from datetime import datetime

from msgspec import Struct

from gateway.domain.agreements import Agreement, Lifecycle
from gateway.domain.answers import Freshness, FreshnessClass

DECIDES = frozenset({FreshnessClass.CURRENT, FreshnessClass.LATE})
"""Data that lookups decide on."""


class DataFreshness(Struct, frozen=True, kw_only=True):
    """The data of one agreement."""

    agreement: str
    partner: str
    is_in_force: bool
    """Lookups are to be decided under it now; else its data is not missed."""
    freshness: Freshness

    @property
    def is_missed(self) -> bool:
        """Tell whether decisions wait for data."""
        return self.is_in_force and self.freshness.condition not in DECIDES


def data_freshness(agreement: Agreement, freshness: Freshness, moment: datetime) -> DataFreshness:
    """Tell how fresh an agreement's data is."""
    dates = agreement.in_force
    return DataFreshness(
        agreement=agreement.id,
        partner=agreement.partner,
        is_in_force=agreement.state is Lifecycle.IN_FORCE
        and dates is not None
        and dates.covers(moment),
        freshness=freshness,
    )
