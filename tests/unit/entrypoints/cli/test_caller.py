import stat
from pathlib import Path

from tests.fakes.command_line import CommandLine


def test_no_callers_yet_is_said_with_what_adds_one(mra: CommandLine) -> None:
    ended = mra("caller", "list")
    assert (ended.code, ended.out) == (0, "")
    assert "mra caller add" in ended.err
    assert mra("caller", "list", "--json").data == []


def test_trial_certificate_is_made_and_registered(mra: CommandLine) -> None:
    added = mra("caller", "add", "border", "--purpose", "lookup", "--trial", "border", "--json")
    assert added.code == 0
    assert stat.S_IMODE(Path("border/border.key").stat().st_mode) == 0o600
    (caller,) = _list(mra("caller", "list", "--json").data)
    assert caller == added.data
    assert caller["purposes"] == ["lookup"]
    assert str(caller["fingerprint"]) in mra("caller", "list").out


def test_own_certificate_is_registered(mra: CommandLine) -> None:
    ended = mra("caller", "add", "me", "--purpose", "lookup", "--certificate", "keys/tls.pem")
    assert ended.code == 0


def test_revoked_caller_stays_on_the_list(mra: CommandLine) -> None:
    mra("caller", "add", "border", "--purpose", "lookup", "--trial", "border")
    revoked = mra("caller", "revoke", "border", "--json").data
    assert isinstance(revoked, dict)
    (caller,) = _list(mra("caller", "list", "--json").data)
    assert caller["revoked_at"] == revoked["revoked_at"]


def test_list_fits_eighty_columns_and_reads_brackets_as_they_are(mra: CommandLine) -> None:
    mra("caller", "add", "[red]", "--purpose", "lookup", "--certificate", "keys/tls.pem")
    listed = mra("caller", "list").out
    assert "[red]" in listed
    assert max(len(line) for line in listed.splitlines()) <= 80


def test_wrong_uses_are_told(mra: CommandLine) -> None:
    add = ("caller", "add", "x", "--purpose")
    for arguments, code, told in (
        ((*add, "lookup"), 64, "either --certificate FILE or --trial FOLDER"),
        ((*add, "exchange", "--trial", "x"), 64, "needs --partner"),
        ((*add, "lookup", "--certificate", "none.pem"), 78, "none.pem"),
        ((*add, "lookup", "--certificate", "operators.csv"), 78, "operators.csv"),
        (("caller", "revoke", "nobody"), 66, "nobody"),
    ):
        ended = mra(*arguments)
        assert ended.code == code
        assert told in ended.err
    assert mra("caller", "list", "--json").data == []


def _list(data: object) -> list[dict[str, object]]:
    assert isinstance(data, list)
    return data
