from datetime import UTC, date, datetime

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from msgspec.structs import replace

from gateway.domain.agreements import Direction
from gateway.domain.answers import (
    Answer,
    AnswerReason,
    Basis,
    Freshness,
    FreshnessClass,
    Question,
    Verdict,
)
from gateway.domain.errors import InvalidRequestError
from gateway.domain.messages import Message
from gateway.entrypoints.rpc.answer_codec import (
    CONDITION_TO_PB,
    VERDICT_TO_PB,
    question_from_pb,
)
from gateway.entrypoints.rpc.answer_writer import AnswerWriter
from gateway.entrypoints.wording import find_language
from gateway.pb.mra.lookup.v1 import lookup_pb2 as pb
from tests.fakes.desks import make_answer
from tests.fakes.sealed_lists import NOW

QUESTIONS: dict[str, tuple[pb.Question, Question]] = {
    "code alone": (pb.Question(code="XA1"), Question(code="XA1")),
    "day": (
        pb.Question(code="XA1", on_date="2026-02-28"),
        Question(code="XA1", on=date(2026, 2, 28)),
    ),
    "moment": (
        pb.Question(code="XA1", on_moment=Timestamp(seconds=1_700_000_000)),
        Question(code="XA1", on=datetime.fromtimestamp(1_700_000_000, UTC)),
    ),
    "test": (pb.Question(code="ZZREVOKED", test=True), Question(code="ZZREVOKED", test=True)),
    "all": (
        pb.Question(code="AEO<XA1>", role="IM", direction=pb.DIRECTION_EXPORT, name="株式会社"),
        Question(code="AEO<XA1>", role="IM", direction=Direction.EXPORT, name="株式会社"),
    ),
}


def answer_to_pb(answer: Answer, *, brief: bool = False) -> pb.Answer:
    """Read back what is written, alone and in a batch, by a writer that has kept all its parts."""
    writer = AnswerWriter(find_language("en"))
    writer.batch_item("k", answer, brief=not brief)
    batch = pb.BatchLookupResponse.FromString(writer.batch_item("k", answer, brief=brief))
    if not brief:
        whole = pb.LookupResponse.FromString(writer.response(answer)).answer
        assert whole == batch.answers[0].answer
    assert batch.answers[0].key == "k"
    return batch.answers[0].answer


@pytest.mark.parametrize(("message", "question"), QUESTIONS.values(), ids=QUESTIONS.keys())
def test_question_is_read(message: pb.Question, question: Question) -> None:
    assert question_from_pb(message) == question


BAD_QUESTIONS: dict[str, tuple[str, pb.Question]] = {
    "no code": ("code", pb.Question()),
    "long code": ("code", pb.Question(code="x" * 71)),
    "long name": ("name", pb.Question(code="x", name="x" * 513)),
    "unknown role": ("role", pb.Question(code="x", role="OT")),
    "role without end": ("role", pb.Question(code="x", role="x" * 1_000_000)),
    "unknown direction": ("direction", pb.Question.FromString(b"\n\x01x\x28\x09")),
    "basic date": ("on_date", pb.Question(code="x", on_date="20260228")),
    "no such day": ("on_date", pb.Question(code="x", on_date="2026-02-30")),
    "empty date": ("on_date", pb.Question(code="x", on_date="")),
    "fraction": ("on_moment", pb.Question(code="x", on_moment=Timestamp(nanos=1))),
    "far moment": ("on_moment", pb.Question(code="x", on_moment=Timestamp(seconds=10**15))),
}


@pytest.mark.parametrize(("field", "message"), BAD_QUESTIONS.values(), ids=BAD_QUESTIONS.keys())
def test_bad_question_names_its_field(field: str, message: pb.Question) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        question_from_pb(message)
    assert caught.value.context["field"] == f"question.{field}"
    assert len(caught.value.message) < 200


def test_answer_is_written_whole() -> None:
    answer = make_answer(Question(code="xa1"), NOW)
    message = answer_to_pb(answer)
    assert message.verdict == pb.VERDICT_GRANT
    assert message.operator_name == "株式会社架空通商"
    assert message.measures[0].parameters["factor"] == "0.2"
    assert message.freshness.list_digest == bytes.fromhex("ab" * 32)
    assert message.valid_at_moment.seconds == int(NOW.timestamp())
    assert [rung.number for rung in message.rungs] == list(range(1, 10))
    empty = {field.name for field in pb.Answer.DESCRIPTOR.fields} - {
        field.name for field, _ in message.ListFields()
    }
    assert empty == {"valid_on_date"}


def test_brief_answer_leaves_out_what_people_read() -> None:
    message = answer_to_pb(make_answer(Question(code="xa1", on=date(2026, 1, 2)), NOW), brief=True)
    assert message.valid_on_date == "2026-01-02"
    assert not message.rungs
    assert not message.hints
    assert not message.next_step
    assert message.sentence


def test_answer_without_an_operator_is_written() -> None:
    moment = NOW.replace(microsecond=250_000)
    message = answer_to_pb(
        Answer(
            basis=Basis(
                verdict=Verdict.UNDETERMINED,
                reason=AnswerReason.DATA_MISSING,
                freshness=Freshness(condition=FreshnessClass.MISSING),
                valid_at=date(2026, 1, 2),
                known_at=moment,
                rule_version=1,
            ),
            sentence=(Message("reason.DATA_MISSING.meaning"),),
            code="x",
            reference="ref",
        )
    )
    assert message.freshness.condition == pb.FRESHNESS_CLASS_MISSING
    assert not message.HasField("authorisation")
    assert message.known_at.ToDatetime(UTC) == moment


def test_every_verdict_and_condition_is_written() -> None:
    assert set(VERDICT_TO_PB) == set(Verdict)
    assert set(CONDITION_TO_PB) == set(FreshnessClass)


def test_answers_that_share_parts_keep_what_is_their_own() -> None:
    writer = AnswerWriter(find_language("en"))
    for code in ("xa1", "xa2"):
        answer = make_answer(Question(code=code), NOW)
        without = replace(answer, basis=replace(answer.basis, measures=()))
        for changed in (answer, without, replace(answer, contact="x" * 300)):
            read = pb.LookupResponse.FromString(writer.response(changed)).answer
            assert read.code == code
            assert len(read.measures) == len(changed.measures)
            assert read.contact == changed.contact
