"""The profile of a partner XA that exchanges over gRPC on loopback, as XH sees it."""

from gateway.domain.agreements import Agreement, Disclosure, Lifecycle
from gateway.domain.profiles import Endpoint, FeedKind, Limits, PartnerProfile, Schedule
from tests.fakes.sealed_lists import DAY


def profile_at(
    address: str | None, limits: Limits | None = None, *, watch_address: str | None = None
) -> PartnerProfile:
    endpoint = address and Endpoint(
        address=address, server_authorities=(), watch_address=watch_address
    )
    return PartnerProfile(
        agreement=Agreement(
            id="XH-XA",
            home="XH",
            partner="XA",
            partner_name="Xaland",
            state=Lifecycle.IN_FORCE,
            territory=("XA",),
            period=DAY,
            grace=DAY,
            max_age=DAY,
            max_next_update=DAY,
            disclosure=Disclosure(types=(), fields=()),
        ),
        kind=FeedKind.GRPC,
        endpoint=endpoint or None,
        schedule=Schedule(),
        limits=limits or Limits(),
    )
