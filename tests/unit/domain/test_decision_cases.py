"""The decisions that were written down before the code: `tests/vectors/decisions/`."""

import pytest

from gateway.domain.recognition import recognise
from tests.fakes.decision_cases import DecisionCase, decision_cases, measures_in_words

CASES = {case.row["case"]: case for case in decision_cases()}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_decision_is_the_one_that_was_expected_before_the_code(case: DecisionCase) -> None:
    answer = recognise(case.question, knowledge=case.knowledge, known_at=case.known_at)
    found = {
        "rung": str(answer.rungs[-1].number),
        "decision": answer.verdict.value,
        "reason": answer.reason.value,
        "measures": measures_in_words(answer.measures),
    }
    if case.row["match"]:
        found["match"] = answer.match.value if answer.match else "none"
    assert found == {column: case.row[column] for column in found}, answer.sentence


def test_there_are_enough_cases_and_no_two_have_one_name() -> None:
    assert len(CASES) == sum(1 for _ in decision_cases()) >= 150
