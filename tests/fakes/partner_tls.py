"""TLS material and the profile of a partner XA on loopback, as its neighbour XB sees it."""

from datetime import timedelta
from pathlib import Path

from gateway.domain.agreements import Agreement, Disclosure, Lifecycle
from gateway.domain.profiles import Endpoint, FeedKind, Limits, PartnerProfile, Schedule
from gateway.ports.tls import ClientTls, ServerTls


def leaf(path: Path) -> str:
    """The first certificate of a PEM file."""
    end = "-----END CERTIFICATE-----"
    return path.read_text().partition(end)[0] + end


def client_tls(certificate: Path, authority: Path) -> ClientTls:
    return ClientTls(
        certificate=certificate.read_bytes(),
        key=certificate.with_suffix(".key").read_bytes(),
        authorities=authority.read_bytes(),
    )


def server_tls(certificate: Path, authority: Path | None = None) -> ServerTls:
    return ServerTls(
        certificate=certificate.read_bytes(),
        key=certificate.with_suffix(".key").read_bytes(),
        client_authorities=b"" if authority is None else authority.read_bytes(),
    )


def profile_of(address: str, *, limits: Limits | None = None) -> PartnerProfile:
    return PartnerProfile(
        agreement=Agreement(
            id="XA-XB",
            home="XB",
            partner="XA",
            partner_name="Customs of XA",
            state=Lifecycle.IN_FORCE,
            territory=("XA",),
            period=timedelta(days=1),
            grace=timedelta(days=1),
            max_age=timedelta(days=7),
            max_next_update=timedelta(days=7),
            disclosure=Disclosure(types=("AEOS",), fields=()),
        ),
        kind=FeedKind.XML,
        endpoint=Endpoint(address=address, server_authorities=()),
        schedule=Schedule(every=timedelta(hours=1)),
        limits=limits or Limits(fetch_timeout=timedelta(seconds=10)),
    )
