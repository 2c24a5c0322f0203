"""How a list travels as a body or a file, by the packaging that a profile chooses."""

from msgspec import Struct

from gateway.domain.profiles import FeedKind, Limits, PartnerProfile
from gateway.exchange.xml_feed.replies import XML
from gateway.trust.container import MEDIA_TYPE


class ListForm(Struct, frozen=True, kw_only=True):
    """A form of lists."""

    media_type: str
    most_bytes: int


def form_of(profile: PartnerProfile) -> ListForm:
    """Return the form of the lists under a profile, both ways."""
    limits: Limits = profile.limits
    if profile.kind is FeedKind.ASICE:
        return ListForm(media_type=MEDIA_TYPE, most_bytes=limits.max_container_bytes)
    return ListForm(media_type=XML, most_bytes=limits.max_document_bytes)
