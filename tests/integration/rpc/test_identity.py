from collections.abc import Callable, Iterator
from contextlib import contextmanager

import grpc
import pytest

from gateway.domain.parties import Purpose
from gateway.entrypoints.rpc import identity
from gateway.entrypoints.rpc.identity import CERTIFICATE_KEY, caller_of, certificates_of
from gateway.entrypoints.rpc.threads import CallThreads
from gateway.ports.tls import ClientTls
from tests.fakes.desks import Doorkeeper
from tests.fakes.rpc_calls import connected

DOOR = Doorkeeper()
BORDER = DOOR.client_tls("border", Purpose.LOOKUP)
PARTNER = DOOR.client_tls("xa", Purpose.EXCHANGE, partner="XA")
Tell = Callable[[grpc.ServicerContext], str]


@contextmanager
def telling(tell: Tell) -> Iterator[int]:
    """Serve one method that answers with what is told of the call."""
    tls = DOOR.server_tls()
    server = grpc.server(CallThreads(1))
    handler = grpc.unary_unary_rpc_method_handler(lambda _, context: tell(context).encode())
    server.add_registered_method_handlers("test.Identity", {"Tell": handler})  # type: ignore[attr-defined] # the stubs lack it
    credentials = grpc.ssl_server_credentials(
        [(tls.key, tls.certificate)], tls.client_authorities, require_client_auth=True
    )
    port = server.add_secure_port("localhost:0", credentials)
    server.start()
    try:
        yield port
    finally:
        server.stop(0).wait()


def told(port: int, tls: ClientTls) -> str:
    with connected(port, tls) as connection:
        answer: bytes = connection.unary_unary("/test.Identity/Tell", bytes, bytes)(b"", timeout=10)
    return answer.decode()


def name(context: grpc.ServicerContext) -> str:
    return caller_of(context, DOOR.identify).name


def test_two_connections_are_two_callers() -> None:
    with telling(name) as port:
        assert [told(port, tls) for tls in (BORDER, PARTNER, BORDER)] == ["border", "xa", "border"]


def test_certificates_are_those_of_the_public_method() -> None:
    def both(context: grpc.ServicerContext) -> str:
        shown: object = context.auth_context()[CERTIFICATE_KEY]
        return "same" if certificates_of(context) == shown else f"{shown!r}"

    assert identity._properties_of is not None
    with telling(both) as port:
        assert told(port, BORDER) == "same"


def test_without_the_inner_function_the_public_method_tells(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(identity, "_properties_of", None)
    with telling(name) as port:
        assert told(port, BORDER) == "border"
