"""Kept parts and shared occasions give the answer that is given without them, field by field."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import partial

from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from gateway.domain.agreements import Direction
from gateway.domain.answers import Answer, Question, Rung, Validity
from gateway.domain.knowledge import Knowledge
from gateway.domain.narrowing import narrowed
from gateway.domain.occasion import KEPT, Occasions
from gateway.domain.operators import Authorisation
from gateway.domain.parties import Scope
from gateway.domain.recognition import decide, recognise
from gateway.entrypoints.rpc.answer_codec import CONDITION_TO_PB, VERDICT_TO_PB
from gateway.entrypoints.rpc.answer_writer import AnswerWriter
from gateway.entrypoints.rpc.lookup_server import LookupCalls
from gateway.entrypoints.wording import Language, find_language, languages
from gateway.exchange.grpc_feed.operator_codec import STATUS_TO_PB, authorisation_fields
from gateway.pb.mra.lookup.v1 import lookup_pb2 as pb
from gateway.pb.mra.types.v1 import operator_pb2
from tests.fakes.callers import BORDER, OpenDoor
from tests.fakes.desks import FakeRecord
from tests.fakes.known_world import CODE, NOW, world
from tests.fakes.random_worlds import questions, worlds

MOMENTS = st.sampled_from([NOW, NOW + timedelta(seconds=1), NOW + timedelta(days=30)])
SEVERAL_MOMENTS = st.lists(MOMENTS, min_size=1, max_size=3)
DIRECTIONS = {
    None: pb.DIRECTION_UNSPECIFIED,
    Direction.IMPORT: pb.DIRECTION_IMPORT,
    Direction.EXPORT: pb.DIRECTION_EXPORT,
}
ENGLISH = find_language("en")
WRITERS = [AnswerWriter(language) for language in languages().values()]
"""For all tests: what one kept of one answer must not show in another."""


def moment(at: datetime | None) -> Timestamp | None:
    if at is None:
        return None
    written = Timestamp()
    written.FromDatetime(at.astimezone(UTC))
    return written


def rung_to_pb(rung: Rung, language: Language) -> pb.Rung:
    return pb.Rung(
        number=rung.number,
        question=language.text(f"rung.{rung.number}.question"),
        passed=rung.passed,
        evidence=language.say(rung.evidence),
    )


def held_to_pb(held: Authorisation | Validity) -> operator_pb2.Authorisation:
    if isinstance(held, Authorisation):
        return operator_pb2.Authorisation(**authorisation_fields(held))
    status = operator_pb2.Status(
        code=STATUS_TO_PB[held.status.code], effective_at=moment(held.status.effective_at)
    )
    return operator_pb2.Authorisation(
        effective_at=moment(held.effective_at), expires_at=moment(held.expires_at), status=status
    )


def plain(answer: Answer, *, brief: bool = False, language: Language = ENGLISH) -> pb.Answer:
    """Write an answer field by field, and keep nothing."""
    fresh, on, held = answer.freshness, answer.valid_at, answer.authorisation
    is_moment = isinstance(on, datetime)
    return pb.Answer(
        verdict=VERDICT_TO_PB[answer.verdict],
        reason=answer.reason.value,
        sentence=language.say_all(answer.sentence),
        next_step=None if brief else language.say_all(answer.next_step),
        code=answer.code,
        normalised_code=answer.normalised_code,
        agreement=answer.agreement,
        partner=answer.partner,
        operator_id=answer.operator_id,
        operator_name=answer.operator_name,
        match=answer.match,
        authorisation=None if held is None else held_to_pb(held),
        measures=[pb.Measure(code=one.code, parameters=one.parameters) for one in answer.measures],
        freshness=pb.Freshness(
            condition=CONDITION_TO_PB[fresh.condition],
            sequence=fresh.sequence,
            list_digest=bytes.fromhex(fresh.list_digest or ""),
            issued_at=moment(fresh.issued_at),
            received_at=moment(fresh.received_at),
            next_update_at=moment(fresh.next_update_at),
            usable_until=moment(fresh.usable_until),
            signer=fresh.signer,
        ),
        hints=() if brief else map(language.say, answer.hints),
        rungs=() if brief else [rung_to_pb(rung, language) for rung in answer.rungs],
        valid_on_date=None if is_moment else on.isoformat(),
        valid_at_moment=moment(on) if isinstance(on, datetime) else None,
        known_at=moment(answer.known_at),
        contact=answer.contact,
        rule_version=answer.rule_version,
        reference=answer.reference,
    )


class Desk:
    """Answers on shared occasions, as the gateway's own desk does."""

    ready = True

    def __init__(self, known: Knowledge) -> None:
        self._occasions = Occasions(known)

    def answer(self, question: Question, *, now: datetime) -> Answer:
        return decide(question, self._occasions.find(question.on, now))

    def answer_batch(self, questions: Iterable[Question], *, now: datetime) -> list[Answer]:
        return [self.answer(question, now=now) for question in questions]


def question_to_pb(question: Question) -> pb.Question:
    on = question.on
    return pb.Question(
        code=question.code,
        on_date=on.isoformat() if isinstance(on, date) and not isinstance(on, datetime) else None,
        on_moment=moment(on) if isinstance(on, datetime) else None,
        role=question.role,
        direction=DIRECTIONS[question.direction],
        name=question.name,
    )


def _at(now: datetime) -> datetime:
    return now


KNOWLEDGE = worlds() | worlds(is_open=True)
ASKED = questions.filter(lambda question: bool(question.code)) | questions.map(
    lambda question: replace(question, code=CODE)
)


@settings(derandomize=True, max_examples=150, deadline=None)
@given(
    st.lists(ASKED, min_size=1, max_size=6), KNOWLEDGE, st.lists(MOMENTS, min_size=1, max_size=3)
)
def test_unary_batch_and_brief_calls_give_the_plain_answer(
    several: list[Question], known: Knowledge, moments: list[datetime]
) -> None:
    desk = Desk(known)
    for now in moments:
        calls = LookupCalls(desk, OpenDoor(), partial(_at, now), FakeRecord())
        messages = [question_to_pb(one) for one in several]
        answers = [recognise(one, knowledge=known, known_at=now) for one in several]
        for message, answer in zip(messages, answers, strict=True):
            written = calls.lookup(pb.LookupRequest(question=message), BORDER)
            assert pb.LookupResponse.FromString(written).answer == plain(answer)
        for brief in (False, True):
            request = pb.BatchLookupRequest(
                questions=[pb.BatchQuestion(question=one) for one in messages], brief=brief
            )
            written = calls.batch_lookup(request, BORDER)
            batch = pb.BatchLookupResponse.FromString(written).answers
            assert [one.answer for one in batch] == [plain(one, brief=brief) for one in answers]


@settings(derandomize=True, max_examples=100, deadline=None)
@given(ASKED, KNOWLEDGE, MOMENTS)
def test_what_a_writer_has_kept_shows_in_no_other_answer(
    question: Question, known: Knowledge, now: datetime
) -> None:
    answer = recognise(question, knowledge=known, known_at=now)
    others = (replace(answer, operator_id="x" * 300), replace(answer, contact=None))
    for one in (answer, *others, narrowed(answer, Scope.DECISION)):
        for writer, language in zip(WRITERS, languages().values(), strict=True):
            written = pb.LookupResponse.FromString(writer.response(one)).answer
            assert written == plain(one, language=language)


@settings(derandomize=True, max_examples=100, deadline=None)
@given(st.lists(ASKED, min_size=1, max_size=4), KNOWLEDGE, SEVERAL_MOMENTS)
def test_shared_occasions_decide_as_single_ones(
    several: list[Question], known: Knowledge, moments: list[datetime]
) -> None:
    occasions = Occasions(known)
    for now in moments:
        for one in several:
            answer = decide(one, occasions.find(one.on, now))
            assert answer == recognise(one, knowledge=known, known_at=now)


def test_more_occasions_than_are_kept_decide_the_same() -> None:
    known = world()
    occasions = Occasions(known)
    question = Question(code=CODE)
    for second in range(2 * KEPT):
        now = NOW + timedelta(seconds=second)
        answer = decide(question, occasions.find(None, now))
        assert answer == recognise(question, knowledge=known, known_at=now)
