"""A lookup server on loopback, and who asks it."""

from collections.abc import Iterator

import httpx
import pytest
from litestar import Litestar
from msgspec import structs

from gateway.domain.operators import Name
from gateway.domain.parties import Purpose
from gateway.entrypoints.http.lookup_server import make_app
from gateway.entrypoints.http.serving import HttpsServer, serve
from gateway.exchange.xml_feed.tls_context import client_context
from gateway.ports.tls import ClientTls
from tests.fakes.desks import Doorkeeper, FakeLookupDesk, FakeRecord, make_clock
from tests.fakes.known_world import AGREEMENT, OPERATOR, START, head
from tests.fakes.lookup_ports import ProfilesInMemory, RegistryInMemory, profile
from tests.fakes.registry_desks import make_registry_desks
from tests.fakes.sealed_lists import DAY, NOW

PROFILE = profile(AGREEMENT)
OTHERS = [
    structs.replace(OPERATOR, id=f"XA000000000{n}", names=(Name(text=f"Harbour Freight {n}"),))
    for n in range(5)
]


@pytest.fixture(scope="session")
def door() -> Doorkeeper:
    return Doorkeeper()


@pytest.fixture(scope="session")
def border(door: Doorkeeper) -> ClientTls:
    return door.client_tls("border", Purpose.LOOKUP)


@pytest.fixture
def desk() -> FakeLookupDesk:
    return FakeLookupDesk()


@pytest.fixture
def registry() -> RegistryInMemory:
    """Holds two lists of one agreement; the second brings five operators more."""
    made = RegistryInMemory()
    for sequence, operators in ((41, [OPERATOR]), (42, [OPERATOR, *OTHERS])):
        received = NOW - (43 - sequence) * DAY
        accepted = head(
            sequence=sequence,
            issued_at=received,
            next_update_at=received + 2 * DAY,
            received_at=received,
        )
        made.apply(PROFILE.receives, accepted, *operators)
    return made


@pytest.fixture
def app(desk: FakeLookupDesk, registry: RegistryInMemory, door: Doorkeeper) -> Iterator[Litestar]:
    profiles = ProfilesInMemory((PROFILE, START))
    registry_desk, search = make_registry_desks(registry, profiles)
    search.refresh()
    yield make_app(desk, registry_desk, search, door, make_clock(), record=FakeRecord())
    search.close()


@pytest.fixture
def server(app: Litestar, door: Doorkeeper) -> Iterator[HttpsServer]:
    running = serve(app, "127.0.0.1:0", door.server_tls())
    running.start()
    yield running
    running.stop()


@pytest.fixture
def http(server: HttpsServer, border: ClientTls) -> Iterator[httpx.Client]:
    with connected(server, border) as client:
        yield client


def connected(server: HttpsServer, tls: ClientTls) -> httpx.Client:
    base = f"https://{server.address}"
    return httpx.Client(base_url=base, verify=client_context(tls), trust_env=False)
