import io
import json
import re
import sys
from pathlib import Path

import pytest

from gateway.entrypoints.cli.app import main
from tests.fakes.command_line import CommandLine

XB = ("-c", "XB/mra.toml")

DECISIONS = {
    "granted": (["XA0000000001"], 0, "GRANT", "RECOGNISED"),
    "legacy form": (["AEO<XA0000000001>"], 0, "GRANT", "RECOGNISED"),
    "suspended": (["XA0000000002"], 10, "NO_GRANT", "SUSPENDED"),
    "no consent: as not listed": (["XA0000000003"], 10, "NO_GRANT", "NOT_LISTED"),
    "no agreement": (["XQ0000000003"], 10, "NO_GRANT", "NO_AGREEMENT"),
    "test code": (["ZZLOCALBLOCK", "--test"], 10, "NO_GRANT", "LOCAL_BLOCK"),
    "test code in earnest": (["ZZRECOGNISED"], 10, "NO_GRANT", "NO_AGREEMENT"),
    "before the first day": (
        ["XA0000000001", "--on", "2001-01-01"],
        10,
        "NO_GRANT",
        "AGREEMENT_NOT_IN_FORCE",
    ),
    "role": (["XA0000000001", "--role", "cb"], 10, "NO_GRANT", "ROLE_NOT_COVERED"),
    "contradicting name": (
        ["XA0000000001", "--name", "Zebra Shipping"],
        11,
        "UNDETERMINED",
        "NAME_CONFLICT",
    ),
    "direction": (["XA0000000001", "--direction", "import"], 0, "GRANT", "RECOGNISED"),
    "before anything was known": (
        ["XA0000000001", "--known-at", "2001-01-01T00:00:00Z"],
        10,
        "NO_GRANT",
        "NO_AGREEMENT",
    ),
}


@pytest.mark.parametrize(
    ("arguments", "code", "verdict", "reason"), DECISIONS.values(), ids=DECISIONS
)
def test_decision_is_the_exit_code_the_first_words_and_the_json(
    mra_exchanged: CommandLine, arguments: list[str], code: int, verdict: str, reason: str
) -> None:
    ended = mra_exchanged("lookup", *arguments, *XB)
    assert (ended.code, ended.err) == (code, "")
    assert ended.out.splitlines()[0] == f"{verdict}  {reason}"
    as_json = mra_exchanged("lookup", *arguments, *XB, "--json")
    assert (as_json.code, as_json.err) == (code, "")
    assert isinstance(as_json.data, dict)
    assert (as_json.data["verdict"], as_json.data["reason"]) == (verdict, reason)


@pytest.mark.parametrize("code", ["", "X" * 71], ids=["empty", "too long"])
def test_code_that_no_interface_takes_is_refused_and_not_decided(
    mra_exchanged: CommandLine, code: str
) -> None:
    ended = mra_exchanged("lookup", code, *XB)
    assert (ended.code, ended.out) == (64, "")
    assert "code must have 1 to 70 characters" in ended.err


def test_moment_of_knowledge_is_a_moment(mra_exchanged: CommandLine) -> None:
    ended = mra_exchanged("lookup", "XA0000000001", "--known-at", "2026-01-01", *XB)
    assert ended.code == 64
    assert "'2026-01-01' is not YYYY-MM-DDThh:mm:ssZ" in ended.err


def test_operator_without_consent_and_nobody_get_the_same_answer(
    mra_exchanged: CommandLine,
) -> None:
    """Down to the hints; the reference and the clock are of each answer alone."""
    answers = []
    for code in ("XA0000000003", "XA0000000008"):
        data = mra_exchanged("lookup", code, *XB, "--json").data
        assert isinstance(data, dict)
        data.pop("reference")
        assert data.pop("known_at") == data.pop("valid_at")
        answers.append(json.dumps(data).replace(code, "CODE"))
    without_consent, nobody = (re.sub(r"\d\d:\d\d:\d\dZ", "time", one) for one in answers)
    assert without_consent == nobody


def test_partner_without_a_list_leaves_it_undetermined(mra_exchanged: CommandLine) -> None:
    ended = mra_exchanged("lookup", "XB0000000001")
    assert ended.code == 11
    assert ended.out.startswith("UNDETERMINED  DATA_MISSING\n")


def test_answer_reads_well_at_eighty_columns_without_colours(mra_exchanged: CommandLine) -> None:
    lines = mra_exchanged("lookup", "XA0000000001", *XB).out.splitlines()
    assert max(len(line) for line in lines) <= 80
    assert [line for line in lines if line != line.rstrip()] == []
    assert "\x1b" not in "".join(lines)
    assert "measures       PRIO    priority inspection" in lines
    assert "               INSP    lower inspection rate (factor 0.2)" in lines
    assert [line for line in lines if line.startswith("✓ ")][-1].startswith("✓ 9  ")


def test_officer_reads_the_decision_in_the_language_asked_for(mra_exchanged: CommandLine) -> None:
    chinese = mra_exchanged("lookup", "XA0000000002", *XB, "--language", "zh-Hans-CN")
    assert chinese.code == 10
    assert "按常规监管办理" in chinese.out
    assert "指的是哪个经营者？" in chinese.out
    labels = [line.split()[0] for line in chinese.out.splitlines() if line[:1].strip()]
    assert {"下一步", "代码", "协议", "数据", "联络点", "决定编号"} < set(labels)
    assert not [label for label in labels if label.isascii() and label.islower()]
    as_json = mra_exchanged("lookup", "XA0000000001", *XB, "--language", "zh", "--json")
    assert isinstance(as_json.data, dict)
    assert as_json.data["next_step"] == "适用所列措施；其他监管不变。"
    unknown = mra_exchanged("lookup", "XA0000000002", *XB, "--language", "xx")
    assert "Apply normal controls" in unknown.out


def test_rung_that_stopped_is_marked_by_shape(mra_exchanged: CommandLine) -> None:
    lines = mra_exchanged("lookup", "XA0000000002", *XB).out.splitlines()
    marked = [line for line in lines if line[:1] in {"✓", "✗"}]
    assert [line[0] for line in marked] == ["✓"] * 5 + ["✗"]


@pytest.mark.usefixtures("mra_exchanged")
def test_terminal_of_another_encoding_gets_escapes_and_json_stays_utf_8(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def written(*arguments: str) -> bytes:
        into = io.BytesIO()
        monkeypatch.setattr("sys.stdout", io.TextIOWrapper(into, encoding="latin-1"))
        with pytest.raises(SystemExit):
            main(["lookup", *arguments, *XB])
        sys.stdout.flush()
        return into.getvalue()

    assert b"\\u2713 9  Which measures" in written("XA0000000001")
    assert "示例".encode() in written("示例", "--json")


def test_declared_code_is_never_read_as_markup(mra_exchanged: CommandLine) -> None:
    ended = mra_exchanged("lookup", "[bold red]XA0000000001[/bold red]", *XB)
    assert "[bold red]" in ended.out


def test_declared_code_never_steers_the_terminal(mra_exchanged: CommandLine) -> None:
    ended = mra_exchanged("lookup", "XA\x1b[31m\r\x9b2J", *XB)
    assert "\\x1b[31m\\r\\x9b2J" in ended.out
    assert not {"\x1b", "\r", "\x9b"} & set(ended.out)


BAD_MOMENTS = {
    "day that is none": ["--on", "2026-02-30"],
    "no date": ["--on", "yesterday"],
    "fractions": ["--on", "2026-01-01T00:00:00.5Z"],
    "bare date as moment of knowledge": ["--known-at", "2026-01-01"],
}


@pytest.mark.parametrize("arguments", BAD_MOMENTS.values(), ids=BAD_MOMENTS)
def test_moment_that_is_none_is_told(mra_exchanged: CommandLine, arguments: list[str]) -> None:
    ended = mra_exchanged("lookup", "XA0000000001", *arguments, *XB)
    assert (ended.code, ended.out) == (64, "")
    assert arguments[1] in ended.err


def test_lookup_needs_no_keys(mra_exchanged: CommandLine) -> None:
    for key in Path("XB/keys").glob("*.key"):
        key.unlink()
    assert mra_exchanged("lookup", "XA0000000001", *XB).code == 0
