"""The home programme's own system over mutual TLS, against a registry on SQLite."""

from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest

from gateway.domain.parties import Purpose
from gateway.domain.profiles import FeedKind
from gateway.entrypoints.rpc.programme_server import make_server
from gateway.entrypoints.rpc.server import RpcServer
from gateway.exchange.grpc_feed.operator_codec import operator_to_pb
from gateway.pb.mra.programme.v1 import programme_pb2 as pb
from gateway.pb.mra.programme.v1.programme_pb2_grpc import HomeProgrammeStub
from gateway.pb.mra.types.v1 import operator_pb2
from gateway.services.home_desk import HomeDesk
from tests.fakes.desks import Doorkeeper
from tests.fakes.home import Home
from tests.fakes.partner_simulator import make_operator
from tests.fakes.rpc_calls import connected, refusal_of

DOOR = Doorkeeper()
SYSTEM = DOOR.client_tls("aeo-system", Purpose.PROGRAMME)
BORDER = DOOR.client_tls("border", Purpose.LOOKUP)
PARTNER = DOOR.client_tls("xb", Purpose.EXCHANGE, partner="XB")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path, FeedKind.GRPC)
    yield made
    made.close()


@pytest.fixture
def server(home: Home) -> Iterator[RpcServer]:
    desk = HomeDesk(home.store.home_programme, territory=("XA",))
    made = make_server(desk, DOOR.identify, tls=DOOR.server_tls(), listen="localhost:0")
    made.start()
    yield made
    made.stop(0)


@pytest.fixture
def stub(server: RpcServer) -> Iterator[HomeProgrammeStub]:
    with connected(server.port, SYSTEM) as connection:
        yield HomeProgrammeStub(connection)


def message(home: Home, operator_id: str = "XA000001") -> pb.HomeOperator:
    operator = make_operator(operator_id, on=home.clock.now).operator
    return pb.HomeOperator(operator=operator_to_pb(operator), consents=["XB", "XC"])


def test_an_operators_life_is_reported(stub: HomeProgrammeStub, home: Home) -> None:
    given = message(home)
    added = stub.ReportOperator(pb.ReportOperatorRequest(operator=given))
    assert (added.operator_id, added.outcome) == ("XA000001", pb.OUTCOME_ADDED)
    found = stub.GetOperator(pb.GetOperatorRequest(operator_id="XA000001"))
    assert (found.operator, list(found.consents)) == (given.operator, ["XB", "XC"])
    assert found.etag == added.etag
    suspended = pb.ReportStatusRequest(
        operator_id="XA000001",
        authorisation_id="XA000001-1",
        status=operator_pb2.STATUS_CODE_SUSPENDED,
        change_reason="audit",
        etag=added.etag,
    )
    suspended.effective_at.FromDatetime(home.clock.now)
    assert stub.ReportStatus(suspended).outcome == pb.OUTCOME_CHANGED
    removed = stub.RemoveOperator(
        pb.RemoveOperatorRequest(operator_id="XA000001", reason="moved away")
    )
    assert (removed.outcome, removed.etag) == (pb.OUTCOME_REMOVED, "")
    actors = {
        each.actor.name for each in home.store.audit.events() if each.action == "home.reported"
    }
    assert actors == {"caller aeo-system"}


def test_operators_are_listed_page_by_page(stub: HomeProgrammeStub, home: Home) -> None:
    for number in range(3):
        stub.ReportOperator(pb.ReportOperatorRequest(operator=message(home, f"XA00000{number}")))
    first = stub.ListOperators(pb.ListOperatorsRequest(page_size=2))
    assert [each.operator.id for each in first.operators] == ["XA000000", "XA000001"]
    rest = stub.ListOperators(
        pb.ListOperatorsRequest(page_size=2, page_token=first.next_page_token)
    )
    assert [each.operator.id for each in rest.operators] == ["XA000002"]
    assert rest.next_page_token == ""


def test_what_is_wrong_is_named(stub: HomeProgrammeStub, home: Home) -> None:
    given = message(home)
    for request, field in (
        (pb.ReportOperatorRequest(), "operator"),
        (pb.ReportOperatorRequest(operator=message(home, "XB000001")), "operator.id"),
        (pb.ReportOperatorRequest(operator=given, request_id="ä"), "request_id"),
    ):
        call = lambda request=request: stub.ReportOperator(request)  # noqa: E731 - one for each
        status, text, info = refusal_of(call)
        assert status is grpc.StatusCode.INVALID_ARGUMENT
        assert info is not None
        assert info.metadata["field"] == field
        assert field in text
    status, _, info = refusal_of(
        lambda: stub.ReportOperator(pb.ReportOperatorRequest(operator=given, etag="0"))
    )
    assert status is grpc.StatusCode.ABORTED


def test_pub_1_a_field_that_is_not_known_is_refused(stub: HomeProgrammeStub, home: Home) -> None:
    request = pb.ReportOperatorRequest(operator=message(home))
    # Field 99, a text.
    strange = pb.ReportOperatorRequest.FromString(request.SerializeToString() + b"\x9a\x06\x01x")
    status, text, _ = refusal_of(lambda: stub.ReportOperator(strange))
    assert status is grpc.StatusCode.INVALID_ARGUMENT
    assert "does not know" in text


@pytest.mark.parametrize("tls", [BORDER, PARTNER], ids=["border", "partner"])
def test_only_the_home_system_may_call(server: RpcServer, tls: object) -> None:
    with connected(server.port, tls) as connection:  # type: ignore[arg-type] # parametrised
        stub = HomeProgrammeStub(connection)
        for call in (
            lambda: stub.ListOperators(pb.ListOperatorsRequest()),
            lambda: stub.RemoveOperator(pb.RemoveOperatorRequest(operator_id="XA000001")),
        ):
            status, _, _ = refusal_of(call)
            assert status is grpc.StatusCode.PERMISSION_DENIED
