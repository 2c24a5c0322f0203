"""One question, one answer: over gRPC, in a batch, over HTTP and on the command line."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import grpc
import httpx
import pytest
from google.protobuf.json_format import MessageToDict

from gateway.config.lookup_tables import Lookup
from gateway.domain.agreements import Direction
from gateway.domain.answers import AnswerReason, Question
from gateway.domain.snapshot import Snapshot
from gateway.domain.spans import in_words
from gateway.entrypoints.cli import lookup as command
from gateway.entrypoints.cli.app import main
from gateway.entrypoints.rpc.lookup_server import make_server
from gateway.pb.mra.lookup.v1 import lookup_pb2 as pb
from gateway.pb.mra.lookup.v1.lookup_pb2_grpc import LookupStub
from gateway.ports.tls import ClientTls
from tests.fakes.desks import Doorkeeper, FakeRecord, make_clock
from tests.fakes.every_reason import QUESTIONS, EveryReasonDesk
from tests.fakes.registry_desks import no_registry_calls
from tests.fakes.rpc_calls import connected

DIRECTIONS = {
    None: pb.DIRECTION_UNSPECIFIED,
    Direction.IMPORT: pb.DIRECTION_IMPORT,
    Direction.EXPORT: pb.DIRECTION_EXPORT,
}


@pytest.fixture
def desk() -> EveryReasonDesk:
    return EveryReasonDesk()


@pytest.fixture
def stub(desk: EveryReasonDesk, door: Doorkeeper, border: ClientTls) -> Iterator[LookupStub]:
    server = make_server(
        desk,
        door,
        make_clock(),
        no_registry_calls(),
        record=FakeRecord(),
        tls=door.server_tls(),
        listen="localhost:0",
    )
    server.start()
    with connected(server.port, border) as channel:
        yield LookupStub(channel)
    server.stop(0)


class OneDesk:
    """As much of a gateway as the command asks for."""

    def __init__(self, desk: EveryReasonDesk) -> None:
        self.desk = desk
        self.clock = make_clock()
        self.settings = SimpleNamespace(lookup=Lookup(decision_log="off"))

    def lookup_desk(self, begins: Callable[[Snapshot], None]) -> EveryReasonDesk:
        del begins
        return self.desk


def as_json(question: Question) -> dict[str, Any]:
    fields = {
        "code": question.code,
        "on": None if question.on is None else in_words(question.on),
        "role": question.role,
        "direction": question.direction,
        "name": question.name,
    }
    return {name: value for name, value in fields.items() if value is not None}


def as_message(question: Question) -> pb.Question:
    message = pb.Question(
        code=question.code,
        role=question.role,
        direction=DIRECTIONS[question.direction],
        name=question.name,
    )
    if isinstance(question.on, datetime):
        message.on_moment.FromDatetime(question.on.astimezone(UTC))
    elif question.on is not None:
        message.on_date = question.on.isoformat()
    return message


def plain(answer: pb.Answer) -> dict[str, Any]:
    """Return what a message says in the names and forms of the JSON answer."""
    said: dict[str, Any] = MessageToDict(answer, preserving_proto_field_name=True)
    said["verdict"] = said["verdict"].removeprefix("VERDICT_")
    said["valid_at"] = said.pop("valid_on_date", None) or said.pop("valid_at_moment")
    fresh = said["freshness"]
    fresh["condition"] = fresh["condition"].removeprefix("FRESHNESS_CLASS_")
    if "sequence" in fresh:
        fresh["sequence"] = int(fresh["sequence"])
        fresh["list_digest"] = answer.freshness.list_digest.hex()
    for rung in said.get("rungs", ()):
        rung.setdefault("passed", False)
    if answer.HasField("authorisation"):
        camel = MessageToDict(answer.authorisation)
        camel["status"]["code"] = camel["status"]["code"].removeprefix("STATUS_CODE_")
        said["authorisation"] = camel
    return said


@pytest.mark.parametrize("language", ["en", "zh"])
def test_fifty_questions_have_the_same_answer_in_every_way(
    http: httpx.Client,
    stub: LookupStub,
    desk: EveryReasonDesk,
    *,
    language: str,
    capsysbinary: pytest.CaptureFixture[bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    @contextmanager
    def opened(_: object) -> Iterator[OneDesk]:
        yield OneDesk(desk)

    monkeypatch.setattr(command, "opened", opened)
    fields = {"accept-language": f"{language};q=0.9, fr;q=0.1"}
    asked = [{"question": as_json(one)} for one in QUESTIONS]
    batch = http.post("/lookup/v1/decisions:batch", json={"questions": asked}, headers=fields)
    of_batch = [one["answer"] for one in batch.json()["answers"]]
    request = pb.BatchLookupRequest(
        questions=[pb.BatchQuestion(question=as_message(one)) for one in QUESTIONS],
        language=language,
    )
    of_grpc_batch = [plain(one.answer) for one in stub.BatchLookup(request).answers]
    reasons = set()
    for question, in_batch, in_grpc_batch in zip(QUESTIONS, of_batch, of_grpc_batch, strict=True):
        reply = http.post("/lookup/v1/decisions", json=as_json(question), headers=fields)
        single = pb.LookupRequest(question=as_message(question), language=language)
        assert reply.headers["content-language"] == language
        assert said_by_command(question, language, capsysbinary) == reply.content
        assert in_batch == reply.json()
        assert plain(stub.Lookup(single).answer) == reply.json()
        assert in_grpc_batch == reply.json()
        reasons.add(reply.json()["reason"])
    assert reasons == {reason.value for reason in AnswerReason}


def said_by_command(
    question: Question, language: str, captured: pytest.CaptureFixture[bytes]
) -> bytes:
    asked = as_json(question)
    options = [f"--{name}={value}" for name, value in asked.items() if name != "code"]
    with pytest.raises(SystemExit):
        main(["lookup", "--json", f"--language={language}", *options, "--", asked["code"]])
    return captured.readouterr().out.strip()


def test_a_role_that_is_none_is_refused_in_the_same_words_in_every_way(
    http: httpx.Client, stub: LookupStub, capsys: pytest.CaptureFixture[str]
) -> None:
    words = "role is 'QQ', none of CA CB CS EX FW IM MF TR WH ZZZ"
    reply = http.post("/lookup/v1/decisions", json={"code": "XB1", "role": "QQ"})
    assert words in reply.json()["detail"]
    request = pb.LookupRequest(question=pb.Question(code="XB1", role="QQ"))
    with pytest.raises(grpc.RpcError, match=words):
        stub.Lookup(request)
    with pytest.raises(SystemExit) as ended:
        main(["lookup", "XB1", "--role", "qq"])
    assert ended.value.code == 64
    assert words in capsys.readouterr().err
