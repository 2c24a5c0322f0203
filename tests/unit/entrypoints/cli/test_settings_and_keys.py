import re
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.trust.pki import make_trial_pki
from tests.fakes.command_line import CommandLine


def test_missing_settings_file_is_named_with_what_makes_one(mra: CommandLine) -> None:
    ended = mra("partner", "list", "-c", "nowhere/mra.toml")
    assert ended.code == 78
    assert ended.err.startswith("CONFIG_INVALID: nowhere/mra.toml: no such file; `mra init`")


def test_error_is_one_json_object_on_standard_error(mra: CommandLine) -> None:
    ended = mra("partner", "list", "--json", "-c", "nowhere.toml")
    assert (ended.code, ended.out) == (78, "")
    assert ended.error["error"] == "CONFIG_INVALID"
    assert ended.error["context"] == {"file": "nowhere.toml", "problems": "1"}


def test_wrong_key_is_named_with_its_file_and_a_near_one(mra: CommandLine) -> None:
    text = Path("mra.toml").read_text()
    Path("mra.toml").write_text(text.replace("[lookup]\nlisten", "[lookup]\nlistens"))
    ended = mra("config", "check")
    assert ended.code == 78
    assert "mra.toml: lookup.listens: unknown key; did you mean lookup.listen?" in ended.err


def test_unknown_variable_is_named(mra: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MRA_LOOKUP__LISTENS", "127.0.0.1:1")
    ended = mra("lookup", "XB0000000001")
    assert ended.code == 78
    assert "MRA_LOOKUP__LISTENS: unknown variable; did you mean MRA_LOOKUP__LISTEN?" in ended.err


def test_settings_are_found_through_the_variable(
    mra: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("/")
    monkeypatch.setenv("MRA_CONFIG", str(mra.folder / "XB/mra.toml"))
    checked = mra("config", "check", "--json").data
    assert isinstance(checked, dict)
    assert checked["settings"]["home"] == "XB"


def test_good_settings_are_shown(mra: CommandLine) -> None:
    ended = mra("config", "check")
    assert ended.code == 0
    # As it may be written into the file.
    assert 'home = "XA"\n' in ended.out
    assert "good" in ended.err


def missing(key: Path) -> None:
    key.unlink()


def readable_by_all(key: Path) -> None:
    key.chmod(0o644)


def another_ones(key: Path) -> None:
    key.write_bytes(key.with_name("ca.key").read_bytes())


def no_key_at_all(key: Path) -> None:
    key.write_text("no key")


SPOILT_KEYS: dict[str, tuple[Callable[[Path], None], str]] = {
    "missing": (missing, "no such file"),
    "readable by all": (readable_by_all, "set it to 0600"),
    "of another certificate": (another_ones, "is not the key of"),
    "no key": (no_key_at_all, "pem"),
}


@pytest.mark.parametrize("use", ["tls", "lists", "acknowledgements"])
@pytest.mark.parametrize(("spoil", "reason"), SPOILT_KEYS.values(), ids=SPOILT_KEYS)
def test_key_that_cannot_be_used_is_named(
    mra: CommandLine, use: str, spoil: Callable[[Path], None], reason: str
) -> None:
    key = mra.folder / f"keys/{use}.key"
    spoil(key)
    ended = mra("config", "check")
    assert ended.code == 78
    assert f"keys/{use}." in ended.err
    assert reason in ended.err.lower()


@pytest.mark.parametrize("use", ["tls", "lists", "acknowledgements"])
def test_expired_certificate_is_named(mra: CommandLine, tmp_path: Path, use: str) -> None:
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    make_trial_pki(
        tmp_path / "old",
        administration="Customs of XA",
        country="XA",
        hosts=("localhost",),
        now=long_ago,
        days=30,
    )
    for suffix in ("pem", "key"):
        shutil.copy(tmp_path / f"old/{use}.{suffix}", mra.folder / f"keys/{use}.{suffix}")
    ended = mra("config", "check")
    assert ended.code == 78
    assert f"keys/{use}.pem" in ended.err
    assert "expired" in ended.err


@pytest.mark.parametrize("command", [("publish",), ("sync",), ("publish", "--preview")])
def test_bad_signing_key_stops_what_would_sign(mra: CommandLine, command: tuple[str, ...]) -> None:
    (mra.folder / "keys/lists.key").chmod(0o644)
    ended = mra(*command)
    assert ended.code == 78
    assert "keys/lists.key" in ended.err


def test_all_problems_are_told_at_once(mra: CommandLine) -> None:
    (mra.folder / "keys/lists.key").unlink()
    (mra.folder / "mra.db").unlink()
    partner_file = mra.folder / "partners/XA-XB/partner.toml"
    partner_file.write_text(partner_file.read_text().replace("grpc_feed", "carrier pigeon"))
    ended = mra("config", "check", "--json")
    assert ended.code == 78
    checked = ended.data
    assert isinstance(checked, dict)
    problems = "\n".join(checked["problems"])
    assert len(checked["problems"]) == 3
    assert re.search(
        r"keys/lists\.key(.|\n)*there is no database(.|\n)*partner\.toml: kind", problems
    )
