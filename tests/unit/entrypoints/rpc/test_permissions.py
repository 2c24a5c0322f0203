import pytest
from google.protobuf.descriptor import ServiceDescriptor

from gateway.domain.errors import ConfigError, NotPermittedError
from gateway.domain.parties import Caller, Purpose
from gateway.entrypoints.permissions import PERMISSIONS, require_complete, require_purpose
from gateway.entrypoints.rpc import exchange_server, lookup_server
from gateway.entrypoints.rpc.guard import Guard
from tests.fakes.desks import Doorkeeper
from tests.fakes.sealed_lists import NOW

CALLER = Caller(name="xa", fingerprint="ab", purposes=(Purpose.EXCHANGE,), added_at=NOW)


@pytest.mark.parametrize("service", [exchange_server.SERVICE, lookup_server.SERVICE])
def test_every_method_of_the_contract_has_a_row(service: ServiceDescriptor) -> None:
    methods = {f"/{service.full_name}/{method.name}" for method in service.methods}
    assert methods == {row for row in PERMISSIONS if row.startswith(f"/{service.full_name}/")}


def test_only_health_asks_for_nobody() -> None:
    free = {method for method, purpose in PERMISSIONS.items() if purpose is None}
    assert all(method.startswith("/grpc.health.v1.Health/") for method in free)


def test_method_without_a_row_stops_the_start() -> None:
    with pytest.raises(ConfigError, match="Two"):
        require_complete(["/a.B/One", "/a.B/Two"], {"/a.B/One": None})


def test_row_without_a_method_stops_the_start() -> None:
    with pytest.raises(ConfigError, match="Two"):
        require_complete(["/a.B/One"], {"/a.B/One": None, "/a.B/Two": None})


def test_rows_of_services_that_are_not_served_do_not_matter() -> None:
    require_complete(["/a.B/One"], {"/a.B/One": None, "/c.D/Two": None})


def test_server_with_a_method_too_few_does_not_start() -> None:
    guard = Guard(identify=Doorkeeper().identify, longest_call=1)
    with pytest.raises(ConfigError, match="BatchLookup"):
        guard.wrap(lookup_server.SERVICE, {"Lookup": print})


def test_purpose_is_asked_for() -> None:
    require_purpose(CALLER, Purpose.EXCHANGE)
    with pytest.raises(NotPermittedError, match="lookup"):
        require_purpose(CALLER, Purpose.LOOKUP)
