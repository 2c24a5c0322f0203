import csv
from pathlib import Path

import pytest

from gateway.domain.profiles import FeedKind
from tests.fakes.installed import Installed

HEADER = (
    "operator_id,names,authorisation_id,category,programme,issuing_office,effective,status,"
    "status_effective,consents"
)


def row(
    number: int, *, name: str = "Home Trader", status: str = "ACTIVE,", consents: str = "XB"
) -> str:
    return (
        f"XA{number:06d},{name} {number},A-{number},AEOS,Exampleland AEO,XA01,2024-01-01,{status},"
        f"{consents}"
    )


@pytest.fixture
def installed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Installed:
    return Installed(tmp_path, FeedKind.GRPC, capsys)


def write(installed: Installed, *rows: str) -> Path:
    file = installed.folder / "operators.csv"
    file.write_text("\n".join((HEADER, *rows)) + "\n", encoding="utf-8")
    return file


def test_preview_tells_what_would_change_and_stores_nothing(installed: Installed) -> None:
    installed.mra("operator", "import", write(installed, row(1), row(2), row(3)))
    file = write(installed, row(1), row(2, status="SUSPENDED,2026-01-01", consents="XB XC"), row(4))
    told = installed.mra_json("operator", "import", file, "--preview")
    assert isinstance(told, dict)
    assert told["counts"] == {"added": 1, "changed": 1, "removed": 1, "unchanged": 1}
    assert [each["operator"]["id"] for each in told["added"]] == ["XA000004"]
    assert [each["operator"]["id"] for each in told["removed"]] == ["XA000003"]
    (change,) = told["changed"]
    assert (change["before"]["consents"], change["after"]["consents"]) == (["XB"], ["XB", "XC"])
    code, out, said = installed.mra("operator", "import", file, "--preview")
    assert code == 0
    assert "+ XA000004  Home Trader 4" in out
    assert "~ XA000002  Home Trader 2" in out
    assert "consents: XB → XB XC" in out
    assert "SUSPENDED" in out
    assert "- XA000003  Home Trader 3" in out
    assert "nothing was stored" in said
    assert installed.mra("operator", "show", "XA000004")[0] == 66
    again = installed.mra_json("operator", "import", file, "--preview")
    assert again == told


def test_import_again_changes_nothing(installed: Installed) -> None:
    file = write(installed, *(row(number) for number in range(1, 31)))
    first = installed.mra_json("operator", "import", file)
    second = installed.mra_json("operator", "import", file)
    assert first == {"added": 30, "changed": 0, "removed": 0, "unchanged": 0}
    assert second == {"added": 0, "changed": 0, "removed": 0, "unchanged": 30}
    told = installed.mra_json("operator", "import", file, "--preview")
    assert isinstance(told, dict)
    assert (told["added"], told["changed"], told["removed"]) == ([], [], [])


def test_order_of_the_rows_is_no_change(installed: Installed) -> None:
    rows = [row(number) for number in range(1, 31)]
    installed.mra("operator", "import", write(installed, *rows))
    told = installed.mra_json("operator", "import", write(installed, *reversed(rows)))
    assert told == {"added": 0, "changed": 0, "removed": 0, "unchanged": 30}


def test_all_bad_rows_are_reported_as_csv(installed: Installed) -> None:
    bad = [row(number, status="REVOKED,") for number in range(1, 101)]
    file = write(installed, row(0), *bad, "XA000200,too few cells")
    report = installed.folder / "problems.csv"
    code, _, said = installed.mra("operator", "import", file, "--problems", report)
    assert code == 65
    assert "OPERATOR_FILE_INVALID" in said
    with report.open(newline="", encoding="utf-8") as text:
        rows = list(csv.DictReader(text))
    assert len(rows) == 101
    assert rows[0] == {
        "line": "3",
        "column": "status_effective",
        "reason": "required for status REVOKED",
    }
    assert rows[-1]["line"] == "103"
    assert installed.mra("operator", "show", "XA000000")[0] == 66


def test_good_file_leaves_an_empty_report(installed: Installed) -> None:
    report = installed.folder / "problems.csv"
    report.write_text("of yesterday")
    installed.mra("operator", "import", write(installed, row(1)), "--problems", report)
    assert report.read_text() == "line,column,reason\n"


def test_report_that_cannot_be_written_is_said(installed: Installed) -> None:
    nowhere = installed.folder / "nowhere" / "problems.csv"
    code, _, said = installed.mra(
        "operator", "import", write(installed, row(1)), "--problems", nowhere
    )
    assert code == 64
    assert "cannot be written" in said


def test_pub_1_a_file_of_xml_is_told_by_its_content(installed: Installed) -> None:
    schemas = Path(__file__).resolve().parents[3] / "schemas" / "mra" / "status-list" / "1"
    example = (schemas / "examples" / "programme.xml").read_text(encoding="utf-8")
    file = installed.folder / "programme"
    file.write_text(example, encoding="utf-8")
    code, _, said = installed.mra("operator", "import", file)
    assert (code, "3 operators: 3 added" in said) == (0, True), said
    file.write_text(example.replace(">XC<", ">xc<"), encoding="utf-8")
    problems = installed.folder / "problems.csv"
    code, _, said = installed.mra("operator", "import", file, "--problems", problems)
    assert (code, "line 17, operator XAAEO0000000001" in said) == (65, True), said
    assert len(problems.read_text(encoding="utf-8").splitlines()) == 2
