import stat
from pathlib import Path

from tests.fakes.command_line import CommandLine


def test_no_callers_yet_is_said_with_what_adds_one(mra: CommandLine) -> None:
    ended = mra("caller", "list")
    assert (ended.code, ended.out) == (0, "")
    assert "mra caller add" in ended.err
    assert mra("caller", "list", "--json").data == []


def test_refused_registration_leaves_no_trial_files_behind(mra: CommandLine) -> None:
    add = ("caller", "add", "border", "--purpose", "lookup", "--trial")
    assert mra(*add, "first").code == 0
    assert "CONFLICT" in mra(*add, "second").err
    assert sorted(one.name for one in (mra.folder / "first").iterdir()) == [
        "border.key",
        "border.pem",
    ]
    assert list((mra.folder / "second").iterdir()) == []


def test_trial_certificate_is_made_and_registered(mra: CommandLine) -> None:
    added = mra("caller", "add", "border", "--purpose", "lookup", "--trial", "border", "--json")
    assert added.code == 0
    assert stat.S_IMODE(Path("border/border.key").stat().st_mode) == 0o600
    (caller,) = _list(mra("caller", "list", "--json").data)
    assert caller.pop("asked_today") == 0
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
        ((*add, "lookup"), 64, "--certificate FILE, --trial FOLDER or --subject SUBJECT"),
        ((*add, "exchange", "--trial", "x"), 64, "needs a partner"),
        ((*add, "lookup", "--certificate", "none.pem"), 78, "none.pem"),
        ((*add, "lookup", "--certificate", "operators.csv"), 78, "operators.csv"),
        ((*add, "lookup", "--subject", "s", "--trial", "x"), 64, "one of --certificate"),
        ((*add, "programme", "--subject", "s"), 64, "for purpose lookup alone"),
        ((*add, "lookup", "--trial", "x", "--burst", "5"), 64, "a burst needs a rate"),
        ((*add, "lookup", "--trial", "x", "--rate", "-1"), 64, "rate is -1"),
        (("caller", "set", "x"), 64, "at least one of --scope"),
        (("caller", "set", "nobody", "--rate", "1"), 66, "nobody"),
        (("caller", "revoke", "nobody"), 66, "nobody"),
    ):
        ended = mra(*arguments)
        assert ended.code == code
        assert told in ended.err
    assert mra("caller", "list", "--json").data == []
    assert not Path("x").exists()


def test_another_agency_is_registered_by_its_tokens_with_scope_and_limits(mra: CommandLine) -> None:
    added = mra(
        "caller", "add", "agency", "--purpose", "lookup", "--subject", "agency-client",
        "--scope", "decision", "--rate", "10", "--burst", "50", "--quota", "1000",
    )  # fmt: skip
    assert "is shown decisions alone; at most 10 a second (50 at once), 1000 a day" in added.err
    assert "[lookup.tokens]" in added.err
    (caller,) = _list(mra("caller", "list", "--json").data)
    assert caller["subject"] == "agency-client"
    assert caller["fingerprint"] is None
    assert (caller["scope"], caller["asked_today"]) == ("decision", 0)
    assert caller["limits"] == {"rate": 10, "burst": 50, "quota": 1000}
    listed = mra("caller", "list").out
    assert "token subject agency-client; at most 10 a second" in listed
    assert max(len(line) for line in listed.splitlines()) <= 80


def test_scope_and_limits_are_changed_one_by_one(mra: CommandLine) -> None:
    mra("caller", "add", "border", "--purpose", "lookup", "--trial", "border")
    first = mra("caller", "set", "border", "--rate", "10", "--burst", "20", "--json").data
    assert isinstance(first, dict)
    assert (first["scope"], first["limits"]) == ("full", {"rate": 10, "burst": 20})
    told = mra("caller", "set", "border", "--scope", "decision", "--quota", "500")
    assert told.err.strip() == (
        "border: is shown decisions alone; at most 10 a second (20 at once), 500 a day"
    )
    mra("caller", "set", "border", "--rate", "0")
    last = mra("caller", "set", "border", "--quota", "0", "--json").data
    assert isinstance(last, dict)
    assert (last["scope"], last["limits"]) == ("decision", None)


def _list(data: object) -> list[dict[str, object]]:
    assert isinstance(data, list)
    return data
