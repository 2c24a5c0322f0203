"""Agreements, operators and search over gRPC."""

from collections.abc import Iterator

import grpc
import pytest
from msgspec import structs

from gateway.domain.operators import Name
from gateway.domain.parties import Purpose
from gateway.entrypoints.rpc.lookup_server import make_server
from gateway.pb.mra.lookup.v1 import lookup_pb2 as pb
from gateway.pb.mra.lookup.v1.lookup_pb2_grpc import LookupStub
from gateway.services.search import SearchDesk
from tests.fakes.desks import Doorkeeper, FakeLookupDesk, FakeRecord, make_clock
from tests.fakes.known_world import AGREEMENT, OPERATOR, START, head
from tests.fakes.lookup_ports import ProfilesInMemory, RegistryInMemory, profile
from tests.fakes.registry_desks import make_registry_calls
from tests.fakes.rpc_calls import connected, refusal_of
from tests.fakes.sealed_lists import DAY, NOW

DOOR = Doorkeeper()
BORDER = DOOR.client_tls("border", Purpose.LOOKUP)
PARTNER = DOOR.client_tls("xa", Purpose.EXCHANGE, partner="XA")
PROFILE = profile(AGREEMENT)
BEFORE = structs.replace(OPERATOR, names=(Name(text="Northwind Pottery"),))
OTHERS = [
    structs.replace(OPERATOR, id=f"XA000000000{n}", names=(Name(text=f"Harbour Freight {n}"),))
    for n in range(5)
]


@pytest.fixture
def registry() -> RegistryInMemory:
    made = RegistryInMemory()
    for sequence, operators in ((41, [BEFORE]), (42, [OPERATOR, *OTHERS])):
        received = NOW - (43 - sequence) * DAY
        header = head(
            sequence=sequence,
            issued_at=received,
            next_update_at=received + 2 * DAY,
            received_at=received,
        )
        made.apply(PROFILE.receives, header, *operators)
    return made


@pytest.fixture
def made(registry: RegistryInMemory) -> Iterator[tuple[LookupStub, SearchDesk]]:
    calls, search = make_registry_calls(registry, ProfilesInMemory((PROFILE, START)))
    server = make_server(
        FakeLookupDesk(),
        DOOR,
        make_clock(),
        calls,
        record=FakeRecord(),
        tls=DOOR.server_tls(),
        listen="localhost:0",
    )
    server.start()
    with connected(server.port, BORDER) as connection:
        yield LookupStub(connection), search
    with connected(server.port, PARTNER) as connection:
        stub = LookupStub(connection)
        for call in (
            lambda: stub.ListAgreements(pb.ListAgreementsRequest()),
            lambda: stub.GetOperator(pb.GetOperatorRequest(operator_id=OPERATOR.id)),
            lambda: stub.SearchOperators(pb.SearchOperatorsRequest(query="harbour")),
        ):
            assert refusal_of(call)[0] is grpc.StatusCode.PERMISSION_DENIED
    server.stop(0)


@pytest.fixture
def stub(made: tuple[LookupStub, SearchDesk]) -> LookupStub:
    return made[0]


def test_agreements_tell_what_is_recognised_and_how_fresh_it_is(stub: LookupStub) -> None:
    (view,) = stub.ListAgreements(pb.ListAgreementsRequest()).agreements
    assert (view.id, view.partner, view.state) == ("XH-XA", "XA", "in force")
    assert list(view.types) == ["GOLD", "SILVER"]
    assert list(view.directions) == [pb.DIRECTION_IMPORT, pb.DIRECTION_EXPORT]
    assert view.measures[0].parameters["factor"] == "0.2"
    assert list(view.code_patterns) == ["^XA[0-9]{10}$"]
    assert view.in_force_at.ToSeconds() == int(START.timestamp())
    assert not view.HasField("in_force_until")
    assert view.freshness.sequence == 42
    assert view.freshness.condition == pb.FRESHNESS_CLASS_CURRENT


def test_operator_comes_with_its_history_newest_first(stub: LookupStub) -> None:
    found = stub.GetOperator(pb.GetOperatorRequest(operator_id=OPERATOR.id))
    assert (found.agreement, found.operator.id, found.listed) == ("XH-XA", OPERATOR.id, True)
    assert [version.from_sequence for version in found.history] == [42, 41]
    assert found.history[1].operator.names[0].text == "Northwind Pottery"
    assert not found.history[0].HasField("known_until")
    assert found.history[1].known_until == found.history[0].known_from


def test_operator_that_nobody_listed_is_not_found(stub: LookupStub) -> None:
    request = pb.GetOperatorRequest(operator_id="XA9999999999")
    assert refusal_of(lambda: stub.GetOperator(request))[0] is grpc.StatusCode.NOT_FOUND


def test_search_is_unavailable_until_it_is_built_then_pages(
    made: tuple[LookupStub, SearchDesk],
) -> None:
    stub, search = made
    request = pb.SearchOperatorsRequest(query="harbor freight", page_size=2)
    status, _, info = refusal_of(lambda: stub.SearchOperators(request))
    assert status is grpc.StatusCode.UNAVAILABLE
    assert info is not None
    assert info.metadata["retryable"] == "true"
    search.refresh()
    found: list[pb.FoundOperator] = []
    while True:
        page = stub.SearchOperators(request)
        found += page.operators
        request.page_token = page.next_page_token
        if not page.next_page_token:
            break
    assert [one.operator_id for one in found] == [one.id for one in OTHERS]
    assert list(found[0].why) == ["name"]
    assert 50 <= found[0].score < 100


def test_what_cannot_be_searched_is_named(stub: LookupStub) -> None:
    for request in (
        pb.SearchOperatorsRequest(query=""),
        pb.SearchOperatorsRequest(query="harbour", page_size=-1),
    ):
        status, _, info = refusal_of(lambda request=request: stub.SearchOperators(request))  # type: ignore[misc]  # bound here
        assert status is grpc.StatusCode.INVALID_ARGUMENT
        assert info is not None
        assert info.metadata["field"] in {"query", "page_size"}
