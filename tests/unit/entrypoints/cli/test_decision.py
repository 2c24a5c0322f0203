import sqlite3
from typing import Any

import pytest

from tests.fakes.command_line import CommandLine

XB = ("-c", "XB/mra.toml")


def found(value: object) -> Any:  # noqa: ANN401 - JSON
    return value


@pytest.fixture
def reference(mra_exchanged: CommandLine) -> str:
    """Of a decision that an officer got at the keyboard."""
    answer = found(mra_exchanged("lookup", "XA0000000001", *XB, "--json").data)
    return str(answer["reference"])


def change_log(mra: CommandLine, statement: str) -> None:
    with sqlite3.connect(mra.folder / "XB/mra.decisions.db") as connection:
        connection.execute(statement)
    connection.close()


def test_an_officers_decision_is_logged_and_shown(
    mra_exchanged: CommandLine, reference: str
) -> None:
    ended = mra_exchanged("decision", "show", reference, *XB)
    assert ended.code == 0
    assert reference in ended.out
    assert "GRANT  RECOGNISED" in ended.out
    assert "officer " in ended.out
    (shown,) = found(mra_exchanged("decision", "show", reference, *XB, "--json").data)
    assert shown["question"] == {"code": "XA0000000001"}
    assert shown["rested_on"]["agreements"]["XA-XB"]["state"] == 1


def test_decisions_of_a_span_are_shown(mra_exchanged: CommandLine, reference: str) -> None:
    assert reference in mra_exchanged("decision", "list", "--since", "2001-01-01", *XB).out
    assert reference not in mra_exchanged("decision", "list", "--until", "2001-01-01", *XB).out
    ended = mra_exchanged("decision", "list", "--since", "yesterday", *XB)
    assert ended.code == 64
    assert "'yesterday' is neither" in ended.err


def test_a_decision_that_is_in_no_log_is_not_found(mra_exchanged: CommandLine) -> None:
    for command in ("show", "replay"):
        ended = mra_exchanged("decision", command, "no-such-thing", *XB)
        assert ended.code == 66
        assert "no-such-thing" in ended.err


def test_replay_says_equal_and_exits_with_0(mra_exchanged: CommandLine, reference: str) -> None:
    ended = mra_exchanged("decision", "replay", reference, *XB)
    assert ended.code == 0
    assert ended.err.startswith("equal bit for bit: GRANT RECOGNISED, known at 20")
    (outcome,) = found(mra_exchanged("decision", "replay", reference, *XB, "--json").data)
    assert (outcome["equal"], outcome["differences"]) == (True, [])
    assert outcome["answer"]["reference"] == reference


def test_replay_of_a_row_that_was_changed_shows_the_difference_and_exits_with_12(
    mra_exchanged: CommandLine, reference: str
) -> None:
    change_log(mra_exchanged, "UPDATE decision_bases SET verdict = 'NO_GRANT'")
    change_log(mra_exchanged, "UPDATE decisions SET digest = 'x'")
    ended = mra_exchanged("decision", "replay", reference, *XB)
    assert ended.code == 12
    assert "different: NO_GRANT" in ended.err
    assert [line.split() for line in ended.out.splitlines()] == [
        ["fact", "logged", "now"],
        ["verdict", "NO_GRANT", "GRANT"],
    ]


def test_replay_tells_other_words_from_another_decision(
    mra_exchanged: CommandLine, reference: str
) -> None:
    change_log(mra_exchanged, "UPDATE decisions SET digest = 'x'")
    ended = mra_exchanged("decision", "replay", reference, *XB)
    assert ended.code == 12
    assert "the same decision in other words" in ended.err


def test_decisions_are_listed_newest_first_in_pages(mra_exchanged: CommandLine) -> None:
    for code in ("XA0000000001", "XA0000000002", "ZZ1"):
        mra_exchanged("lookup", code, *XB)
    first = mra_exchanged("decision", "list", "--limit", "2", *XB)
    assert first.out.splitlines()[0].split() == ["number", "when", "caller", "verdict", "reason"]
    assert [line.split()[0] for line in first.out.splitlines()[1::2]] == ["3", "2"]
    assert "--before 2" in first.err
    second = found(mra_exchanged("decision", "list", "--before", "2", *XB, "--json").data)
    assert [one["number"] for one in second["decisions"]] == [1]
    assert second["before"] is None
    suspended = mra_exchanged("decision", "list", "--reason", "SUSPENDED", *XB, "--json")
    assert [one["number"] for one in found(suspended.data)["decisions"]] == [2]
    later = mra_exchanged("decision", "list", "--since", "2100-01-01T00:00:00Z", *XB)
    assert "no decision like this" in later.err


def test_old_decisions_are_counted_and_erased_with_an_audit_event(
    mra_exchanged: CommandLine, reference: str
) -> None:
    assert "no decision is old enough" in mra_exchanged("decision", "retain", *XB).err
    # The second 1,000,000,000.
    change_log(mra_exchanged, "UPDATE decisions SET reference = '3b9aca00' || substr(reference, 9)")
    assert "1 decision from 2001-09-09" in mra_exchanged("decision", "retain", *XB).err
    assert "Z erased" in mra_exchanged("decision", "retain", "--erase", *XB).err
    assert mra_exchanged("decision", "show", reference, *XB).code == 66
    events = mra_exchanged("audit", "list", *XB).out
    assert "decisions.erased" in events


@pytest.mark.parametrize(
    ("rule", "code"), [("required", 78), ("best effort", 78), ("off", 0)], ids=str
)
def test_a_log_that_is_no_database_stops_officers_unless_it_is_off(
    mra_exchanged: CommandLine, monkeypatch: pytest.MonkeyPatch, rule: str, code: int
) -> None:
    monkeypatch.setenv("MRA_LOOKUP__DECISION_LOG", rule)
    (mra_exchanged.folder / "XB/mra.decisions.db").write_text("no database at all")
    assert mra_exchanged("lookup", "XA0000000001", *XB, "--json").code == code


@pytest.mark.parametrize(
    ("rule", "code"), [("required", 69), ("best effort", 0), ("off", 0)], ids=str
)
def test_a_log_that_is_gone_is_told_and_never_made_at_the_keyboard(
    mra_exchanged: CommandLine, monkeypatch: pytest.MonkeyPatch, rule: str, code: int
) -> None:
    monkeypatch.setenv("MRA_LOOKUP__DECISION_LOG", rule)
    log = mra_exchanged.folder / "XB/mra.decisions.db"
    log.unlink(missing_ok=True)
    ended = mra_exchanged("lookup", "XA0000000001", *XB, "--json")
    assert ended.code == code
    told = f"there is no database {log}: was it moved" in ended.err
    assert told == ("Put it back" in ended.err) == (rule != "off")
    if rule == "best effort":
        assert found(ended.data)["reference"] == ""
    for command in (["list"], ["show", "X"], ["replay", "X"], ["retain", "--erase"]):
        assert mra_exchanged("decision", *command, *XB).code == 69
    assert not log.exists()


def test_a_number_that_no_database_holds_is_refused_in_words(mra_exchanged: CommandLine) -> None:
    ended = mra_exchanged("decision", "list", "--before", "9" * 20, *XB)
    assert ended.code == 64
    assert "a number is larger than any in the database" in ended.err
