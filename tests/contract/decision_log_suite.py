"""What every implementation of `ports.decision_log.DecisionLog` does."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import cast

import pytest
from msgspec import structs

from gateway.domain.agreements import Direction, Interval
from gateway.domain.answers import Answer, AnswerReason, Question, Verdict
from gateway.domain.blocks import HomeBlock, Lifting
from gateway.domain.errors import StoreError
from gateway.domain.knowledge import HeldOperator, gather
from gateway.domain.logged_decisions import Logged, answer_digest, logged
from gateway.domain.recognition import recognise
from gateway.domain.snapshot import AgreementSnapshot, Snapshot
from gateway.ports.decision_log import Numbered, Wanted
from gateway.store.decision_log import (
    DecisionTable,
    check_decision_log,
    make_decision_log,
    open_decision_log,
    try_decision_log,
)
from tests.fakes.known_world import AGREEMENT, CODE, NOW, OPERATOR, HeldList

SECOND = timedelta(seconds=1)
SNAPSHOT = Snapshot(
    agreements={AGREEMENT.id: AgreementSnapshot(profile=1, state=41, restricted=("XA1",))},
    blocks=(
        HomeBlock(
            id=1,
            operator_id="XA2",
            reason="open offence case",
            interval=Interval(effective_at=NOW),
            put_in_at=NOW,
            put_in_by="officer",
            lifted=Lifting(at=NOW + SECOND, by="officer", reason="closed"),
        ),
    ),
)
ODD = Question(
    code='XA"\\\0 \u2028 你好 \U0001f6c3',
    direction=Direction.IMPORT,
    name="Ünïcode \x1f Ltd",
    on=date(2026, 3, 29),
    role="IM",
)


def answer(question: Question, at: datetime = NOW) -> Answer:
    held = {AGREEMENT.id: HeldList(HeldOperator(OPERATOR))}
    known = gather([AGREEMENT], held, checks={}, snapshot=SNAPSHOT.name)
    return recognise(question, knowledge=known, known_at=at)


def append(
    log: DecisionTable, *questions: Question, at: datetime = NOW, caller: str = "border"
) -> list[Answer]:
    answers = [answer(one, at) for one in questions]
    decisions = [logged(caller, *pair) for pair in zip(questions, answers, strict=True)]
    log.append(decisions, {SNAPSHOT.name: SNAPSHOT})
    return answers


def codes(found: Sequence[Numbered]) -> list[str]:
    return [one.decision.question.code for one in found]


class DecisionLogSuite:
    @pytest.fixture
    def log(self, database_url: str) -> Iterator[DecisionTable]:
        make_decision_log(database_url)
        opened = open_decision_log(database_url)
        opened.erase(datetime(2100, 1, 1, tzinfo=UTC), dry_run=False)
        yield opened
        opened.close()

    @pytest.mark.parametrize(
        "question",
        [
            Question(code=CODE),
            Question(code="ZZ1"),
            Question(code=CODE, on=NOW - SECOND, name="Somebody Else"),
            ODD,
            Question(code="ZZRECOGNISED", test=True),
        ],
        ids=["granted", "no agreement", "name conflict at a moment", "odd texts", "test code"],
    )
    def test_a_decision_comes_back_as_it_was_given(
        self, log: DecisionTable, question: Question
    ) -> None:
        [given] = append(log, question)
        assert given.reference
        [found] = log.find(given.reference)
        decision = found.decision
        assert decision.question == question
        assert decision.caller == "border"
        assert (decision.known_at, decision.valid_at) == (given.known_at, given.valid_at)
        assert (decision.verdict, decision.reason) == (given.verdict, given.reason)
        assert (decision.agreement, decision.operator_id) == (given.agreement, given.operator_id)
        assert decision.sequence == given.freshness.sequence
        assert decision.list_digest == given.freshness.list_digest
        assert decision.rule_version == given.rule_version
        assert decision.digest == answer_digest(given)
        assert decision.snapshot == given.basis.snapshot

    def test_its_snapshot_comes_back_too_and_is_kept_once(self, log: DecisionTable) -> None:
        append(log, Question(code=CODE))
        append(log, Question(code="ZZ1"))
        assert log.find_snapshot(SNAPSHOT.name) == SNAPSHOT
        assert log.find_snapshot("another") is None

    def test_the_same_decision_given_twice_is_there_twice(self, log: DecisionTable) -> None:
        [given] = append(log, Question(code=CODE))
        append(log, Question(code=CODE), caller="risk engine")
        found = log.find(given.reference or "")
        assert [one.decision.caller for one in found] == ["border", "risk engine"]
        assert found[0].number < found[1].number
        assert log.find("no-such-reference") == []

    def test_decisions_are_found_by_what_is_wanted_of_them(self, log: DecisionTable) -> None:
        append(log, Question(code=CODE), Question(code="ZZ1"), Question(code="XA0000000000"))
        append(log, Question(code="ZZ2"), at=NOW + SECOND, caller="agency")
        assert codes(log.select(Wanted())) == ["ZZ2", "XA0000000000", "ZZ1", CODE]
        assert codes(log.select(Wanted(caller="agency"))) == ["ZZ2"]
        assert codes(log.select(Wanted(agreement=AGREEMENT.id))) == ["XA0000000000", CODE]
        assert codes(log.select(Wanted(reason=AnswerReason.NOT_LISTED))) == ["XA0000000000"]
        assert codes(log.select(Wanted(verdict=Verdict.GRANT))) == [CODE]
        assert codes(log.select(Wanted(since=NOW + SECOND))) == ["ZZ2"]
        assert codes(log.select(Wanted(until=NOW + SECOND, limit=2))) == ["XA0000000000", "ZZ1"]

    def test_pages_follow_each_other(self, log: DecisionTable) -> None:
        append(log, *(Question(code=f"ZZ{number}") for number in range(5)))
        first = log.select(Wanted(limit=2))
        second = log.select(Wanted(limit=2, before=first[-1].number))
        third = log.select(Wanted(limit=2, before=second[-1].number))
        assert codes([*first, *second, *third]) == ["ZZ4", "ZZ3", "ZZ2", "ZZ1", "ZZ0"]

    def test_many_writers_lose_nothing(self, log: DecisionTable, database_url: str) -> None:
        def write(number: int) -> None:
            own = open_decision_log(database_url)
            for step in range(5):
                append(own, Question(code=f"ZZ{number}-{step}"), caller=f"process {number}")
            own.close()

        with ThreadPoolExecutor(4) as threads:
            list(threads.map(write, range(4)))
        found = codes(log.select(Wanted(limit=100)))
        assert sorted(found) == [f"ZZ{n}-{step}" for n in range(4) for step in range(5)]

    def test_what_is_older_than_its_time_is_erased_with_the_snapshots_that_nothing_names(
        self, log: DecisionTable
    ) -> None:
        append(log, Question(code="ZZ1"), Question(code="ZZ2"))
        later = Snapshot(agreements={}, release="later")
        young = answer(Question(code="ZZ3"), NOW + SECOND)
        basis = structs.replace(young.basis, snapshot=later.name)
        decision = logged("border", Question(code="ZZ3"), structs.replace(young, basis=basis))
        log.append([decision], {later.name: later})
        due = log.erase(NOW + SECOND, dry_run=True)
        assert (due.count, due.first, due.last) == (2, NOW, NOW)
        assert len(log.select(Wanted())) == 3
        assert log.erase(NOW + SECOND, dry_run=False) == due
        assert codes(log.select(Wanted())) == ["ZZ3"]
        assert log.find_snapshot(SNAPSHOT.name) is None
        assert log.find_snapshot(later.name) == later
        assert log.erase(NOW + SECOND, dry_run=False).count == 0

    def test_a_decision_whose_basis_is_gone_is_told_and_not_hidden(
        self, log: DecisionTable
    ) -> None:
        [given] = append(log, Question(code="ZZ1"))
        with log._database.write() as connection:
            connection.exec_driver_sql("DELETE FROM decision_bases")
        with pytest.raises(StoreError, match="of the log cannot be read"):
            log.select(Wanted())
        with pytest.raises(StoreError, match="of the log cannot be read"):
            log.find(given.reference)

    def test_that_it_can_be_written_is_tried_and_nothing_is_left_of_it(
        self, log: DecisionTable, database_url: str
    ) -> None:
        append(log, Question(code="ZZ1"))
        try_decision_log(database_url)
        assert codes(log.select(Wanted())) == ["ZZ1"]

    def test_a_log_that_cannot_be_written_is_found_out_by_trying(
        self, log: DecisionTable, database_url: str
    ) -> None:
        def rename(before: str, after: str) -> None:
            with log._database.write() as connection:
                connection.exec_driver_sql(f"ALTER TABLE {before} RENAME TO {after}")

        rename("decisions", "kept")
        try:
            check_decision_log(database_url)
            with pytest.raises(StoreError):
                try_decision_log(database_url)
        finally:
            rename("kept", "decisions")

    def test_a_batch_is_written_whole_or_not_at_all(self, log: DecisionTable) -> None:
        good = logged("border", Question(code="ZZ1"), answer(Question(code="ZZ1")))
        (reference, _, *rest), basis = good
        bad = cast("Logged", ((reference, None, *rest), basis))
        with pytest.raises(StoreError):
            log.append([good, bad], {SNAPSHOT.name: SNAPSHOT})
        assert log.select(Wanted()) == []
        assert log.find_snapshot(SNAPSHOT.name) is None
