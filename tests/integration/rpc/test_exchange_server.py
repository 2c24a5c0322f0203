from collections.abc import Iterator
from datetime import timedelta
from threading import Event
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from gateway.domain.documents import SealedList, Unverified
from gateway.domain.errors import (
    ConfigError,
    DatabaseUnavailableError,
    InvalidRequestError,
    NotFoundError,
    NotPermittedError,
    SignatureError,
    TooLargeError,
    TransportError,
)
from gateway.domain.lists import StatusList
from gateway.domain.parties import Purpose
from gateway.domain.profiles import Limits
from gateway.entrypoints.rpc.exchange_server import make_server
from gateway.entrypoints.rpc.server import RpcServer, ServerOptions
from gateway.exchange.grpc_feed.channel import GrpcChannel
from gateway.exchange.grpc_feed.codec import stream_to_pb
from gateway.exchange.grpc_feed.feed import GrpcFeed
from gateway.exchange.request_ids import current
from gateway.pb.mra.exchange.v1 import exchange_pb2 as pb
from gateway.pb.mra.exchange.v1.exchange_pb2_grpc import ListExchangeStub
from gateway.pb.mra.types.v1 import list_pb2
from gateway.ports.feed import PublishedHead
from gateway.ports.tls import ClientTls
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
SEALED = FEED.sealer.seal_list(StatusList(make_header(OPERATORS), OPERATORS))
DOOR = Doorkeeper()
PARTNER = DOOR.client_tls("xa", Purpose.EXCHANGE, partner="XA")
OTHER = DOOR.client_tls("xb", Purpose.EXCHANGE, partner="XB")
BORDER = DOOR.client_tls("border", Purpose.LOOKUP)
UNKNOWN = DOOR.client_tls("unknown")
FOREIGN = Doorkeeper().client_tls("foreign")


@pytest.fixture
def desk() -> FakePartnerDesk:
    return FakePartnerDesk(SEALED)


@pytest.fixture
def server(desk: FakePartnerDesk) -> Iterator[RpcServer]:
    server = make_server(
        desk,
        DOOR.identify,
        make_clock(),
        tls=DOOR.server_tls(),
        listen="localhost:0",
        limits=Limits(max_body_bytes=2 * 1024**2),
        options=ServerOptions(threads=2, longest_call=2.0),
    )
    server.start()
    yield server
    server.stop(0)


def _channel(
    server: RpcServer, tls: ClientTls = PARTNER, limits: Limits | None = None
) -> GrpcChannel:
    return GrpcChannel(profile_at(f"localhost:{server.port}", limits), tls)


@pytest.fixture
def channel(server: RpcServer) -> Iterator[GrpcChannel]:
    channel = _channel(server)
    yield channel
    channel.close()
    channel.close()


def test_list_travels_byte_for_byte(channel: GrpcChannel) -> None:
    received = channel.fetch_list(STREAM, 1)
    assert (received.document, received.chunks) == (SEALED.document, SEALED.chunks)
    anchors = anchors_of(KEY)
    verified = FEED.opener.open(received, anchors, Limits(), NOW)
    assert FEED.opener.decode(verified, anchors, Limits()).operators == OPERATORS


def test_head_travels_byte_for_byte(channel: GrpcChannel, desk: FakePartnerDesk) -> None:
    assert channel.fetch_head(STREAM, b"ours") == PublishedHead(
        document=Unverified(document=SEALED.head), held=b"ours"
    )
    assert desk.callers == ["xa"]


def test_nothing_issued_is_told_apart_from_nothing_received(
    channel: GrpcChannel, desk: FakePartnerDesk
) -> None:
    desk.sealed = None
    assert channel.fetch_head(STREAM, None).document is None


def test_pushed_list_arrives_and_is_answered(channel: GrpcChannel, desk: FakePartnerDesk) -> None:
    assert channel.submit_list(STREAM, SEALED) == desk.answer
    assert desk.submitted == [Unverified(document=SEALED.document, chunks=SEALED.chunks)]


def test_acknowledgement_arrives(channel: GrpcChannel, desk: FakePartnerDesk) -> None:
    channel.deliver_acknowledgement(STREAM, b"answer")
    assert desk.acknowledged == [b"answer"]


def test_exc_9_stream_of_another_partner_is_answered_as_one_that_does_not_exist(
    server: RpcServer,
) -> None:
    request = pb.GetListHeadRequest(stream=stream_to_pb(STREAM))
    nowhere = pb.GetListHeadRequest(stream=stream_to_pb(STREAM))
    nowhere.stream.agreement = "XH-XC"
    with connected(server.port, OTHER) as other:
        stub = ListExchangeStub(other)
        seen = refusal_of(lambda: stub.GetListHead(request))
        assert seen == refusal_of(lambda: stub.GetListHead(nowhere))
    assert seen[0] is grpc.StatusCode.NOT_FOUND
    channel = _channel(server, OTHER)
    with pytest.raises(NotFoundError):
        channel.fetch_list(STREAM, 1)
    channel.close()


@pytest.mark.parametrize("tls", [BORDER, UNKNOWN], ids=["for lookups only", "not registered"])
def test_certificate_without_the_purpose_is_refused(server: RpcServer, tls: ClientTls) -> None:
    channel = _channel(server, tls)
    with pytest.raises(NotPermittedError):
        channel.fetch_head(STREAM, None)
    with pytest.raises(NotPermittedError):
        channel.fetch_list(STREAM, 1)
    with pytest.raises(NotPermittedError):
        channel.submit_list(STREAM, SEALED)
    with pytest.raises(NotPermittedError):
        channel.deliver_acknowledgement(STREAM, b"answer")
    channel.close()


def test_revoked_caller_is_refused_at_the_next_call(server: RpcServer) -> None:
    tls = DOOR.client_tls("soon revoked", Purpose.EXCHANGE, partner="XA")
    channel = _channel(server, tls)
    assert channel.fetch_head(STREAM, None).document
    DOOR.callers.popitem()
    with pytest.raises(NotPermittedError):
        channel.fetch_head(STREAM, None)
    channel.close()


def test_certificate_of_an_unknown_authority_does_not_get_in(server: RpcServer) -> None:
    foreign = ClientTls(
        certificate=FOREIGN.certificate, key=FOREIGN.key, authorities=PARTNER.authorities
    )
    channel = _channel(server, foreign)
    with pytest.raises(TransportError):
        channel.fetch_head(STREAM, None)
    channel.close()


def test_server_of_an_unknown_authority_is_not_believed(server: RpcServer) -> None:
    mistrusting = ClientTls(
        certificate=PARTNER.certificate, key=PARTNER.key, authorities=FOREIGN.authorities
    )
    channel = _channel(server, mistrusting)
    with pytest.raises(TransportError):
        channel.fetch_head(STREAM, None)
    channel.close()


def test_caller_without_a_certificate_does_not_get_in(server: RpcServer) -> None:
    credentials = grpc.ssl_channel_credentials(PARTNER.authorities)
    with grpc.secure_channel(f"localhost:{server.port}", credentials) as bare:
        stub = health_pb2_grpc.HealthStub(bare)
        status, _, _ = refusal_of(lambda: stub.Check(health_pb2.HealthCheckRequest()))
    assert status is grpc.StatusCode.UNAVAILABLE


def test_refusal_keeps_its_class_and_facts(channel: GrpcChannel, desk: FakePartnerDesk) -> None:
    desk.fail = SignatureError("the signature does not match", context={"sequence": "7"})
    with pytest.raises(SignatureError, match="does not match") as caught:
        channel.submit_list(STREAM, SEALED)
    assert caught.value.context["sequence"] == "7"
    assert caught.value.context["nextStep"]


def test_partners_own_trouble_is_a_transport_error_and_tells_nothing(
    channel: GrpcChannel, desk: FakePartnerDesk
) -> None:
    for trouble in (
        DatabaseUnavailableError("at secret"),
        ConfigError("secret"),
        KeyError("secret"),
    ):
        desk.fail = trouble
        with pytest.raises(TransportError) as caught:
            channel.fetch_list(STREAM, 1)
        assert "secret" not in str(caught.value)


def test_details_of_a_refusal_follow_the_catalogue(
    server: RpcServer, desk: FakePartnerDesk
) -> None:
    desk.fail = TooLargeError("too many", context={"limit": "3"})
    request = pb.GetListHeadRequest(stream=stream_to_pb(STREAM))
    with connected(server.port, PARTNER) as connection:
        stub = ListExchangeStub(connection)
        status, text, info = refusal_of(lambda: stub.GetListHead(request))
    assert (status, text) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "Too large: too many")
    assert info is not None
    assert (info.domain, info.reason) == ("mra-gateway", "TOO_LARGE")
    assert (info.metadata["limit"], info.metadata["retryable"]) == ("3", "false")


BAD_SUBMISSIONS: dict[str, list[pb.SubmitListRequest]] = {
    "nothing": [],
    "no stream": [pb.SubmitListRequest(list=pb.ListPart(document=b"x"))],
    "half a stream": [pb.SubmitListRequest(stream=list_pb2.Stream(issuer="XA"))],
    "stream only": [pb.SubmitListRequest(stream=stream_to_pb(STREAM))],
    "stream twice": [pb.SubmitListRequest(stream=stream_to_pb(STREAM))] * 2,
    "chunk first": [
        pb.SubmitListRequest(stream=stream_to_pb(STREAM)),
        pb.SubmitListRequest(list=pb.ListPart(chunk=b"x")),
    ],
    "empty part": [
        pb.SubmitListRequest(stream=stream_to_pb(STREAM)),
        pb.SubmitListRequest(list=pb.ListPart()),
    ],
}


@pytest.mark.parametrize("parts", BAD_SUBMISSIONS.values(), ids=BAD_SUBMISSIONS.keys())
def test_syn_7_submission_that_is_no_list_is_the_callers_fault(
    server: RpcServer, desk: FakePartnerDesk, parts: list[pb.SubmitListRequest]
) -> None:
    with connected(server.port, PARTNER) as connection:
        stub = ListExchangeStub(connection)
        status, _, info = refusal_of(lambda: stub.SubmitList(iter(parts)))
    assert status is grpc.StatusCode.INVALID_ARGUMENT
    assert info is not None
    assert info.reason == InvalidRequestError.code
    assert not desk.submitted


def test_request_without_sequence_or_document_is_the_callers_fault(server: RpcServer) -> None:
    stream = stream_to_pb(STREAM)
    with connected(server.port, PARTNER) as connection:
        stub = ListExchangeStub(connection)
        listing = refusal_of(lambda: list(stub.GetList(pb.GetListRequest(stream=stream))))
        answer = refusal_of(lambda: stub.Acknowledge(pb.AcknowledgeRequest(stream=stream)))
    assert listing[0] is answer[0] is grpc.StatusCode.INVALID_ARGUMENT


def test_a_sequence_that_no_list_can_have_is_not_found(server: RpcServer) -> None:
    asked = pb.GetListRequest(stream=stream_to_pb(STREAM), sequence=2**64 - 1)
    with connected(server.port, PARTNER) as connection:
        refused = refusal_of(lambda: list(ListExchangeStub(connection).GetList(asked)))
    assert refused[0] is grpc.StatusCode.NOT_FOUND


def test_acc_1_push_beyond_the_limit_is_cut_off(
    channel: GrpcChannel, desk: FakePartnerDesk
) -> None:
    huge = SealedList(
        packaging=SEALED.packaging, document=b"x", chunks=(b"y" * 1024**2,) * 3, head=b"x"
    )
    with pytest.raises(TooLargeError):
        channel.submit_list(STREAM, huge)
    assert not desk.submitted


def test_acc_1_fetch_beyond_the_limit_is_cut_off(server: RpcServer) -> None:
    channel = _channel(server, limits=Limits(max_body_bytes=100_000))
    with pytest.raises(TooLargeError):
        channel.fetch_list(STREAM, 1)
    channel.close()


def test_acc_1_message_of_more_than_four_mebibytes_is_refused(
    server: RpcServer, channel: GrpcChannel, desk: FakePartnerDesk
) -> None:
    desk.sealed = SealedList(
        packaging=SEALED.packaging, document=b"x" * (4 * 1024**2 + 1), head=b"x"
    )
    with pytest.raises(TooLargeError):
        channel.fetch_list(STREAM, 1)
    request = pb.AcknowledgeRequest(stream=stream_to_pb(STREAM), document=b"x" * (4 * 1024**2))
    with connected(server.port, PARTNER) as connection:
        stub = ListExchangeStub(connection)
        status, _, _ = refusal_of(lambda: stub.Acknowledge(request))
    assert status is grpc.StatusCode.RESOURCE_EXHAUSTED


def test_stalled_push_gives_its_thread_back(server: RpcServer, desk: FakePartnerDesk) -> None:
    over = Event()

    def stalling() -> Iterator[pb.SubmitListRequest]:
        yield pb.SubmitListRequest(stream=stream_to_pb(STREAM))
        over.wait(30)

    with connected(server.port, PARTNER) as connection:
        stub = ListExchangeStub(connection)
        status, _, _ = refusal_of(lambda: stub.SubmitList(stalling(), timeout=20))
        over.set()
    assert status is grpc.StatusCode.CANCELLED
    assert not desk.submitted


def test_partner_that_stalls_is_left_at_the_total_deadline(
    server: RpcServer, desk: FakePartnerDesk
) -> None:
    desk.stall = Event()
    channel = _channel(server, limits=Limits(fetch_timeout=timedelta(milliseconds=300)))
    with pytest.raises(TransportError, match="deadline"):
        channel.fetch_head(STREAM, None)
    desk.stall.set()
    channel.close()


def test_nobody_listening_is_a_transport_error() -> None:
    channel = GrpcChannel(profile_at("localhost:1", Limits()), PARTNER)
    with pytest.raises(TransportError):
        channel.fetch_head(STREAM, None)
    channel.close()


def test_health_answers_any_peer_that_is_let_in(server: RpcServer) -> None:
    with connected(server.port, UNKNOWN) as connection:
        stub = health_pb2_grpc.HealthStub(connection)
        answer = stub.Check(health_pb2.HealthCheckRequest())
        assert answer.status == health_pb2.HealthCheckResponse.SERVING
        listed = stub.List(health_pb2.HealthListRequest())
        assert set(listed.statuses) == {"", "mra.exchange.v1.ListExchange"}
        unknown = health_pb2.HealthCheckRequest(service="no.such.Service")
        assert refusal_of(lambda: stub.Check(unknown))[0] is grpc.StatusCode.NOT_FOUND


def test_method_without_a_handler_is_not_implemented(server: RpcServer) -> None:
    with connected(server.port, PARTNER) as connection:
        call = connection.unary_unary("/mra.exchange.v1.ListExchange/Erase", None, None)
        status, _, _ = refusal_of(lambda: call(b""))
    assert status is grpc.StatusCode.UNIMPLEMENTED


def test_busy_port_is_named(server: RpcServer, desk: FakePartnerDesk) -> None:
    address = f"localhost:{server.port}"
    with pytest.raises(ConfigError, match=address):
        make_server(desk, DOOR.identify, make_clock(), tls=DOOR.server_tls(), listen=address)


def test_stopped_server_takes_no_calls(desk: FakePartnerDesk) -> None:
    server = make_server(
        desk, DOOR.identify, make_clock(), tls=DOOR.server_tls(), listen="localhost:0"
    )
    server.start()
    assert not server.wait(0.01)
    server.stop(1)
    assert server.wait(1)
    channel = _channel(server)
    with pytest.raises(TransportError):
        channel.fetch_head(STREAM, None)
    channel.close()


def test_exc_8_the_partner_sees_the_id_that_our_log_names(
    channel: GrpcChannel, desk: FakePartnerDesk
) -> None:
    seen = list[str]()
    answer = desk.head

    def noted(*args: Any, **options: Any) -> Any:  # noqa: ANN401 - as the desk's
        seen.append(current())
        return answer(*args, **options)

    desk.head = noted  # type: ignore[method-assign] # looks in from within a call
    channel.fetch_head(STREAM, None)
    channel.fetch_head(STREAM, None)
    assert len(set(seen)) == 2
    assert seen[-1] == current()


def test_exc_8_an_error_names_the_call(channel: GrpcChannel, desk: FakePartnerDesk) -> None:
    desk.fail = NotFoundError("no such stream")
    with pytest.raises(NotFoundError) as refused:
        channel.fetch_head(STREAM, None)
    assert refused.value.context["request_id"] == current()


@pytest.mark.parametrize("given", ["abc-1", None, "a_b"])
def test_exc_8_answers_and_refusals_name_the_callers_id(
    server: RpcServer, given: str | None
) -> None:
    credentials = grpc.ssl_channel_credentials(
        PARTNER.authorities, PARTNER.key, PARTNER.certificate
    )
    metadata = () if given is None else (("mra-request-id", given),)
    with grpc.secure_channel(f"localhost:{server.port}", credentials) as plain:
        stub, request = ListExchangeStub(plain), pb.GetListHeadRequest(stream=stream_to_pb(STREAM))
        call = stub.GetListHead.future(request, timeout=5, metadata=metadata)
        code, trailer = call.code(), dict(call.trailing_metadata() or ())
    assert (trailer["mra-request-id"] == given) is (given == "abc-1")
    wanted = grpc.StatusCode.INVALID_ARGUMENT if given == "a_b" else grpc.StatusCode.OK
    assert code is wanted
