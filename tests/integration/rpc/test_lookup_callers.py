"""Tokens, scopes, limits, details and deadlines of the lookup, over real connections."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from threading import Event, Thread

import grpc
import pytest
from google.rpc.error_details_pb2 import BadRequest, LocalizedMessage, QuotaFailure, RetryInfo
from msgspec.structs import replace

from gateway.domain.answers import Answer, Question
from gateway.domain.errors import NotReadyError
from gateway.domain.parties import Limits, Purpose, Scope
from gateway.entrypoints.logs import configure
from gateway.entrypoints.rpc.lookup_server import make_server
from gateway.entrypoints.rpc.server import RpcServer, ServerOptions
from gateway.pb.mra.lookup.v1 import lookup_pb2 as pb
from gateway.pb.mra.lookup.v1.lookup_pb2_grpc import LookupStub
from tests.fakes import callers
from tests.fakes.desks import Doorkeeper, FakeLookupDesk, FakeRecord, make_clock
from tests.fakes.registry_desks import no_registry_calls
from tests.fakes.rpc_calls import connected, connected_unproven, details_of, refusal_of

DOOR = Doorkeeper()
BORDER = DOOR.client_tls("border", Purpose.LOOKUP)
DOOR.bearers = {
    "customs": replace(callers.BORDER, name="customs"),
    "agency": replace(callers.BORDER, name="agency", scope=Scope.DECISION),
    "greedy": replace(callers.BORDER, name="greedy", limits=Limits(rate=1)),
}
NAME = "株式会社架空通商"
REQUEST = pb.LookupRequest(question=pb.Question(code="xa1"))
BATCH = pb.BatchLookupRequest(questions=[pb.BatchQuestion(question=REQUEST.question)] * 3)
CONFIG = Path(__file__).parents[3] / "protos/mra/lookup/v1/lookup_service_config.json"


class SlowDesk(FakeLookupDesk):
    """Fails so many times first; waits where it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.failures = 0
        self.asked_first = Event()
        self.may_go = Event()
        self.may_go.set()

    def answer(self, question: Question, *, now: datetime) -> Answer:
        answer = super().answer(question, now=now)
        self.asked_first.set()
        self.may_go.wait(10)
        if self.failures:
            self.failures -= 1
            raise NotReadyError("not loaded yet")
        return answer


@pytest.fixture
def desk() -> SlowDesk:
    return SlowDesk()


@pytest.fixture
def server(desk: SlowDesk) -> Iterator[RpcServer]:
    server = make_server(
        desk,
        DOOR,
        make_clock(),
        no_registry_calls(),
        record=FakeRecord(),
        tls=DOOR.server_tls(),
        listen="localhost:0",
        bearer_listen="localhost:0",
        options=ServerOptions(threads=1),
    )
    server.start()
    yield server
    server.stop(0)


@pytest.fixture
def stub(server: RpcServer) -> Iterator[LookupStub]:
    with connected_unproven(server.bearer_port, BORDER.authorities) as channel:
        yield LookupStub(channel)


def shows(token: str) -> tuple[tuple[str, str], ...]:
    return (("authorization", f"Bearer {token}"),)


def test_customs_with_a_token_is_shown_everything(stub: LookupStub) -> None:
    answer = stub.Lookup(REQUEST, metadata=shows("customs")).answer
    assert (answer.operator_name, len(answer.rungs)) == (NAME, 9)


def test_another_agency_is_shown_the_decision_and_nothing_of_the_operator(stub: LookupStub) -> None:
    answer = stub.Lookup(REQUEST, metadata=shows("agency")).answer
    batch = stub.BatchLookup(BATCH, metadata=shows("agency"))
    for shown in (answer, *(one.answer for one in batch.answers)):
        assert (shown.verdict, shown.reason) == (pb.VERDICT_GRANT, "RECOGNISED")
        assert [one.code for one in shown.measures] == ["INSP"]
        assert shown.authorisation.HasField("effective_at")
        assert (shown.freshness.sequence, shown.reference) == (7, "ref-1")
        assert [*shown.rungs, *shown.hints, shown.operator_id, shown.authorisation.id] == ["", ""]
        assert NAME.encode() not in shown.SerializeToString()


def test_every_question_of_a_batch_is_spent(stub: LookupStub) -> None:
    DOOR.spent.clear()
    stub.Lookup(REQUEST, metadata=shows("customs"))
    stub.BatchLookup(BATCH, metadata=shows("customs"))
    assert DOOR.spent == [("customs", 1), ("customs", 3)]


def test_whoever_asks_too_much_is_told_how_long_to_wait_and_nothing_is_computed(
    stub: LookupStub, desk: SlowDesk
) -> None:
    for call in (
        lambda: stub.Lookup(REQUEST, metadata=shows("greedy")),
        lambda: stub.BatchLookup(BATCH, metadata=shows("greedy")),
    ):
        status, _, details = details_of(call)
        assert status is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert details.kinds == ["ErrorInfo", "RetryInfo", "QuotaFailure"]
        retry, quota = details.get(RetryInfo), details.get(QuotaFailure)
        assert retry is not None
        assert quota is not None
        assert retry.retry_delay.seconds == 7
        assert quota.violations[0].subject == "caller:greedy"
    assert desk.asked == []


@pytest.mark.parametrize(
    ("question", "field"),
    [
        (pb.Question(), "question.code"),
        (pb.Question(code="x", role="??"), "question.role"),
        (pb.Question(code="x", on_date="tomorrow"), "question.on_date"),
        (pb.Question(code="x", on_moment={"nanos": -1}), "question.on_moment"),
    ],
)
def test_bad_question_names_its_field(stub: LookupStub, question: pb.Question, field: str) -> None:
    request = pb.LookupRequest(question=question)
    status, _, details = details_of(lambda: stub.Lookup(request, metadata=shows("customs")))
    assert status is grpc.StatusCode.INVALID_ARGUMENT
    assert details.kinds == ["ErrorInfo", "BadRequest"]
    bad = details.get(BadRequest)
    assert bad is not None
    (violation,) = bad.field_violations
    assert (violation.field, violation.reason) == (field, "REQUEST_INVALID")


@pytest.mark.parametrize(
    ("language", "locale", "part"),
    [("zh", "zh", "格式不正确"), ("zh-Hans-CN", "zh", "格式不正确"), ("fr", "en", "malformed")],
)
def test_refusal_is_told_in_the_language_that_is_asked_for(
    stub: LookupStub, language: str, locale: str, part: str
) -> None:
    request = pb.LookupRequest(language=language)
    _, text, details = details_of(lambda: stub.Lookup(request, metadata=shows("customs")))
    told = details.get(LocalizedMessage)
    assert text.isascii()
    assert told is not None
    assert told.locale == locale
    assert part in told.message


def test_refused_call_is_told_in_the_log_with_method_code_and_request(
    server: RpcServer, capsys: pytest.CaptureFixture[str]
) -> None:
    configure("json", "info")
    with connected(server.port, BORDER) as channel:
        refusal_of(lambda: LookupStub(channel).Lookup(pb.LookupRequest()))
    told = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    (refused,) = [one for one in told if one["event"] == "rpc.refused"]
    assert refused["method"] == "/mra.lookup.v1.Lookup/Lookup"
    assert (refused["level"], refused["code"]) == ("info", "REQUEST_INVALID")
    assert refused["request_id"]


def batch_of(code: str) -> pb.BatchLookupRequest:
    return pb.BatchLookupRequest(questions=[pb.BatchQuestion(question=pb.Question(code=code))])


def test_a_call_whose_deadline_passed_while_it_waited_is_not_computed(
    server: RpcServer, desk: SlowDesk
) -> None:
    desk.may_go.clear()
    late, good = (batch_of(code) for code in ("late", "xa1"))
    with connected(server.port, BORDER) as channel:
        stub = LookupStub(channel)
        first = Thread(target=lambda: stub.BatchLookup(good, timeout=10))
        first.start()
        assert desk.asked_first.wait(10)
        status, _, _ = refusal_of(lambda: stub.BatchLookup(late, timeout=0.2))
        assert status is grpc.StatusCode.DEADLINE_EXCEEDED
        # The thread that serves all connections refuses this one after it has read, on the same
        # connection, that the late one was given up.
        unknown = channel.unary_unary("/no.such.Service/Method", bytes, bytes)
        assert refusal_of(lambda: unknown(b"", timeout=10))[0] is grpc.StatusCode.UNIMPLEMENTED
        desk.may_go.set()
        first.join(10)
        stub.BatchLookup(good, timeout=10)
    assert [question.code for question in desk.asked] == ["xa1", "xa1"]


def test_the_published_service_config_retries_what_is_unavailable_and_nothing_else(
    server: RpcServer, desk: SlowDesk
) -> None:
    # Longer than a machine with other work takes: of retries, not of time.
    text = CONFIG.read_text("utf-8").replace('"timeout": "2s"', '"timeout": "20s"')
    policies = [one["retryPolicy"] for one in json.loads(text)["methodConfig"]]
    assert all(one["retryableStatusCodes"] == ["UNAVAILABLE"] for one in policies)
    # A busy machine may take longer than the two seconds of a border system.
    option = ("grpc.service_config", text.replace('"timeout": "2s"', '"timeout": "60s"'))
    with connected_unproven(server.bearer_port, BORDER.authorities, option) as channel:
        stub = LookupStub(channel)
        desk.failures = 2
        assert stub.Lookup(REQUEST, metadata=shows("customs")).answer.code == "xa1"
        assert len(desk.asked) == 3
        DOOR.spent.clear()
        refusal_of(lambda: stub.Lookup(REQUEST, metadata=shows("greedy")))
        assert DOOR.spent == [("greedy", 1)]


def test_the_published_service_config_bounds_every_call_in_time(
    server: RpcServer, desk: SlowDesk
) -> None:
    text = CONFIG.read_text("utf-8").replace('"timeout": "2s"', '"timeout": "0.2s"')
    desk.may_go.clear()
    option = ("grpc.service_config", text)
    with connected_unproven(server.bearer_port, BORDER.authorities, option) as channel:
        stub = LookupStub(channel)
        status, _, _ = refusal_of(lambda: stub.Lookup(REQUEST, metadata=shows("customs")))
    assert status is grpc.StatusCode.DEADLINE_EXCEEDED
    desk.may_go.set()
