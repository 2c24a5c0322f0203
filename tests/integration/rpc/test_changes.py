"""Changes over gRPC, with links that are cut in the middle of a chunk (EXC-2)."""

from collections.abc import Callable, Iterator
from hashlib import sha256
from threading import Condition

import pytest

from gateway.domain.documents import Unverified
from gateway.domain.errors import GoneError, InvalidRequestError, NotFoundError, TransportError
from gateway.domain.lists import StatusList
from gateway.domain.parties import Purpose
from gateway.domain.profiles import Limits
from gateway.entrypoints.rpc.exchange_server import make_server
from gateway.entrypoints.rpc.server import RpcServer
from gateway.exchange.grpc_feed.channel import GrpcChannel
from gateway.exchange.grpc_feed.codec import stream_to_pb
from gateway.exchange.grpc_feed.feed import GrpcFeed
from gateway.exchange.grpc_feed.received_parts import ReceivedParts
from gateway.pb.mra.exchange.v1 import exchange_pb2 as pb
from gateway.pb.mra.exchange.v1.exchange_pb2_grpc import ListExchangeStub
from tests.fakes.cutting_proxy import CuttingProxy
from tests.fakes.desks import Doorkeeper, FakePartnerDesk, make_clock
from tests.fakes.grpc_profiles import profile_at
from tests.fakes.rpc_calls import connected, refusal_of
from tests.fakes.sealed_lists import (
    NOW,
    STREAM,
    anchors_of,
    make_header,
    make_key,
    make_operators,
)

KEY = make_key()
FEED = GrpcFeed(KEY, make_key(use="acknowledgements"))
OPERATORS = make_operators(2_100)
FULL = FEED.sealer.seal_list(StatusList(make_header(OPERATORS), OPERATORS))
SMALL = FEED.sealer.seal_list(StatusList(make_header(OPERATORS[:2], 2), OPERATORS[:2]))
DOOR = Doorkeeper()
PARTNER = DOOR.client_tls("xa", Purpose.EXCHANGE, partner="XA")
FIRST = Unverified(document=FULL.document, chunks=FULL.chunks)
SECOND = Unverified(document=SMALL.document, chunks=SMALL.chunks)

Cut = Callable[..., tuple[GrpcChannel, CuttingProxy]]


@pytest.fixture
def desk() -> FakePartnerDesk:
    desk = FakePartnerDesk(FULL)
    desk.later[2] = SMALL
    return desk


@pytest.fixture
def server(desk: FakePartnerDesk) -> Iterator[RpcServer]:
    server = make_server(
        desk, DOOR.identify, make_clock(), tls=DOOR.server_tls(), listen="localhost:0"
    )
    server.start()
    yield server
    server.stop(0)


class Taken:
    """Counts the parts of lists that were taken, so that a link is cut after them, not under."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._count = 0
        self._rises = Condition()
        add = ReceivedParts.add

        def counted(parts: ReceivedParts, part: pb.ListPart | None) -> None:
            add(parts, part)
            with self._rises:
                self._count += 1
                self._rises.notify_all()

        monkeypatch.setattr(ReceivedParts, "add", counted)

    def wait(self, parts: int) -> None:
        with self._rises:
            assert self._rises.wait_for(lambda: self._count >= parts, timeout=20)


@pytest.fixture
def cut(server: RpcServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cut]:
    made: list[tuple[GrpcChannel, CuttingProxy]] = []
    taken = Taken(monkeypatch)

    def connect(*cut_after: int, brings: bool = True) -> tuple[GrpcChannel, CuttingProxy]:
        # Each connection that is cut brings one part.
        wait = taken.wait if brings else id
        proxy = CuttingProxy(server.port, *cut_after, wait=wait)
        channel = GrpcChannel(profile_at(f"localhost:{proxy.port}"), PARTNER)
        made.append((channel, proxy))
        return made[-1]

    yield connect
    for channel, proxy in made:
        channel.close()
        proxy.close()


def test_exc_2_every_list_after_a_sequence_comes_whole_and_in_order(cut: Cut) -> None:
    channel, _ = cut()
    assert list(channel.fetch_changes(STREAM, 0)) == [FIRST, SECOND]
    assert list(channel.fetch_changes(STREAM, 1)) == [SECOND]
    assert list(channel.fetch_changes(STREAM, 2)) == []


def test_exc_2_a_full_is_asked_for(cut: Cut) -> None:
    channel, _ = cut()
    assert channel.fetch_full(STREAM) == FIRST


def test_exc_2_links_cut_within_a_chunk_are_taken_up_after_the_last_whole_one(cut: Cut) -> None:
    size = len(FULL.chunks[0])
    channel, proxy = cut(10_000 + size // 2, 10_000 + size * 3 // 2)
    first, second = channel.fetch_changes(STREAM, 0)
    assert (first, second) == (FIRST, SECOND)
    assert proxy.connections == 3
    anchors = anchors_of(KEY)
    verified = FEED.opener.open(first, anchors, Limits(), NOW)
    assert FEED.opener.decode(verified, anchors, Limits()).operators == OPERATORS


def test_exc_2_a_full_that_is_cut_is_taken_up_too(cut: Cut) -> None:
    channel, proxy = cut(10_000 + len(FULL.chunks[0]) * 3 // 2)
    assert channel.fetch_full(STREAM) == FIRST
    assert proxy.connections == 2


def test_syn_7_a_link_that_brings_nothing_is_given_up(cut: Cut) -> None:
    channel, _ = cut(6_000, 6_000, 6_000, brings=False)
    with pytest.raises(TransportError):
        list(channel.fetch_changes(STREAM, 0))


def test_exc_2_a_list_that_is_another_one_now_is_not_put_together(server: RpcServer) -> None:
    request = pb.GetChangesRequest(stream=stream_to_pb(STREAM))
    request.resume.sequence, request.resume.chunks = 1, 1
    request.resume.document_digest = sha256(b"another").digest()
    with connected(server.port, PARTNER) as connection:
        _, _, info = refusal_of(lambda: list(ListExchangeStub(connection).GetChanges(request)))
    assert info is not None
    assert info.reason == GoneError.code


def test_exc_2_the_rest_of_a_list_and_what_follows_is_sent(server: RpcServer) -> None:
    request = pb.GetChangesRequest(stream=stream_to_pb(STREAM))
    request.resume.sequence, request.resume.chunks = 1, 2
    request.resume.document_digest = sha256(FULL.document).digest()
    with connected(server.port, PARTNER) as connection:
        parts = list(ListExchangeStub(connection).GetChanges(request))
    assert [part.WhichOneof("part") for part in parts] == ["chunk", "document", "chunk"]
    assert (parts[0].chunk, parts[1].sequence) == (FULL.chunks[2], 2)


@pytest.mark.parametrize(
    ("fields", "refused"),
    [
        ({"since": 1, "full": True}, InvalidRequestError.code),
        ({"resume": pb.Resume(sequence=9, document_digest=b"x")}, NotFoundError.code),
        ({"resume": pb.Resume(document_digest=b"x")}, NotFoundError.code),
        ({"resume": pb.Resume(sequence=2**63, document_digest=b"x")}, NotFoundError.code),
    ],
    ids=["both", "no such list", "no sequence", "no number"],
)
def test_requests_that_say_nothing_are_refused(
    server: RpcServer, fields: dict[str, object], refused: str
) -> None:
    request = pb.GetChangesRequest(stream=stream_to_pb(STREAM), **fields)  # type: ignore[arg-type]  # each of its type
    with connected(server.port, PARTNER) as connection:
        _, _, info = refusal_of(lambda: list(ListExchangeStub(connection).GetChanges(request)))
    assert info is not None
    assert info.reason == refused
