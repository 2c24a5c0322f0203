"""Deny by default, over the wire: whoever is not registered reaches no method of any service."""

import socket
from collections.abc import Callable, Iterator

import grpc
import pytest
from google.protobuf.descriptor import MethodDescriptor
from msgspec.structs import replace

from gateway.domain.errors import ConfigError, LimitExceededError
from gateway.domain.parties import Caller, Limits, Purpose, Scope
from gateway.entrypoints.permissions import FULL_SCOPE_ONLY, PERMISSIONS
from gateway.entrypoints.rpc.charging import charged
from gateway.entrypoints.rpc.guard import Guard
from gateway.entrypoints.rpc.server import RpcServer, ServerOptions
from gateway.pb.mra.exchange.v1 import exchange_pb2
from gateway.pb.mra.lookup.v1 import lookup_pb2
from gateway.pb.mra.lookup.v1.lookup_pb2_grpc import LookupStub
from gateway.pb.mra.programme.v1 import programme_pb2
from gateway.ports.tls import ClientTls
from tests.fakes.callers import BORDER
from tests.fakes.desks import Doorkeeper
from tests.fakes.rpc_calls import connected, connected_unproven, refusal_of
from tests.fakes.sealed_lists import NOW
from tests.fakes.tls_peers import shown_by

DOOR = Doorkeeper()
STRANGER = DOOR.client_tls("stranger")
REGISTERED = {purpose: DOOR.client_tls(purpose.value, purpose, partner="XB") for purpose in Purpose}
METHODS = {
    f"/{service.full_name}/{method.name}": method
    for file in (exchange_pb2, lookup_pb2, programme_pb2)
    for service in file.DESCRIPTOR.services_by_name.values()
    for method in service.methods
}
CLOSED = [path for path in METHODS if path in PERMISSIONS]
REACHED: list[str] = []


def _by_bearer(token: str) -> Caller:
    return DOOR.by_bearer(token, now=NOW)


def _handler(path: str, method: MethodDescriptor) -> Callable[[object, object], object]:
    def reached(request: object, caller: object) -> object:
        del caller
        if method.client_streaming:
            list(request)  # type: ignore[call-overload] # an iterator, by the descriptor
        REACHED.append(path)
        return iter(()) if method.server_streaming else b""

    return reached


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, RpcServer]]:
    made: dict[str, RpcServer] = {}
    for path in CLOSED:
        service = METHODS[path].containing_service
        if service.full_name in made:
            continue
        handlers = {
            method.name: _handler(f"/{service.full_name}/{method.name}", method)
            for method in service.methods
            if f"/{service.full_name}/{method.name}" in PERMISSIONS
        }
        made[service.full_name] = RpcServer(
            listen="localhost:0",
            bearer_listen="localhost:0",
            tls=DOOR.server_tls(),
            service=service,
            handlers=handlers,
            ready=lambda: True,
            guard=Guard(identify=DOOR.identify, by_bearer=_by_bearer, longest_call=5),
            options=ServerOptions(threads=1),
        )
    for server in made.values():
        server.start()
    yield made
    for server in made.values():
        server.stop(0)


def _call(
    servers: dict[str, RpcServer], path: str, tls: ClientTls | None, bearer: str | None = None
) -> object:
    method = METHODS[path]
    server = servers[method.containing_service.full_name]
    metadata = () if bearer is None else (("authorization", bearer),)
    with (
        connected_unproven(server.bearer_port, STRANGER.authorities)
        if tls is None
        else connected(server.port, tls)
    ) as channel:
        kind = f"{'stream' if method.client_streaming else 'unary'}"
        kind += f"_{'stream' if method.server_streaming else 'unary'}"
        call = getattr(channel, kind)(path)
        request = iter([b""]) if method.client_streaming else b""
        response = call(request, timeout=10, metadata=metadata)
        return list(response) if method.server_streaming else response


@pytest.mark.parametrize("path", CLOSED)
def test_certificate_that_is_not_registered_reaches_nothing(
    servers: dict[str, RpcServer], path: str
) -> None:
    REACHED.clear()
    status, text, info = refusal_of(lambda: _call(servers, path, STRANGER))
    assert status is grpc.StatusCode.PERMISSION_DENIED
    assert info is not None
    assert info.reason == "NOT_PERMITTED"
    assert "stranger" not in text
    assert REACHED == []


@pytest.mark.parametrize("path", CLOSED)
def test_certificate_of_another_purpose_reaches_nothing_and_its_own_does(
    servers: dict[str, RpcServer], path: str
) -> None:
    REACHED.clear()
    for purpose, tls in REGISTERED.items():
        if purpose is not PERMISSIONS[path]:
            status, _, _ = refusal_of(lambda tls=tls: _call(servers, path, tls))  # type: ignore[misc]
            assert status is grpc.StatusCode.PERMISSION_DENIED
    assert REACHED == []
    _call(servers, path, REGISTERED[PERMISSIONS[path] or Purpose.LOOKUP])
    assert [path] == REACHED


@pytest.mark.parametrize("path", CLOSED)
@pytest.mark.parametrize("bearer", [None, "", "Bearer", "Bearer bad", "Basic good", "good"])
def test_without_a_certificate_only_a_good_token_reaches_anything(
    servers: dict[str, RpcServer], path: str, bearer: str | None
) -> None:
    REACHED.clear()
    DOOR.bearers["good"] = replace(BORDER, purposes=tuple(Purpose))
    status, _, info = refusal_of(lambda: _call(servers, path, None, bearer))
    assert status is grpc.StatusCode.UNAUTHENTICATED
    assert info is not None
    assert info.reason == ("TOKEN_REFUSED" if bearer == "Bearer bad" else "CREDENTIALS_MISSING")
    assert REACHED == []
    _call(servers, path, None, "bearer good")
    assert [path] == REACHED


@pytest.mark.parametrize("path", CLOSED)
def test_narrow_scope_reaches_decisions_and_not_what_tells_of_operators(
    servers: dict[str, RpcServer], path: str
) -> None:
    REACHED.clear()
    DOOR.bearers["narrow"] = replace(BORDER, scope=Scope.DECISION)
    is_open = PERMISSIONS[path] is Purpose.LOOKUP and path not in FULL_SCOPE_ONLY
    if is_open:
        _call(servers, path, None, "Bearer narrow")
    else:
        status, _, _ = refusal_of(lambda: _call(servers, path, None, "Bearer narrow"))
        assert status is grpc.StatusCode.PERMISSION_DENIED
    assert [path] * is_open == REACHED


def test_what_is_closed_to_the_narrow_are_methods() -> None:
    assert METHODS.keys() >= FULL_SCOPE_ONLY


def test_two_tokens_are_none(servers: dict[str, RpcServer]) -> None:
    DOOR.bearers["good"] = BORDER
    port = servers["mra.lookup.v1.Lookup"].bearer_port
    with connected_unproven(port, STRANGER.authorities) as channel:
        lookup = LookupStub(channel).Lookup
        twice = (("authorization", "Bearer good"),) * 2
        status, _, _ = refusal_of(
            lambda: lookup(lookup_pb2.LookupRequest(), timeout=10, metadata=twice)
        )
    assert status is grpc.StatusCode.UNAUTHENTICATED


def test_token_beside_a_certificate_is_not_looked_at(servers: dict[str, RpcServer]) -> None:
    DOOR.bearers["good"] = BORDER
    path = "/mra.lookup.v1.Lookup/Lookup"
    status, _, _ = refusal_of(lambda: _call(servers, path, STRANGER, "Bearer good"))
    assert status is grpc.StatusCode.PERMISSION_DENIED
    _call(servers, path, REGISTERED[Purpose.LOOKUP], "Bearer bad")


def two_ports(listen: str = "localhost:0", *, reuse_port: bool = False) -> RpcServer:
    return RpcServer(
        listen=listen,
        bearer_listen="localhost:0",
        tls=DOOR.server_tls(),
        service=lookup_pb2.DESCRIPTOR.services_by_name["Lookup"],
        handlers={
            path.rpartition("/")[2]: _handler(path, METHODS[path])
            for path in CLOSED
            if path.startswith("/mra.lookup.v1.Lookup/")
        },
        ready=lambda: True,
        guard=Guard(identify=DOOR.identify, by_bearer=_by_bearer, longest_call=5),
        options=ServerOptions(threads=1, reuse_port=reuse_port),
    )


def test_replaced_certificate_is_shown_on_both_ports() -> None:
    made = two_ports()
    made.start()
    try:
        ports = (made.port, made.bearer_port)
        before = [shown_by(f"localhost:{port}") for port in ports]
        made.replace_tls(Doorkeeper().server_tls())
        after = [shown_by(f"localhost:{port}") for port in ports]
        assert len({*before, *after}) == 2
        assert before[0] == before[1] != after[0] == after[1]
    finally:
        made.stop(0)


def test_calls_that_are_charged_count_one_each_and_are_refused_before_they_begin() -> None:
    begun: list[str] = []
    handlers = {"Ask": lambda request, caller: begun.append(f"{caller.name} {request}")}
    ask = charged(handlers, DOOR, lambda: NOW)["Ask"]
    DOOR.spent.clear()
    ask("whom", BORDER)
    with pytest.raises(LimitExceededError):
        ask("again", replace(BORDER, limits=Limits(rate=1)))
    assert begun == ["border whom"]
    assert DOOR.spent == [("border", 1), ("border", 1)]


def test_a_port_that_is_taken_is_told_as_such_and_the_library_says_nothing(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        listen = f"127.0.0.1:{other.getsockname()[1]}"
        for shares in (False, True):
            with pytest.raises(ConfigError) as caught:
                two_ports(listen, reuse_port=shares)
            assert caught.value.message == f"cannot listen on {listen}: the port is taken"
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("listen", "why"),
    [
        ("192.0.2.1:0", "this machine has no such address"),
        ("nowhere.invalid:0", "there is no such host"),
    ],
)
def test_an_address_that_is_none_of_ours_is_told_as_such(listen: str, why: str) -> None:
    with pytest.raises(ConfigError, match=f"cannot listen on {listen}: {why}"):
        two_ports(listen)


def test_processes_that_share_a_port_do_not_take_it_from_each_other() -> None:
    first = two_ports("127.0.0.1:0", reuse_port=True)
    try:
        second = two_ports(f"127.0.0.1:{first.port}", reuse_port=True)
        assert second.port == first.port
        second.stop(0)
        with pytest.raises(ConfigError, match="the port is taken"):
            two_ports(f"127.0.0.1:{first.port}")
    finally:
        first.stop(0)
