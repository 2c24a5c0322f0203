"""What the writer puts together is what encoding the document gives, byte for byte."""

from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.domain.answers import Question
from gateway.domain.knowledge import Knowledge
from gateway.domain.narrowing import narrowed
from gateway.domain.occasion import Occasions
from gateway.domain.parties import Scope
from gateway.domain.recognition import decide
from gateway.entrypoints import answer_json_writer
from gateway.entrypoints.answer_json import answer_json
from gateway.entrypoints.answer_json_writer import AnswerJsonWriter
from gateway.entrypoints.wording import languages
from tests.fakes.every_reason import QUESTIONS, EveryReasonDesk
from tests.fakes.known_world import NOW
from tests.fakes.random_worlds import MOMENTS, questions, worlds

WRITERS = {one.tag: AnswerJsonWriter(one) for one in languages().values()}
"""For all examples: what one kept of one answer must not show in another."""


@settings(derandomize=True, max_examples=200, deadline=None)
@given(
    st.lists(questions, min_size=1, max_size=4),
    worlds() | worlds(is_open=True),
    MOMENTS,
    st.booleans(),
    st.sampled_from(Scope),
)
def test_written_answers_are_encoded_answers(
    several: list[Question], known: Knowledge, now: datetime, brief: bool, scope: Scope
) -> None:
    occasions = Occasions(known)
    for question in several:
        answer = narrowed(decide(question, occasions.find(question.on, now)), scope)
        for tag, writer in WRITERS.items():
            assert writer.write(answer, brief=brief) == answer_json(answer, tag, brief=brief)


@pytest.mark.parametrize("tag", WRITERS)
def test_nothing_kept_shows_in_another_answer(tag: str, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = EveryReasonDesk()
    answers = [desk.answer(question, now=NOW) for question in QUESTIONS]
    wanted = [answer_json(one, tag) for one in answers]
    for kept in (4096, 1):
        monkeypatch.setattr(answer_json_writer, "KEPT", kept)
        writer = AnswerJsonWriter(languages()[tag])
        assert [writer.write(one) for one in answers * 2] == wanted * 2
