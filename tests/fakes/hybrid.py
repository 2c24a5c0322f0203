"""Second keys, of ML-DSA-65, and profiles of hybrid streams (SIG-4)."""

from datetime import datetime

from msgspec.structs import replace

from gateway.domain.profiles import KeyUse, PartnerProfile, TrustAnchors
from tests.fakes.certificates import DAY, Issued, issue
from tests.fakes.partner_simulator import Keys


class SecondKeys:
    """One for lists, one for acknowledgements, of one administration."""

    def __init__(self, keys: Keys, now: datetime, *, number: int = 0) -> None:
        def second(use: str, at: int) -> Issued:
            return issue(
                f"{use} hybrid",
                kind="mldsa65",
                number=at,
                countries=(keys.country,),
                since=now - DAY,
                until=now + 400 * DAY,
            )

        self.lists = second("lists", 2 * number)
        self.acknowledgements = second("acknowledgements", 2 * number + 1)
        keys.sign_beside(self.lists.signing_key(), self.acknowledgements.signing_key())

    def registered(self, anchors: TrustAnchors, since: datetime) -> TrustAnchors:
        """Return a registration that wants these signatures too."""
        added = {KeyUse.LISTS: self.lists, KeyUse.ACKNOWLEDGEMENTS: self.acknowledgements}
        if anchors.use not in added:
            return anchors
        pinned = (*anchors.pinned, added[anchors.use].pem)
        return replace(anchors, pinned=pinned, hybrid_since=since)


def hybrid_from(partner: SecondKeys, profile: PartnerProfile, since: datetime) -> PartnerProfile:
    """Return a profile in which both sides sign twice from then on."""
    return replace(
        profile,
        trust=tuple(partner.registered(anchors, since) for anchors in profile.trust),
        exchange=replace(profile.exchange, hybrid_since=since),
    )
