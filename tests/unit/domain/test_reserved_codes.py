"""The table of test codes in the documentation, and that nothing of it is real."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.answers import AnswerReason, FreshnessClass, MatchKind, Question, Verdict
from gateway.domain.recognition import recognise
from tests.fakes.known_world import (
    CODE,
    NOW,
    HeldList,
    agreement,
    blocked,
    head,
    held,
    with_identifier,
    world,
)
from tests.fakes.operators import STEADY
from tests.fakes.random_worlds import worlds
from tests.fakes.wording import in_english

_PAGE = Path(__file__).parents[3] / "docs" / "test-codes.md"
_ROW = re.compile(r"\| `(.+?)` \| (\w+) \| (\w+) \| (.*?) ?\|")
TABLE = _ROW.findall(_PAGE.read_text("utf-8"))


def ask(code: str, on: date | datetime | None = None) -> Question:
    name = "Somebody Else" if code == "ZZNAMECONFLICT" else None
    return Question(code=code, name=name, on=on, test=True)


@pytest.mark.parametrize(("code", "decision", "reason", "note"), TABLE)
def test_documented_code_gets_the_documented_answer(
    code: str, decision: str, reason: str, note: str
) -> None:
    answer = recognise(ask(code), knowledge=world(), known_at=NOW)
    assert (answer.verdict.value, answer.reason.value) == (decision, reason)
    if note.startswith("match: "):
        assert note.startswith(f"match: {answer.match}")
    if "LATE" in note:
        assert answer.freshness.condition is FreshnessClass.LATE
    if "measures" in note:
        assert [one.code for one in answer.measures] == ["INSP", "PRIO"]


def test_every_reason_has_a_documented_code() -> None:
    assert {reason for _, _, reason, _ in TABLE} == {reason.value for reason in AnswerReason}


@pytest.mark.parametrize("code", [row[0] for row in TABLE if row[0].isupper()])
@pytest.mark.parametrize("moment", [
    NOW,
    datetime(2026, 11, 2, tzinfo=UTC),
    datetime(2026, 11, 2, 23, 59, 59, tzinfo=UTC),
    datetime(1970, 1, 2, tzinfo=UTC),
    datetime(2099, 2, 28, 12, tzinfo=UTC),
])  # fmt: skip
def test_answer_is_the_same_at_any_time_and_about_any_date(code: str, moment: datetime) -> None:
    expected = recognise(ask(code), knowledge=world(), known_at=NOW)
    for on in (None, date(2020, 2, 29), moment - timedelta(hours=1), date(2026, 11, 2)):
        question = ask(code, on=on)
        answer = recognise(question, knowledge=world(), known_at=moment)
        assert (answer.verdict, answer.reason) == (expected.verdict, expected.reason)


def test_every_answer_tells_that_it_is_a_test() -> None:
    for code, _, reason, _ in TABLE:
        answer = recognise(ask(code), knowledge=world(), known_at=NOW)
        assert (answer.normalised_code or "").removeprefix("AEO").startswith("ZZ")
        if reason not in {"NO_AGREEMENT", "CODE_MALFORMED"}:
            assert (answer.agreement or "").startswith("TEST")
            assert answer.partner == "ZZ"
        if answer.verdict is Verdict.GRANT:
            assert "Testland (reserved test codes)" in in_english(answer.sentence)


@STEADY
@given(worlds(), st.sampled_from([row[0] for row in TABLE]))
def test_nothing_real_has_a_part_in_it(known: object, code: str) -> None:
    question = ask(code)
    answer = recognise(question, knowledge=known, known_at=NOW)  # type: ignore[arg-type]
    assert answer == recognise(question, knowledge=world(), known_at=NOW)


def test_real_data_that_claims_a_test_code_is_not_asked() -> None:
    claims = agreement(territory=("ZZ",), rules=())
    known = world(
        claims,
        holding=HeldList(held(id="ZZNOTLISTED"), with_identifier("EORI", "ZZREVOKED")),
        blocks=blocked("ZZRECOGNISED"),
    )
    for code, reason in (
        ("ZZNOTLISTED", AnswerReason.NOT_LISTED),
        ("ZZREVOKED", AnswerReason.REVOKED),
        ("ZZRECOGNISED", AnswerReason.RECOGNISED),
    ):
        assert recognise(ask(code), knowledge=known, known_at=NOW).reason is reason


@pytest.mark.parametrize("code", [row[0] for row in TABLE])
def test_code_that_is_declared_in_earnest_is_of_no_agreement(code: str) -> None:
    answer = recognise(Question(code=code), knowledge=world(), known_at=NOW)
    assert answer.reason is AnswerReason.NO_AGREEMENT
    assert "ZZ are test codes" in in_english(answer.hints[0])


def test_test_knows_nothing_real() -> None:
    answer = recognise(ask(CODE), knowledge=world(), known_at=NOW)
    assert answer.reason is AnswerReason.NO_AGREEMENT


def test_test_codes_work_while_the_real_lists_are_ahead_of_the_clock() -> None:
    ahead = world(holding=HeldList(held(), head=head(received_at=NOW + timedelta(days=1))))
    real = recognise(Question(code=CODE), knowledge=ahead, known_at=NOW)
    test = recognise(ask("ZZRECOGNISED"), knowledge=ahead, known_at=NOW)
    assert real.reason is AnswerReason.DATA_STALE
    assert (test.verdict, test.match) == (Verdict.GRANT, MatchKind.EXACT)
