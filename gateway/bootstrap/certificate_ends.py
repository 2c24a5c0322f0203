"""Until when there are certificates: home's own, as its files are now, and those of partners."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from gateway.bootstrap.own_keys import read_file
from gateway.config.settings import Settings
from gateway.domain.errors import ConfigError
from gateway.domain.profiles import PartnerProfile
from gateway.trust.validity import validity_of_certificates


def certificate_ends(
    settings: Settings, profiles: Sequence[PartnerProfile]
) -> dict[tuple[str, str], datetime]:
    """Return the end of the certificate that lasts longest, by whose it is and what for.

    Longest, because a successor is there before the old one ends; what cannot be read is left out.
    """
    ends: dict[tuple[str, str], datetime] = {}
    for owner, use, pem in (*_own(settings), *_partners(profiles)):
        try:
            found = validity_of_certificates(pem)
        except ConfigError:
            continue
        for end in (each.expires_at for each in found):
            if end is not None:
                ends[owner, use] = max(end, ends.get((owner, use), end))
    return ends


def _own(settings: Settings) -> Iterator[tuple[str, str, str]]:
    pairs = {
        "tls": settings.tls,
        "lists": settings.lists,
        "acknowledgements": settings.acknowledgements,
        "audit": settings.audit,
        "lists hybrid": settings.lists.hybrid,
        "acknowledgements hybrid": settings.acknowledgements.hybrid,
    }
    for use, pair in pairs.items():
        if pair is not None:
            try:
                yield settings.home, use, read_file(pair.certificate).decode("ascii", "replace")
            except ConfigError:
                continue


def _partners(profiles: Sequence[PartnerProfile]) -> Iterator[tuple[str, str, str]]:
    for profile in profiles:
        for anchors in profile.trust:
            for pem in (*anchors.pinned, *anchors.authorities):
                yield profile.partner, anchors.use.value, pem
        for pem in profile.endpoint.server_authorities if profile.endpoint else ():
            yield profile.partner, "server", pem
