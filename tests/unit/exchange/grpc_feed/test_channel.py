"""What arrives, part by part; the rest of the channel is tested over real connections."""

from collections.abc import Callable, Iterator
from hashlib import sha256

import grpc
import pytest

from gateway.domain.documents import Packaging, SealedList, Unverified
from gateway.domain.errors import ConfigError, TooLargeError, TransportError
from gateway.domain.profiles import Limits
from gateway.exchange.grpc_feed.channel import GrpcChannel
from gateway.exchange.grpc_feed.received_parts import ReceivedParts
from gateway.pb.mra.exchange.v1.exchange_pb2 import (
    GetChangesRequest,
    GetListHeadResponse,
    ListPart,
    SubmitListResponse,
)
from tests.fakes.desks import Doorkeeper
from tests.fakes.grpc_profiles import profile_at
from tests.fakes.sealed_lists import STREAM

DOCUMENT = ListPart(document=b"document")
CHUNK = ListPart(chunk=b"chunk")


def _receive(*parts: ListPart | None, limits: Limits | None = None) -> Unverified:
    received = ReceivedParts(limits=limits or Limits())
    for part in parts:
        received.add(part)
    return received.whole()


def test_parts_are_put_together_in_order() -> None:
    assert _receive(DOCUMENT, CHUNK, ListPart(chunk=b"2")) == Unverified(
        document=b"document", chunks=(b"chunk", b"2")
    )


NOTHING: dict[str, tuple[ListPart | None, ...]] = {
    "no part at all": (),
    "nothing from the library": (None,),
    "nothing after the document": (DOCUMENT, None),
    "part without content": (DOCUMENT, ListPart()),
    "empty document": (ListPart(document=b""),),
    "empty chunk": (DOCUMENT, ListPart(chunk=b"")),
    "chunk before the document": (CHUNK, DOCUMENT),
    "two documents": (DOCUMENT, DOCUMENT),
}


@pytest.mark.parametrize("parts", NOTHING.values(), ids=NOTHING.keys())
def test_syn_7_what_is_no_list_is_an_error(parts: tuple[ListPart | None, ...]) -> None:
    with pytest.raises(TransportError):
        _receive(*parts)


def test_acc_1_reading_stops_at_the_limit_of_bytes() -> None:
    with pytest.raises(TooLargeError):
        _receive(DOCUMENT, CHUNK, limits=Limits(max_body_bytes=10))


def test_acc_1_reading_stops_at_the_limit_of_chunks() -> None:
    with pytest.raises(TooLargeError):
        _receive(DOCUMENT, CHUNK, CHUNK, CHUNK, limits=Limits(max_operators=1))


class SilentStub:
    """What the library hands out when it could not read an answer: `answer` for every call."""

    def __init__(self, answer: object) -> None:
        self._answer = answer

    def __getattr__(self, method: str) -> Callable[..., object]:
        return lambda *_, **__: self._answer


def _channel(answer: object) -> GrpcChannel:
    channel = GrpcChannel(profile_at("localhost:1"), Doorkeeper().client_tls("xa"))
    channel.close()
    channel._stub = SilentStub(answer)  # type: ignore[assignment] # stands in for grpc
    return channel


SEALED = SealedList(packaging=Packaging.DSSE, document=b"x", head=b"x")
SILENCE: dict[str, tuple[object, Callable[[GrpcChannel], object]]] = {
    "no head": (None, lambda channel: channel.fetch_head(STREAM, None)),
    "head that says nothing": (
        GetListHeadResponse(),
        lambda channel: channel.fetch_head(STREAM, None),
    ),
    "head that says both": (
        GetListHeadResponse(document=b"x", none_issued=True),
        lambda channel: channel.fetch_head(STREAM, None),
    ),
    "no parts": ((), lambda channel: channel.fetch_list(STREAM, 1)),
    "a part that is nothing": ((None,), lambda channel: channel.fetch_list(STREAM, 1)),
    "changes that are nothing": (
        (None,),
        lambda channel: list(channel.fetch_changes(STREAM, 0)),
    ),
    "a chunk of no list": (
        (CHUNK,),
        lambda channel: list(channel.fetch_changes(STREAM, 0)),
    ),
    "a list without a document": (
        (ListPart(sequence=1),),
        lambda channel: list(channel.fetch_changes(STREAM, 0)),
    ),
    "no receipt of a push": (None, lambda channel: channel.submit_list(STREAM, SEALED)),
    "receipt without acknowledgement": (
        SubmitListResponse(),
        lambda channel: channel.submit_list(STREAM, SEALED),
    ),
    "no receipt of an acknowledgement": (
        None,
        lambda channel: channel.deliver_acknowledgement(STREAM, b"x"),
    ),
}


@pytest.mark.parametrize(("answer", "call"), SILENCE.values(), ids=SILENCE.keys())
def test_syn_7_silence_is_an_error(answer: object, call: Callable[[GrpcChannel], object]) -> None:
    with pytest.raises(TransportError, match="nothing that could be read"):
        call(_channel(answer))


ORDERS: dict[str, tuple[ListPart, ...]] = {
    "one that we have": (ListPart(document=b"x", sequence=1),),
    "one twice": (ListPart(document=b"x", sequence=2), ListPart(document=b"x", sequence=2)),
    "in another order": (ListPart(document=b"x", sequence=3), ListPart(document=b"x", sequence=2)),
    "without a sequence": (ListPart(document=b"x"),),
}


@pytest.mark.parametrize("parts", ORDERS.values(), ids=ORDERS.keys())
def test_syn_7_lists_come_once_and_in_order(parts: tuple[ListPart, ...]) -> None:
    with pytest.raises(TransportError, match="came after"):
        list(_channel(parts).fetch_changes(STREAM, 1))


def test_syn_7_a_list_that_is_begun_again_is_not_handed_on_by_half() -> None:
    begun = ListPart(document=b"document", sequence=1)
    coming = _channel((begun, CHUNK, begun, CHUNK, CHUNK)).fetch_changes(STREAM, 0)
    with pytest.raises(TransportError, match="list 1 came after list 1"):
        next(coming)


def test_syn_7_no_full_and_two_of_them_are_no_full() -> None:
    two = (ListPart(document=b"x", sequence=1), ListPart(document=b"y", sequence=2))
    for parts in ((), two):
        with pytest.raises(TransportError, match="not a FULL"):
            _channel(parts).fetch_full(STREAM)


class BrokenOff(grpc.RpcError):
    """What the library raises when a link breaks."""


class TricklingStub:
    """Brings one chunk, and breaks off, whenever it is asked."""

    def __init__(self) -> None:
        self.requests: list[GetChangesRequest] = []

    def GetChanges(self, request: GetChangesRequest, timeout: float) -> Iterator[ListPart]:  # noqa: N802 - as grpc names it
        assert timeout > 0
        self.requests.append(request)
        if len(self.requests) == 1:
            yield ListPart(document=b"document", sequence=2)
        yield CHUNK
        raise BrokenOff


def test_exc_2_a_link_that_breaks_again_and_again_is_given_up() -> None:
    channel, stub = _channel(None), TricklingStub()
    channel._stub = stub  # type: ignore[assignment] # stands in for grpc
    with pytest.raises(TransportError, match="9 times"):
        list(channel.fetch_changes(STREAM, 1))
    assert [request.since for request in stub.requests] == [1] * 9
    assert [request.resume.chunks for request in stub.requests] == list(range(9))
    assert stub.requests[1].resume.sequence == 2
    assert stub.requests[1].resume.document_digest == sha256(b"document").digest()


class DeadStub(TricklingStub):
    """Breaks off before it brings anything."""

    def GetChanges(self, request: GetChangesRequest, timeout: float) -> Iterator[ListPart]:  # noqa: N802 - as grpc names it
        assert timeout > 0
        self.requests.append(request)
        yield from ()
        raise BrokenOff


def test_exc_2_a_link_that_brings_nothing_is_not_tried_again_in_the_same_run() -> None:
    channel, stub = _channel(None), DeadStub()
    channel._stub = stub  # type: ignore[assignment] # stands in for grpc
    with pytest.raises(TransportError):
        list(channel.fetch_changes(STREAM, 1))
    assert len(stub.requests) == 1


def test_profile_without_endpoint_has_no_channel() -> None:
    with pytest.raises(ConfigError, match="XA"):
        GrpcChannel(profile_at(None), Doorkeeper().client_tls("xa"))
