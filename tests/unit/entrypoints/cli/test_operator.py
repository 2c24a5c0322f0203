import io
from pathlib import Path

import pytest

from tests.fakes.command_line import CommandLine

HEADER = (
    "operator_id,names,authorisation_id,category,programme,issuing_office,effective,status,"
    "consents\n"
)
ROW = "XA0000000009,{name},A-9,GOLD,Example AEO,Port,2025-01-01,ACTIVE,*\n"


def write(text: str, encoding: str = "utf-8") -> Path:
    file = Path("mine.csv")
    file.write_bytes(text.encode(encoding))
    return file


def test_import_tells_what_changed_and_what_comes_next(mra: CommandLine) -> None:
    ended = mra("operator", "import", "operators.csv")
    assert (ended.code, ended.out) == (0, "")
    assert "3 added, 0 changed, 0 removed, 0 unchanged" in ended.err
    assert "next: mra publish --preview" in ended.err


def test_import_again_changes_nothing(mra: CommandLine) -> None:
    mra("operator", "import", "operators.csv")
    again = mra("operator", "import", "operators.csv", "--json")
    assert again.data == {"added": 0, "changed": 0, "removed": 0, "unchanged": 3}


def test_dry_run_stores_nothing(mra: CommandLine) -> None:
    assert mra("operator", "import", "operators.csv", "--dry-run", "--json").data == {
        "operators": 3
    }
    first = mra("operator", "import", "operators.csv", "--json")
    assert first.data == {"added": 3, "changed": 0, "removed": 0, "unchanged": 0}


def test_byte_order_mark_is_accepted(mra: CommandLine) -> None:
    file = write(HEADER + ROW.format(name="例@zh"), "utf-8-sig")
    assert mra("operator", "import", file).code == 0


def test_standard_input_is_a_file_too(mra: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    given = io.TextIOWrapper(io.BytesIO((HEADER + ROW.format(name="Ex")).encode()))
    monkeypatch.setattr("sys.stdin", given)
    assert mra("operator", "import", "-").code == 0


BAD_FILES = {
    "UTF-16": (HEADER + ROW.format(name="Ex"), "utf-16", 65, "UTF-8"),
    "Latin-1": (HEADER + ROW.format(name="Übersee"), "latin-1", 65, "line 2"),
    "empty": ("", "utf-8", 65, "empty"),
    "HTML": ("<!DOCTYPE html><html></html>\n", "utf-8", 65, "line 1"),
    "bad row": (HEADER + ROW.format(name="Ex").replace("ACTIVE", "ASLEEP"), "utf-8", 65, "line 2"),
}


@pytest.mark.parametrize(("text", "encoding", "code", "told"), BAD_FILES.values(), ids=BAD_FILES)
def test_bad_file_is_told_and_the_programme_stays(
    mra: CommandLine, text: str, encoding: str, code: int, told: str
) -> None:
    mra("operator", "import", "operators.csv")
    ended = mra("operator", "import", write(text, encoding))
    assert (ended.code, ended.out) == (code, "")
    assert ended.err.startswith("OPERATOR_FILE_INVALID: ")
    assert told in ended.err
    kept = mra("operator", "import", "operators.csv", "--json")
    assert kept.data == {"added": 0, "changed": 0, "removed": 0, "unchanged": 3}


def test_bad_rows_are_told_as_json(mra: CommandLine) -> None:
    ended = mra("operator", "import", write(HEADER + "XA 9,,,,,,,,\n"), "--json")
    assert (ended.code, ended.out) == (65, "")
    problems = ended.error["problems"]
    assert isinstance(problems, list)
    assert {problem["line"] for problem in problems} == {2}


def test_bad_rows_beyond_fifty_are_counted(mra: CommandLine) -> None:
    rows = "".join(f"XA 9,Name [red]{number}[/red],,,,,,,\n" for number in range(60))
    ended = mra("operator", "import", write(HEADER + rows))
    assert ended.code == 65
    assert "more (--json lists all)" in ended.err


def test_file_that_is_not_there_is_named(mra: CommandLine) -> None:
    ended = mra("operator", "import", "nowhere.csv")
    assert ended.code == 64
    assert "nowhere.csv: cannot be read: no such file or directory" in ended.err


def test_import_that_takes_away_much_has_to_be_confirmed(mra: CommandLine) -> None:
    rows = [ROW.replace("XA0000000009", f"XA00000{n:05d}").format(name="Ex") for n in range(40)]
    assert mra("operator", "import", write(HEADER + "".join(rows))).code == 0
    fewer = write(HEADER + "".join(rows[20:]))
    previewed = mra("operator", "import", fewer, "--preview")
    assert "20 active operators would be removed" in previewed.err
    refused = mra("operator", "import", fewer)
    assert (refused.code, refused.out) == (79, "")
    assert "20 of 40 active operators" in refused.err
    assert "--confirm-mass-change" in refused.err
    confirmed = mra("operator", "import", fewer, "--confirm-mass-change", "--json")
    assert confirmed.data == {"added": 0, "changed": 0, "removed": 20, "unchanged": 20}
