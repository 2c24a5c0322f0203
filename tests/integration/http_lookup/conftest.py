"""A lookup server on loopback, and who asks it."""

from collections.abc import Iterator

import httpx
import pytest

from gateway.domain.parties import Purpose
from gateway.entrypoints.http.lookup_server import make_app
from gateway.entrypoints.http.serving import HttpsServer, serve
from gateway.exchange.xml_feed.tls_context import client_context
from gateway.ports.tls import ClientTls
from tests.fakes.desks import Doorkeeper, FakeLookupDesk, make_clock


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
def server(desk: FakeLookupDesk, door: Doorkeeper) -> Iterator[HttpsServer]:
    running = serve(make_app(desk, door, make_clock()), "127.0.0.1:0", door.server_tls())
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
