import sqlite3
import subprocess
from pathlib import Path

import pytest

from gateway.domain.profiles import FeedKind
from tests.fakes.installed import Installed
from tests.fakes.partner_simulator import make_operator


@pytest.fixture
def installed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Installed:
    made = Installed(tmp_path, FeedKind.GRPC, capsys)
    made.partner.publish_next(make_operator("XB000001", on=made.now))
    made.receive()
    return made


def test_whole_trail_is_said_to_be_whole(installed: Installed) -> None:
    code, _, said = installed.mra("audit", "verify")
    assert (code, "the audit trail is whole: 2 events" in said) == (0, True)
    assert installed.mra_json("audit", "verify") == {
        "whole": True,
        "events": 2,
        "approvals": 0,
        "heads": 0,
    }


def test_changed_event_is_named_and_ends_with_an_error(installed: Installed) -> None:
    with sqlite3.connect(installed.folder / "mra.db") as raw:
        raw.execute("UPDATE audit_events SET actor = 'Mallory' WHERE number = 2")
    raw.close()
    code, _, said = installed.mra("audit", "verify")
    assert code == 65
    assert "AUDIT_BROKEN: the audit trail is broken at event 2: it was changed" in said


def test_events_are_listed_with_who_did_what(installed: Installed) -> None:
    code, out, _ = installed.mra("audit", "list")
    assert code == 0
    first, second = out.splitlines()
    assert "profile.applied" in first
    assert "officer of the test (officer, named)" in first
    assert "list.applied" in second
    assert "sequence=1" in second


def test_events_can_be_chosen(installed: Installed) -> None:
    def numbers(*arguments: str) -> list[int]:
        events = installed.mra_json("audit", "list", *arguments)
        assert isinstance(events, list)
        return [event["number"] for event in events]

    assert numbers("--action", "list.") == [2]
    assert numbers("--after", "1") == [2]
    assert numbers("--last", "1") == [2]
    assert numbers("--subject", "nothing") == []


def test_sig_8_signed_head_is_checked_by_openssl_and_finds_a_rewritten_trail(
    installed: Installed, tmp_path: Path
) -> None:
    code, _, said = installed.mra("audit", "sign")
    assert (code, "event 2 is the end" in said) == (0, True)
    _, printed, _ = installed.mra("audit", "heads", "--json")
    kept = tmp_path / "heads.json"
    kept.write_text(printed, encoding="utf-8")
    assert installed.mra("audit", "heads", "--to", tmp_path / "head")[0] == 0
    readme = (tmp_path / "head" / "README.txt").read_text()
    commands = [line[2:] for line in readme.splitlines() if line.startswith("$ ")]
    for command in commands:
        done = subprocess.run(["sh", "-c", command], cwd=tmp_path / "head", check=False)
        assert done.returncode == 0
    code, _, said = installed.mra("audit", "verify", "--heads", kept)
    assert (code, "signed heads: 2, each of this very trail" in said) == (0, True)
    with sqlite3.connect(installed.folder / "mra.db") as raw:
        raw.execute("DELETE FROM audit_events")
        raw.execute("DELETE FROM signed_heads")
        raw.execute("UPDATE audit_head SET number = 0, digest = ?", ("0" * 64,))
    raw.close()
    assert installed.mra("audit", "verify")[0] == 0
    code, _, said = installed.mra("audit", "verify", "--heads", kept)
    assert code == 65
    assert "is not the one whose head was signed" in said


def test_sig_8_without_a_key_nothing_is_signed_and_doctor_says_so(installed: Installed) -> None:
    text = installed.settings.read_text()
    table = '[audit]\ncertificate = "keys/audit.pem"\nkey = "keys/audit.key"\n'
    assert table in text
    installed.settings.write_text(text.replace(table, ""))
    code, _, said = installed.mra("audit", "sign")
    assert (code, "no [audit] certificate and key are set" in said) == (78, True)
    assert "! audit head: is not signed" in installed.mra("doctor")[1]


def test_sig_6_audit_key_is_no_other_key(installed: Installed) -> None:
    for end in ("pem", "key"):
        keys = installed.folder / "keys"
        (keys / f"audit.{end}").write_bytes((keys / f"lists.{end}").read_bytes())
    code, _, said = installed.mra("audit", "sign")
    assert (code, "lists and audit use the same key" in said) == (78, True)
