"""Which keys sign for a partner: home's usual ones, or both kinds of a hybrid stream (SIG-4)."""

from collections.abc import Mapping
from datetime import datetime

from gateway.domain.errors import ConfigError
from gateway.domain.profiles import POST_QUANTUM, FeedKind, PartnerProfile
from gateway.ports.feed import Feed, Sealer


def sealer_for(feeds: Mapping[FeedKind, Feed], profile: PartnerProfile, now: datetime) -> Sealer:
    """Return what signs our lists and acknowledgements for a partner now.

    Raises:
        ConfigError: The stream is hybrid, and home has no second keys.
    """
    feed = feeds[profile.kind]
    if not profile.exchange.is_hybrid(now):
        return feed.sealer
    # SIG-4: better nothing signed than one signature where two were agreed on
    if feed.hybrid is None:
        message = f"no {POST_QUANTUM} keys for lists and acknowledgements to {profile.partner}"
        raise ConfigError(message, context={"partner": profile.partner})
    return feed.hybrid
