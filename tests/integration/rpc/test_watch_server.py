"""Watches over gRPC, on a server and port of their own (EXC-5)."""

from collections.abc import Iterator
from datetime import timedelta

import grpc
import pytest

from gateway.domain.errors import NotFoundError, NotPermittedError, TransportError
from gateway.domain.lists import Stream
from gateway.domain.parties import Caller, Purpose
from gateway.entrypoints.rpc.server import RpcServer
from gateway.entrypoints.rpc.watch_server import make_server, watch_options
from gateway.exchange.grpc_feed import head_watch
from gateway.exchange.grpc_feed.channel import GrpcChannel
from gateway.exchange.grpc_feed.codec import stream_to_pb
from gateway.pb.mra.exchange.v1 import exchange_pb2 as pb
from gateway.pb.mra.exchange.v1.exchange_pb2_grpc import HeadWatchStub
from gateway.ports.tls import ClientTls
from gateway.services.watching import HeadBoard, WatchDesk
from tests.fakes.desks import Doorkeeper
from tests.fakes.grpc_profiles import profile_at
from tests.fakes.rpc_calls import connected, refusal_of
from tests.fakes.sealed_lists import STREAM

DOOR = Doorkeeper()
PARTNER = DOOR.client_tls("xa", Purpose.EXCHANGE, partner="XA")
BORDER = DOOR.client_tls("border", Purpose.LOOKUP)


class Heads:
    def __init__(self) -> None:
        self.newest: bytes | None = b"head 1"
        self.acknowledgements: list[bytes | None] = []

    def __call__(
        self, caller: Caller, stream: Stream, acknowledgement: bytes | None
    ) -> tuple[bytes | None, bytes | None]:
        if (caller.partner, stream) != ("XA", STREAM):
            raise NotFoundError("no stream")
        self.acknowledgements.append(acknowledgement)
        return self.newest, None


@pytest.fixture
def heads() -> Heads:
    return Heads()


@pytest.fixture
def board() -> HeadBoard:
    return HeadBoard()


@pytest.fixture
def server(heads: Heads, board: HeadBoard) -> Iterator[RpcServer]:
    desk = WatchDesk(board, heads, beat=timedelta(seconds=0.3))
    server = make_server(
        desk,
        DOOR.identify,
        tls=DOOR.server_tls(),
        listen="localhost:0",
        options=watch_options(3),
    )
    server.start()
    yield server
    board.close()
    server.stop(1)


def _channel(server: RpcServer, tls: ClientTls = PARTNER) -> GrpcChannel:
    return GrpcChannel(profile_at("localhost:1", watch_address=f"localhost:{server.port}"), tls)


@pytest.fixture
def channel(server: RpcServer) -> Iterator[GrpcChannel]:
    channel = _channel(server)
    yield channel
    channel.close()


def test_exc_5_the_head_comes_on_opening_then_each_new_one_and_beats_between(
    channel: GrpcChannel, heads: Heads, board: HeadBoard
) -> None:
    watch = channel.watch_heads(STREAM, b"ours")
    first = next(watch)
    assert first is not None
    assert (first.document, heads.acknowledgements[0]) == (b"head 1", b"ours")
    assert next(watch) is None
    heads.newest = b"head 2"
    board.ring()
    second = next(each for each in watch if each is not None)
    assert second.document == b"head 2"


def test_exc_5_that_nothing_is_issued_is_a_beat(channel: GrpcChannel, heads: Heads) -> None:
    heads.newest = None
    watch = channel.watch_heads(STREAM, None)
    assert (next(watch), next(watch)) == (None, None)


def test_exc_5_a_newer_watch_of_the_partner_ends_the_older(
    server: RpcServer, channel: GrpcChannel
) -> None:
    older = channel.watch_heads(STREAM, None)
    next(older)
    other = _channel(server)
    newer = other.watch_heads(STREAM, None)
    next(newer)
    with pytest.raises(TransportError, match="aborted"):
        list(older)
    assert next(newer) is None
    other.close()


def test_exc_9_a_stream_of_others_is_not_found(server: RpcServer) -> None:
    request = pb.WatchHeadsRequest(stream=stream_to_pb(STREAM))
    request.stream.agreement = "XH-XC"
    with connected(server.port, PARTNER) as connection:
        stub = HeadWatchStub(connection)
        status, _, _ = refusal_of(lambda: list(stub.WatchHeads(request)))
    assert status is grpc.StatusCode.NOT_FOUND


def test_certificate_without_the_purpose_watches_nothing(server: RpcServer) -> None:
    channel = _channel(server, BORDER)
    with pytest.raises(NotPermittedError):
        next(channel.watch_heads(STREAM, None))
    channel.close()


def test_exc_5_a_silent_watch_is_given_up(server: RpcServer) -> None:
    request = pb.WatchHeadsRequest(stream=stream_to_pb(STREAM))
    with connected(server.port, PARTNER) as connection:
        call = HeadWatchStub(connection).WatchHeads(request)
        watch = head_watch.watch(call, 0.1)
        next(watch)
        with pytest.raises(TransportError, match=r"no beat for 0\.1 s"):
            next(watch)


def test_exc_5_the_end_of_the_process_ends_watches(channel: GrpcChannel, board: HeadBoard) -> None:
    watch = channel.watch_heads(STREAM, None)
    next(watch)
    board.close()
    with pytest.raises(TransportError, match="ended the watch"):
        list(watch)


def test_exc_5_closing_the_channel_ends_its_watch(channel: GrpcChannel) -> None:
    watch = channel.watch_heads(STREAM, None)
    next(watch)
    channel.close()
    with pytest.raises(TransportError):
        list(watch)
