"""Our answers as they are sent: in the form of the adapter that carries the stream now (STA-6)."""

from collections.abc import Mapping
from datetime import datetime

from msgspec.structs import replace

from gateway.domain.acknowledgements import SealedAcknowledgement
from gateway.domain.profiles import FeedKind, PartnerProfile
from gateway.ports.feed import Feed
from gateway.ports.registry import Registry
from gateway.services.sealing import sealer_for


class OwnAnswers:
    """Reads what we have answered to partners."""

    def __init__(self, registry: Registry, feeds: Mapping[FeedKind, Feed]) -> None:
        self._registry = registry
        self._feeds = feeds

    def newest(self, profile: PartnerProfile, now: datetime) -> SealedAcknowledgement | None:
        """Return our newest answer to a partner's lists, or none.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            ConfigError: As `fitting`.
        """
        newest = self._registry.newest_acknowledgement(profile.receives)
        return None if newest is None else self.fitting(profile, newest, now)

    def fitting(
        self, profile: PartnerProfile, sealed: SealedAcknowledgement, now: datetime
    ) -> SealedAcknowledgement:
        """Return an answer in the form that its partner can read.

        One that was made before the stream changed its adapter, or became hybrid, is signed anew
        and says the same.

        Raises:
            ConfigError: As `sealer_for`.
        """
        sealer = sealer_for(self._feeds, profile, now)
        if sealer.made(sealed.document):
            return sealed
        return replace(sealed, document=sealer.seal_acknowledgement(sealed.acknowledgement))
