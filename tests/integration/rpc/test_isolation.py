"""One partner takes neither the threads of all others nor their time."""

from collections.abc import Iterator
from contextlib import ExitStack
from threading import Event, Semaphore

import grpc
import pytest

from gateway.domain.errors import BusyError, GatewayError, RateExceededError, TransportError
from gateway.domain.parties import Purpose
from gateway.entrypoints.rpc.exchange_server import make_server
from gateway.entrypoints.rpc.server import RpcServer, ServerOptions
from gateway.exchange.grpc_feed.channel import GrpcChannel
from gateway.exchange.grpc_feed.codec import stream_to_pb
from gateway.pb.mra.exchange.v1 import exchange_pb2 as pb
from gateway.pb.mra.exchange.v1.exchange_pb2_grpc import ListExchangeStub
from tests.fakes.desks import Doorkeeper, FakePartnerDesk, make_clock
from tests.fakes.grpc_profiles import profile_at
from tests.fakes.rpc_calls import connected, refusal_of
from tests.fakes.sealed_lists import STREAM

DOOR = Doorkeeper()
FLOODING = DOOR.client_tls("flooding", Purpose.EXCHANGE, partner="XC")
PARTNER = DOOR.client_tls("partner", Purpose.EXCHANGE, partner="XA")
THREADS = 8
OWN = THREADS // 4
TOO_MUCH = (
    BusyError("too much"),
    RateExceededError("too much", caller="partner", retry_after=60, limit="50 an hour"),
)
HEAD = pb.GetListHeadRequest(stream=stream_to_pb(STREAM))


@pytest.fixture
def desk() -> FakePartnerDesk:
    return FakePartnerDesk(None)


@pytest.fixture
def server(desk: FakePartnerDesk) -> Iterator[RpcServer]:
    server = make_server(
        desk,
        DOOR.identify,
        make_clock(),
        tls=DOOR.server_tls(),
        listen="localhost:0",
        options=ServerOptions(threads=THREADS, longest_call=30.0),
    )
    server.start()
    yield server
    server.stop(0)


def test_a_partner_that_begins_lists_and_never_ends_them_keeps_no_other_waiting(
    server: RpcServer,
) -> None:
    until = Event()

    def unending() -> Iterator[pb.SubmitListRequest]:
        until.wait(20)
        yield from ()

    with ExitStack() as open_channels:
        flooding = open_channels.enter_context(connected(server.port, FLOODING))
        partner = ListExchangeStub(open_channels.enter_context(connected(server.port, PARTNER)))
        ended = Semaphore(0)
        begun = [ListExchangeStub(flooding).SubmitList.future(unending()) for _ in range(40)]
        for call in begun:
            call.add_done_callback(lambda _: ended.release())
        assert all(ended.acquire(timeout=20) for _ in range(len(begun) - OWN))
        refused = [call.code() for call in begun if call.done()]
        assert refused == [grpc.StatusCode.RESOURCE_EXHAUSTED] * (len(begun) - OWN)
        assert partner.GetListHead(HEAD, timeout=10).none_issued
        status, _, info = refusal_of(lambda: ListExchangeStub(flooding).GetListHead(HEAD))
        assert status is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert info is not None
        assert info.reason == "BUSY"
        until.set()


@pytest.mark.parametrize("error", TOO_MUCH, ids=lambda error: error.code)
def test_a_partner_that_is_told_to_wait_tries_again_later(
    server: RpcServer, desk: FakePartnerDesk, error: GatewayError
) -> None:
    channel = GrpcChannel(profile_at(f"localhost:{server.port}"), PARTNER)
    desk.fail = error
    with pytest.raises(TransportError, match="too much"):
        channel.fetch_head(STREAM, None)
    assert channel.fetch_head(STREAM, None).document is None
    channel.close()
