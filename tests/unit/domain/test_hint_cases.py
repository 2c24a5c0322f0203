"""Typed and mistyped codes against the reference network: `tests/vectors/hints.csv`."""

import csv
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from gateway.config.check_digits import CHECKS
from gateway.config.partner_files import load_partners
from gateway.domain.agreements import Agreement, Interval, Lifecycle
from gateway.domain.answers import Question, Verdict
from gateway.domain.knowledge import Holding, Knowledge, gather
from gateway.domain.recognition import recognise
from tests.fakes.known_world import NOW, HeldList
from tests.fakes.wording import in_english

_ROOT = Path(__file__).parents[3]
_ALWAYS = Interval(effective_at=datetime(2000, 1, 1, tzinfo=UTC))
with (_ROOT / "tests/vectors/hints.csv").open(encoding="utf-8", newline="") as _table:
    CASES = {row["case"]: row for row in csv.DictReader(_table)}


@pytest.fixture(scope="module")
def network() -> Knowledge:
    """Every agreement in force, its code forms as published, with an empty fresh list."""
    agreements = [_in_force(one.agreement) for one in load_partners(_ROOT / "partners")]
    holdings: dict[str, Holding] = {one.id: HeldList() for one in agreements}
    return gather(agreements, holdings, checks=CHECKS)


def _in_force(agreement: Agreement) -> Agreement:
    rules = tuple(replace(one, interval=_ALWAYS) for one in agreement.rules[:1])
    return replace(agreement, state=Lifecycle.IN_FORCE, in_force=_ALWAYS, rules=rules)


@pytest.mark.parametrize("row", CASES.values(), ids=CASES.keys())
def test_mistyped_code_gets_a_useful_hint(network: Knowledge, row: dict[str, str]) -> None:
    answer = recognise(Question(code=row["code"]), knowledge=network, known_at=NOW)
    assert answer.reason.value == row["reason"]
    assert any(row["hint"] in in_english(hint) for hint in answer.hints), in_english(answer.hints)
    assert answer.verdict is Verdict.NO_GRANT


def test_there_are_at_least_twenty() -> None:
    assert len(CASES) >= 20
