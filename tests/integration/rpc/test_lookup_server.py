from collections.abc import Iterator

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from gateway.domain.errors import ConfigError
from gateway.domain.parties import Purpose
from gateway.entrypoints.lookup_limits import MAX_QUESTIONS
from gateway.entrypoints.rpc.lookup_server import make_server
from gateway.entrypoints.rpc.server import RpcServer, ServerOptions
from gateway.entrypoints.wording import find_language
from gateway.pb.mra.lookup.v1 import lookup_pb2 as pb
from gateway.pb.mra.lookup.v1.lookup_pb2_grpc import LookupStub
from gateway.ports.tls import ServerTls
from tests.fakes.desks import Doorkeeper, FakeLookupDesk, FakeRecord, make_clock
from tests.fakes.registry_desks import no_registry_calls
from tests.fakes.rpc_calls import connected, refusal_of

DOOR = Doorkeeper()
BORDER = DOOR.client_tls("border", Purpose.LOOKUP)
PARTNER = DOOR.client_tls("xa", Purpose.EXCHANGE, partner="XA")


@pytest.fixture
def desk() -> FakeLookupDesk:
    return FakeLookupDesk()


@pytest.fixture
def server(desk: FakeLookupDesk) -> Iterator[RpcServer]:
    server = _make(desk)
    server.start()
    yield server
    server.stop(0)


def _make(
    desk: FakeLookupDesk,
    listen: str = "localhost:0",
    *,
    reuse: bool = False,
    record: FakeRecord | None = None,
) -> RpcServer:
    return make_server(
        desk,
        DOOR,
        make_clock(),
        no_registry_calls(),
        record=record or FakeRecord(),
        tls=DOOR.server_tls(),
        listen=listen,
        options=ServerOptions(reuse_port=reuse),
    )


@pytest.fixture
def stub(server: RpcServer) -> Iterator[LookupStub]:
    with connected(server.port, BORDER) as connection:
        yield LookupStub(connection)


def test_question_is_answered(stub: LookupStub) -> None:
    response = stub.Lookup(pb.LookupRequest(question=pb.Question(code="xa1")))
    assert response.answer.verdict == pb.VERDICT_GRANT
    assert response.answer.normalised_code == "XA1"


def test_sentences_are_in_the_language_that_was_asked_for(stub: LookupStub) -> None:
    question = pb.Question(code="xa1")
    asked = [("", "en"), ("fr", "en"), ("zh-Hans-CN", "zh"), ("zh", "zh")]
    for tag, spoken in asked:
        language = find_language(spoken)
        answer = stub.Lookup(pb.LookupRequest(question=question, language=tag)).answer
        assert answer.sentence == language.text("reason.RECOGNISED.meaning")
        assert answer.next_step == language.text("reason.RECOGNISED.next")
        assert answer.rungs[1].question == language.text("rung.2.question")
        batch = pb.BatchLookupRequest(questions=[pb.BatchQuestion(question=question)], language=tag)
        assert stub.BatchLookup(batch).answers[0].answer == answer


def test_bad_question_is_refused_and_named(stub: LookupStub) -> None:
    status, text, info = refusal_of(lambda: stub.Lookup(pb.LookupRequest()))
    assert status is grpc.StatusCode.INVALID_ARGUMENT
    assert "code" in text
    assert info is not None
    assert (info.reason, info.metadata["field"]) == ("REQUEST_INVALID", "question.code")


def test_batch_gives_back_the_callers_keys_and_an_error_for_each_bad_question(
    stub: LookupStub, desk: FakeLookupDesk
) -> None:
    questions = [
        pb.BatchQuestion(key="a", question=pb.Question(code="xa1")),
        pb.BatchQuestion(key="b"),
        pb.BatchQuestion(key="x" * 129, question=pb.Question(code="xa2")),
        pb.BatchQuestion(key="a", question=pb.Question(code="xa3")),
        pb.BatchQuestion(key="c", question=pb.Question(code="xa4", on_date="2100-01-01")),
    ]
    response = stub.BatchLookup(pb.BatchLookupRequest(questions=questions, brief=True))
    assert [found.key for found in response.answers] == [asked.key for asked in questions]
    results = [found.WhichOneof("result") for found in response.answers]
    assert results == ["answer", "error", "error", "answer", "error"]
    assert "on_date lies outside 1900 to 2099" in response.answers[4].error.message
    assert response.answers[1].error.reason == "REQUEST_INVALID"
    assert response.answers[3].answer.code == "xa3"
    assert not response.answers[3].answer.rungs
    assert [question.code for question in desk.asked] == ["xa1", "xa3"]


def test_batch_of_too_many_questions_is_refused(stub: LookupStub) -> None:
    request = pb.BatchLookupRequest(questions=[pb.BatchQuestion()] * (MAX_QUESTIONS + 1))
    status, _, _ = refusal_of(lambda: stub.BatchLookup(request))
    assert status is grpc.StatusCode.RESOURCE_EXHAUSTED


def test_partner_may_not_look_up(server: RpcServer, desk: FakeLookupDesk) -> None:
    with connected(server.port, PARTNER) as connection:
        stub = LookupStub(connection)
        request = pb.LookupRequest(question=pb.Question(code="xa1"))
        single = refusal_of(lambda: stub.Lookup(request))
        batch = refusal_of(lambda: stub.BatchLookup(pb.BatchLookupRequest()))
    assert single[0] is batch[0] is grpc.StatusCode.PERMISSION_DENIED
    assert not desk.asked


def test_health_tells_when_the_index_is_not_loaded(server: RpcServer, desk: FakeLookupDesk) -> None:
    with connected(server.port, BORDER) as connection:
        health = health_pb2_grpc.HealthStub(connection)
        request = health_pb2.HealthCheckRequest(service="mra.lookup.v1.Lookup")
        assert health.Check(request).status == health_pb2.HealthCheckResponse.SERVING
        desk.ready = False
        assert health.Check(request).status == health_pb2.HealthCheckResponse.NOT_SERVING


def test_port_is_shared_only_on_purpose(desk: FakeLookupDesk) -> None:
    first = _make(desk, reuse=True)
    second = _make(desk, f"localhost:{first.port}", reuse=True)
    with pytest.raises(ConfigError):
        _make(desk, f"localhost:{first.port}")
    first.stop(0)
    second.stop(0)


@pytest.mark.parametrize("listen", ["no address", "localhost:99999", "192.0.2.1:7000"])
def test_address_that_is_none_is_named(desk: FakeLookupDesk, listen: str) -> None:
    with pytest.raises(ConfigError, match=listen):
        _make(desk, listen)


def test_bad_tls_key_is_refused(desk: FakeLookupDesk) -> None:
    tls = ServerTls(certificate=b"none", key=b"none", client_authorities=b"none")
    with pytest.raises(ConfigError):
        make_server(
            desk,
            DOOR,
            make_clock(),
            no_registry_calls(),
            record=FakeRecord(),
            tls=tls,
            listen="localhost:0",
        )
