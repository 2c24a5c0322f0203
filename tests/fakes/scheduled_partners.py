"""Partners that are asked by a schedule."""

from datetime import timedelta

from gateway.domain.profiles import Endpoint, FeedKind, PartnerProfile, Schedule
from gateway.store.engines import Store
from tests.fakes.clock import Clock
from tests.fakes.home import OFFICER, make_agreement

HOURLY = Schedule(every=timedelta(hours=1))


def make_partner(
    partner: str, schedule: Schedule = HOURLY, *, address: str = "127.0.0.1:1"
) -> PartnerProfile:
    """Make the profile of a partner that is asked by a schedule."""
    return PartnerProfile(
        agreement=make_agreement(id=f"XA-{partner}", partner=partner),
        kind=FeedKind.GRPC,
        endpoint=Endpoint(address=address, server_authorities=()),
        schedule=schedule,
    )


def apply(store: Store, *profiles: PartnerProfile) -> None:
    for profile in profiles:
        store.profiles.apply(profile, OFFICER, Clock().now)
