from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import msgspec
import pytest

from gateway.domain.answers import Answer, AnswerReason, Question, Verdict
from gateway.domain.errors import DecisionLogFullError, StoreError
from gateway.domain.logged_decisions import COLUMNS
from gateway.domain.parties import Caller, Purpose
from gateway.domain.snapshot import Snapshot
from gateway.services.decision_recorder import DecisionRecorder, Rule
from tests.fakes.decision_logs import LogInMemory
from tests.fakes.desks import make_answer

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
BORDER = Caller(name="border", fingerprint="0" * 64, purposes=(Purpose.LOOKUP,), added_at=NOW)
QUESTION = Question(code="XA1")
SNAPSHOT = Snapshot(agreements={})


def given(question: Question = QUESTION) -> Answer:
    made = make_answer(question, NOW)
    basis = msgspec.structs.replace(made.basis, snapshot=SNAPSHOT.name)
    return msgspec.structs.replace(made, reference="abc", basis=basis)


class Told:
    """A recorder over a log in memory, and what it told."""

    def __init__(self, rule: Rule = Rule.REQUIRED, *, room: int = 4) -> None:
        self.log = LogInMemory()
        self.said: list[StoreError | None] = []
        self.recorder = DecisionRecorder(self.log, rule, tell=self.said.append, room=room)
        self.recorder.begins(SNAPSHOT)


def test_decisions_are_written_with_their_snapshot_in_the_order_in_which_they_were_given() -> None:
    told = Told()
    first = told.recorder.keep(BORDER, QUESTION, given())
    told.recorder.keep_all(BORDER, [Question(code="XA2"), Question(code="XA3")], [given(), given()])
    assert first == given()
    assert told.log.batches == []
    assert told.recorder.flush()
    rows = [dict(zip(COLUMNS, entry, strict=True)) for entry in told.log.entries]
    asked = [msgspec.json.decode(str(row["question"]))["code"] for row in rows]
    assert asked == ["XA1", "XA2", "XA3"]
    assert {row["caller"] for row in rows} == {"border"}
    assert told.log.snapshots == {SNAPSHOT.name: SNAPSHOT}


def test_a_full_log_refuses_decisions_that_must_be_logged() -> None:
    told = Told(room=2)
    told.log.away = True
    for _ in range(2):
        told.recorder.keep(BORDER, QUESTION, given())
    assert not told.recorder.flush()
    with pytest.raises(DecisionLogFullError, match="2 decisions wait to be logged"):
        told.recorder.keep(BORDER, QUESTION, given())
    with pytest.raises(DecisionLogFullError):
        told.recorder.keep_all(BORDER, [QUESTION], [given()])
    assert told.recorder.figures.refused == 2
    assert told.recorder.figures.waiting == 2


def test_a_batch_that_does_not_fit_whole_is_refused_whole() -> None:
    told = Told(room=2)
    with pytest.raises(DecisionLogFullError):
        told.recorder.keep_all(BORDER, [QUESTION] * 3, [given()] * 3)
    assert told.recorder.figures.waiting == 0
    assert told.recorder.keep_all(BORDER, [QUESTION] * 2, [given()] * 2) == [given()] * 2


def test_with_best_effort_a_decision_that_is_not_logged_has_no_reference() -> None:
    told = Told(Rule.BEST_EFFORT, room=1)
    assert told.recorder.keep(BORDER, QUESTION, given()).reference == "abc"
    lost = told.recorder.keep(BORDER, QUESTION, given())
    assert lost == msgspec.structs.replace(given(), reference="")
    both = told.recorder.keep_all(BORDER, [QUESTION] * 2, [given()] * 2)
    assert [one.reference for one in both] == ["", ""]
    assert told.recorder.figures.lost == 3


def test_what_could_not_be_written_is_written_once_the_log_is_back() -> None:
    told = Told()
    told.log.away = True
    told.recorder.keep(BORDER, QUESTION, given())
    assert not told.recorder.flush()
    assert not told.recorder.flush()
    told.log.away = False
    told.recorder.keep(BORDER, Question(code="XA2"), given())
    assert told.recorder.flush()
    assert len(told.log.entries) == 2
    # Told once at each turn, not at each attempt.
    assert [one is None for one in told.said] == [False, True]
    assert told.recorder.figures.failures == 2
    assert told.recorder.figures.written == 2


def test_decisions_are_counted_by_agreement_verdict_and_reason_also_without_a_log() -> None:
    told = Told(Rule.OFF, room=10)
    for _ in range(3):
        told.recorder.keep(BORDER, QUESTION, given())
    told.recorder.flush()
    assert told.log.batches == []
    assert told.recorder.figures.decisions == {("XH-XA", Verdict.GRANT, AnswerReason.RECOGNISED): 3}


def test_a_text_that_nobody_can_encode_is_not_given_and_stops_no_log() -> None:
    told = Told()
    with pytest.raises(UnicodeEncodeError):
        told.recorder.keep(BORDER, Question(code="XA\ud800"), given())
    told.recorder.keep(BORDER, QUESTION, given())
    assert told.recorder.flush()
    assert len(told.log.entries) == 1


def test_the_writer_takes_what_many_threads_give_and_leaves_nothing_behind() -> None:
    told = Told(room=10_000)
    told.recorder.start()

    def give(number: int) -> None:
        for step in range(100):
            told.recorder.keep(BORDER, Question(code=f"XA{number}-{step}"), given())

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(give, range(8)))
    assert told.recorder.stop() == 0
    assert len(told.log.entries) == 800
    assert told.recorder.figures.written == 800


def test_what_cannot_be_written_before_the_end_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.services.decision_recorder.LAST_PATIENCE", 0.0)
    told = Told()
    told.log.away = True
    told.recorder.keep(BORDER, QUESTION, given())
    assert told.recorder.stop() == 1


def test_a_batch_waits_while_the_writer_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    # The writer's thread may have to wait for a machine that is busy.
    monkeypatch.setattr("gateway.services.decision_recorder.PATIENCE", 60.0)
    told = Told(room=2)
    told.recorder.start()
    for _ in range(20):
        told.recorder.keep_all(BORDER, [QUESTION] * 2, [given()] * 2)
    assert told.recorder.stop() == 0
    assert told.recorder.figures.written == 40
    assert told.recorder.figures.refused == 0
