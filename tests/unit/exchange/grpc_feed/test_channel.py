"""What arrives, part by part; the rest of the channel is tested over real connections."""

from collections.abc import Callable

import pytest

from gateway.domain.agreements import Agreement, Disclosure, Lifecycle
from gateway.domain.documents import Packaging, SealedList, Unverified
from gateway.domain.errors import ConfigError, TooLargeError, TransportError
from gateway.domain.profiles import Endpoint, FeedKind, Limits, PartnerProfile, Schedule
from gateway.exchange.grpc_feed.channel import GrpcChannel
from gateway.exchange.grpc_feed.received_parts import ReceivedParts
from gateway.pb.mra.exchange.v1.exchange_pb2 import (
    GetListHeadResponse,
    ListPart,
    SubmitListResponse,
)
from tests.fakes.desks import Doorkeeper
from tests.fakes.sealed_lists import DAY, STREAM

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


def _profile(endpoint: Endpoint | None) -> PartnerProfile:
    return PartnerProfile(
        agreement=Agreement(
            id="XH-XA",
            home="XH",
            partner="XA",
            partner_name="Xaland",
            state=Lifecycle.IN_FORCE,
            territory=("XA",),
            period=DAY,
            grace=DAY,
            max_age=DAY,
            max_next_update=DAY,
            disclosure=Disclosure(types=(), fields=()),
        ),
        kind=FeedKind.GRPC,
        endpoint=endpoint,
        schedule=Schedule(),
    )


def _channel(answer: object) -> GrpcChannel:
    profile = _profile(Endpoint(address="localhost:1", server_authorities=()))
    channel = GrpcChannel(profile, Doorkeeper().client_tls("xa"))
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


def test_profile_without_endpoint_has_no_channel() -> None:
    with pytest.raises(ConfigError, match="XA"):
        GrpcChannel(_profile(None), Doorkeeper().client_tls("xa"))
