"""What a registered partner may send to the servers: any path, any body, any message.

Handlers run in this process with the real desk behind them; what must never come out is an error
that the catalogue calls a defect, and what must never happen is that a list other than a signed one
is accepted.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import pytest
from google.protobuf.message import DecodeError, Message
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gateway.domain.acknowledgements import Acknowledgement, Outcome
from gateway.domain.canonical import list_digest
from gateway.domain.decisions import AcceptedHead
from gateway.domain.documents import Unverified
from gateway.domain.errors import GatewayError
from gateway.domain.lists import StatusList
from gateway.domain.parties import Caller, Purpose
from gateway.domain.profiles import FeedKind, Limits
from gateway.entrypoints.error_catalogue import row_of
from gateway.entrypoints.http.partner_server import make_app
from gateway.entrypoints.http.peer_certificate import EXTENSION
from gateway.entrypoints.rpc.exchange_server import ExchangeCalls
from gateway.exchange.grpc_feed.codec import stream_to_pb
from gateway.pb.mra.exchange.v1 import exchange_pb2 as pb
from gateway.pb.mra.types.v1 import list_pb2
from tests.fakes.home import OFFICER, Home
from tests.fakes.mutations import Mutation, fuzzed, mutations
from tests.fakes.partner_simulator import make_operator

CALLER = Caller(
    name="XB",
    fingerprint="ab" * 32,
    purposes=(Purpose.EXCHANGE,),
    partner="XB",
    added_at=datetime(2026, 3, 1, tzinfo=UTC),
)
Headers = list[tuple[bytes, bytes]]
M = TypeVar("M", bound=Message)
PATH = "/exchange/v1/streams/XA-XB/production/1"


class Served:
    """A home that applied a list of its partner and issued one to it."""

    def __init__(self, home: Home) -> None:
        self.home, self.desk, self.profile = home, home.desk, home.profile
        self.app = make_app(home.desk, lambda _: CALLER, home.clock, home="XA")
        home.partner.publish_next(make_operator("XB000001", on=home.clock.now))
        self.list = home.partner.offered()
        home.desk.submit(CALLER, self.profile.receives, self.list, now=home.clock.now)
        issued = home.publisher.publish(self.profile, actor=OFFICER, now=home.clock.now)
        assert issued is not None
        self.answered = Acknowledgement(
            acknowledgement_id="XB-1",
            stream=self.profile.sends,
            sequence=issued.sequence,
            list_digest=list_digest(issued),
            outcome=Outcome.APPLIED,
            revision=1,
            acknowledged_at=home.clock.now,
        )
        self.head = self.accepted_head()

    def accepted_head(self) -> AcceptedHead | None:
        return self.home.store.registry.find_head(self.profile.receives)

    def seal(self, answer: Acknowledgement) -> bytes:
        return self.home.partner._feed().sealer.seal_acknowledgement(answer)


def _served(folder: Path, kind: FeedKind) -> Iterator[Served]:
    home = Home(folder, kind)
    yield Served(home)
    home.close()


@pytest.fixture(scope="module")
def over_xml(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    yield from _served(tmp_path_factory.mktemp("xml"), FeedKind.XML)


@pytest.fixture(scope="module")
def over_grpc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    yield from _served(tmp_path_factory.mktemp("grpc"), FeedKind.GRPC)


def ask(served: Served, method: str, path: str, headers: Headers, body: bytes) -> tuple[int, bytes]:
    """Hand one request to the application as the server does: status and body of the answer."""
    plain, _, query = path.partition("?")
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "scheme": "https",
        "path": plain,
        "raw_path": plain.encode("utf-8", "surrogatepass"),
        "query_string": query.encode("utf-8", "surrogatepass"),
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 2),
        "extensions": {EXTENSION: {"der": b"certificate"}},
    }
    sent: list[Any] = []

    async def receive() -> Any:  # noqa: ANN401 - ASGI
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:  # noqa: ANN401 - ASGI
        sent.append(message)

    asyncio.run(served.app(scope, receive, send))  # type: ignore[arg-type]  # ASGI by hand
    content = b"".join(message.get("body", b"") for message in sent[1:])
    return sent[0]["status"], content


def require_no_defect(status: int, body: bytes) -> None:
    assert status < 500, body
    if status >= 400:
        problem = msgspec.json.decode(body)
        assert problem["status"] == status
        assert problem["code"]


SEGMENTS = st.lists(
    st.sampled_from(
        ["XA-XB", "production", "test", "head", "lists", "acknowledgements", "1", "0", "-1", ".."]
    )
    | st.just("9" * 30)
    | st.text(max_size=6),
    max_size=6,
)
PATHS = SEGMENTS.map("/".join).map("/exchange/v1/streams/{}".format) | st.sampled_from(
    [f"{PATH}/head", f"{PATH}/lists/1", f"{PATH}/lists/{2**53}", f"{PATH}/lists", "/", ""]
)
HEADERS = st.lists(
    st.tuples(
        st.sampled_from([b"if-none-match", b"content-type", b"x-request-id", b"content-length"]),
        st.binary(max_size=12) | st.sampled_from([b"application/xml", b"*", b'W/"', b"-1"]),
    ),
    max_size=3,
)


@fuzzed(80)
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "HEAD", "OPTIONS", "DELETE", "X"]),
    path=PATHS,
    headers=HEADERS,
    body=st.binary(max_size=60),
)
def test_any_request_over_https_is_answered_and_never_by_a_defect(
    over_xml: Served, method: str, path: str, headers: Headers, body: bytes
) -> None:
    status, content = ask(over_xml, method, path, headers, body)
    if method == "HEAD":
        assert status < 500
    else:
        require_no_defect(status, content)


@fuzzed(50)
@given(place=st.sampled_from(["lists", "acknowledgements"]), mutation=mutations())
def test_acc_2_a_mutated_document_over_https_changes_nothing(
    over_xml: Served, place: str, mutation: Mutation
) -> None:
    genuine = over_xml.list.document if place == "lists" else over_xml.seal(over_xml.answered)
    headers = [(b"content-type", b"application/xml")]
    status, content = ask(over_xml, "POST", f"{PATH}/{place}", headers, mutation(genuine))
    require_no_defect(status, content)
    assert over_xml.accepted_head() == over_xml.head


@contextmanager
def no_defect() -> Iterator[None]:
    """Let through what the catalogue has a row for, other than the one for defects."""
    refused: GatewayError | None = None
    try:
        yield
    except GatewayError as error:
        refused = error
    assert refused is None or row_of(refused).grpc_status != "INTERNAL"


def call(handler: Callable[[Any, Caller], object], request: object) -> None:
    """Let a handler answer, or refuse as declared."""
    with no_defect():
        answer = handler(request, CALLER)
        if isinstance(answer, Iterator):
            list(answer)


def parsed(kind: type[M], content: bytes) -> Iterator[M]:
    """Read a message as grpc does; what it refuses, no handler ever sees."""
    with suppress(DecodeError):
        yield kind.FromString(content)


NUMBERS = st.sampled_from([0, 1, 2, 2**31, 2**53, 2**53 + 1, 2**63 - 1, 2**63, 2**64 - 1])
SMALL_NUMBERS = st.sampled_from([0, 1, 2, 2**31 - 1])
"""As many as the fields of the messages hold."""
STREAMS = st.builds(
    list_pb2.Stream,
    issuer=st.sampled_from(["XA", "XB", ""]) | st.text(max_size=3).filter(str.isprintable),
    recipient=st.sampled_from(["XA", "XB"]),
    agreement=st.sampled_from(["XA-XB", ""]),
    test=st.booleans(),
    epoch=SMALL_NUMBERS,
)
OURS = st.just(list_pb2.Stream(issuer="XA", recipient="XB", agreement="XA-XB", epoch=1))
THEIRS = st.just(list_pb2.Stream(issuer="XB", recipient="XA", agreement="XA-XB", epoch=1))


def exchange(served: Served) -> ExchangeCalls:
    return ExchangeCalls(served.desk, served.home.clock, Limits())


@fuzzed(80)
@given(stream=OURS | STREAMS, sequence=NUMBERS, document=st.binary(max_size=40), rest=st.binary())
def test_any_message_to_the_exchange_is_answered_or_refused_as_declared(
    over_grpc: Served, stream: list_pb2.Stream, sequence: int, document: bytes, rest: bytes
) -> None:
    calls = exchange(over_grpc)
    head = pb.GetListHeadRequest(stream=stream, acknowledgement=document)
    for message in parsed(pb.GetListHeadRequest, head.SerializeToString() + rest):
        call(calls.get_list_head, message)
    call(calls.get_list, pb.GetListRequest(stream=stream, sequence=sequence))
    call(calls.acknowledge, pb.AcknowledgeRequest(stream=stream, document=document))


@fuzzed(60)
@given(content=st.binary(max_size=120), mutation=mutations())
def test_any_bytes_as_messages_are_answered_or_refused_as_declared(
    over_grpc: Served, content: bytes, mutation: Mutation
) -> None:
    calls = exchange(over_grpc)
    whole = pb.GetListRequest(stream=stream_to_pb(over_grpc.profile.sends), sequence=1)
    for data in (content, mutation(whole.SerializeToString())):
        for message in parsed(pb.GetListRequest, data):
            call(calls.get_list, message)


PARTS = st.lists(st.sampled_from(["stream", "document", "chunk", "nothing"]), max_size=5)


@fuzzed(60)
@given(stream=THEIRS | STREAMS, order=PARTS, mutation=mutations() | st.none())
def test_acc_2_a_push_put_together_in_any_way_changes_nothing(
    over_grpc: Served, stream: list_pb2.Stream, order: list[str], mutation: Mutation | None
) -> None:
    genuine = over_grpc.list
    document = genuine.document if mutation is None else mutation(genuine.document)
    parts = {
        "stream": pb.SubmitListRequest(stream=stream),
        "document": pb.SubmitListRequest(list=pb.ListPart(document=document)),
        "chunk": pb.SubmitListRequest(list=pb.ListPart(chunk=genuine.chunks[0])),
        "nothing": pb.SubmitListRequest(),
    }
    requests = [parts["stream"], *(parts[name] for name in order)]
    call(exchange(over_grpc).submit_list, iter(requests))
    assert over_grpc.accepted_head() == over_grpc.head


KINDS = pytest.mark.parametrize("wire", ["over_xml", "over_grpc"])


@KINDS
@fuzzed(30)
@given(sequence=NUMBERS, revision=SMALL_NUMBERS, applied=st.none() | NUMBERS)
def test_an_acknowledgement_signed_over_any_numbers_is_kept_or_refused_as_declared(
    wire: str, request: pytest.FixtureRequest, sequence: int, revision: int, applied: int | None
) -> None:
    served: Served = request.getfixturevalue(wire)
    answer = replace(
        served.answered, sequence=sequence, revision=revision, applied_sequence=applied
    )
    try:
        document = served.seal(answer)
    except GatewayError:
        return
    with no_defect():
        served.desk.acknowledge(CALLER, served.profile.sends, document, now=served.home.clock.now)


@KINDS
@fuzzed(30)
@given(sequence=NUMBERS, quantity=NUMBERS, version=SMALL_NUMBERS)
def test_a_list_signed_over_any_numbers_is_judged_or_refused_as_declared(
    wire: str, request: pytest.FixtureRequest, sequence: int, quantity: int, version: int
) -> None:
    served: Served = request.getfixturevalue(wire)
    partner = served.home.partner
    header = replace(partner.header(), sequence=sequence, quantity=quantity, version=version)
    try:
        sealed = partner._feed().sealer.seal_list(StatusList(header, partner.operators))
    except GatewayError:
        return
    document = Unverified(document=sealed.document, chunks=sealed.chunks)
    with no_defect():
        served.desk.submit(CALLER, served.profile.receives, document, now=served.home.clock.now)
