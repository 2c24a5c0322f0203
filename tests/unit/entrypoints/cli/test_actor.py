import stat
from pathlib import Path

import pytest
import typer

from gateway.entrypoints.cli import proof
from tests.fakes.command_line import CommandLine, Ended

PASSPHRASE = "correct horse battery"  # noqa: S105 - of keys made for these tests


def make_key(mra: CommandLine, name: str) -> None:
    assert mra("actor", "key", f"{name}.pem", "--unencrypted").code == 0


def add(mra: CommandLine, name: str, role: str, *more: str) -> Ended:
    return mra("actor", "add", name, "--role", role, "--key", f"{name}.pub.pem", *more)


@pytest.fixture
def admin(mra: CommandLine) -> CommandLine:
    make_key(mra, "admin")
    assert add(mra, "admin", "administrator").code == 0
    return mra


def terminal(monkeypatch: pytest.MonkeyPatch, *answers: str) -> None:
    """Answer questions as a person at a terminal would."""
    given = iter(answers)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr(typer, "prompt", lambda *_, **__: next(given))


def test_no_actors_yet_is_said_with_what_adds_the_first(mra: CommandLine) -> None:
    ended = mra("actor", "list")
    assert (ended.code, ended.out) == (0, "")
    assert "mra actor add NAME --role administrator" in ended.err
    assert mra("actor", "list", "--json").data == []


def test_first_administrator_is_registered_at_the_keyboard_and_the_trail_says_so(
    mra: CommandLine,
) -> None:
    make_key(mra, "admin")
    ended = add(mra, "admin", "administrator", "--actor", "root")
    assert ended.code == 0
    assert "at the keyboard, as the first" in ended.err
    line = mra("audit", "list", "--action", "actor.").out
    assert "actor.added  admin  root (administrator, named)" in line
    assert "signed=no" in line


def test_first_actor_is_an_administrator(mra: CommandLine) -> None:
    make_key(mra, "alice")
    ended = add(mra, "alice", "officer")
    assert ended.code == 77
    assert "ACTOR_NOT_PERMITTED: the first actor is an administrator" in ended.err


def test_others_are_added_with_an_administrators_signature(admin: CommandLine) -> None:
    make_key(admin, "alice")
    refused = add(admin, "alice", "officer")
    assert (refused.code, "only an administrator adds alice" in refused.err) == (77, True)
    signed = add(admin, "alice", "officer", "--as", "admin", "--sign-with", "admin.pem", "--json")
    assert signed.code == 0
    listed = admin("actor", "list", "--json").data
    assert isinstance(listed, list)
    assert [(each["name"], each["role"]) for each in listed] == [
        ("admin", "administrator"),
        ("alice", "officer"),
    ]
    assert listed[1] == signed.data
    out = admin("audit", "list", "--action", "actor.").out.splitlines()
    assert f"admin (administrator, proven by key {listed[0]['fingerprint'][:8]})" in out[1]


def test_an_officers_signature_adds_nobody(admin: CommandLine) -> None:
    for name in ("alice", "bob"):
        make_key(admin, name)
    add(admin, "alice", "officer", "--sign-with", "admin.pem")
    ended = add(admin, "bob", "officer", "--sign-with", "alice.pem")
    assert (ended.code, "alice is officer" in ended.err) == (77, True)


def test_the_key_of_another_or_of_nobody_is_told(admin: CommandLine) -> None:
    make_key(admin, "alice")
    wrong_name = add(admin, "alice", "officer", "--as", "root", "--sign-with", "admin.pem")
    assert (wrong_name.code, "registered for admin, not for root" in wrong_name.err) == (77, True)
    nobody = add(admin, "alice", "officer", "--sign-with", "alice.pem")
    assert (nobody.code, "ACTOR_UNPROVEN" in nobody.err) == (77, True)


def test_revoked_actor_stays_on_the_list_and_is_never_added_again(admin: CommandLine) -> None:
    make_key(admin, "alice")
    add(admin, "alice", "officer", "--sign-with", "admin.pem")
    revoke = ("actor", "revoke", "alice", "--reason", "left the service")
    assert admin(*revoke).code == 77
    ended = admin(*revoke, "--as", "admin", "--key", "admin.pem", "--json")
    assert ended.code == 0
    listed = admin("actor", "list", "--json").data
    assert isinstance(listed, list)
    assert listed[1]["revoked_at"] is not None
    assert add(admin, "alice", "officer", "--sign-with", "admin.pem").code == 75
    assert admin(*revoke, "--key", "admin.pem").code == 75
    assert "left the service" in admin("audit", "approvals").out


def test_last_administrator_stays(admin: CommandLine) -> None:
    ended = admin("actor", "revoke", "admin", "--reason", "x", "--key", "admin.pem")
    assert (ended.code, "last administrator" in ended.err) == (77, True)


def test_approvals_are_shown_with_all_that_proves_them(admin: CommandLine) -> None:
    assert "no approvals yet" in admin("audit", "approvals").err
    make_key(admin, "alice")
    add(admin, "alice", "officer", "--sign-with", "admin.pem", "--reason", "新同事")
    out = admin("audit", "approvals").out
    assert "actor.add  alice  admin (administrator, proven by key " in out
    assert "新同事" in out
    data = admin("audit", "approvals", "--json").data
    assert isinstance(data, list)
    assert {"statement", "signature", "public_key", "payload_type"} <= data[0].keys()
    verified = admin("audit", "verify", "--json").data
    assert isinstance(verified, dict)
    assert verified["approvals"] == 1
    assert "1, each signed with the key that was registered then" in admin("audit", "verify").err


def test_list_fits_eighty_columns(admin: CommandLine) -> None:
    listed = admin("actor", "list").out
    assert max(len(line) for line in listed.splitlines()) <= 80


def test_key_is_made_with_a_passphrase_from_a_file(mra: CommandLine) -> None:
    Path("passphrase").write_text(PASSPHRASE + "\n")
    Path("passphrase").chmod(0o600)
    made = mra("actor", "key", "admin.pem", "--passphrase-file", "passphrase", "--json")
    assert made.code == 0
    assert stat.S_IMODE(Path("admin.pem").stat().st_mode) == 0o600
    assert "ENCRYPTED" in Path("admin.pem").read_text()
    make_key(mra, "alice")
    assert add(mra, "admin", "administrator").code == 0
    asked = add(mra, "alice", "officer", "--sign-with", "admin.pem")
    assert (asked.code, "needs a passphrase: give --passphrase-file FILE" in asked.err) == (
        78,
        True,
    )
    given = ("--sign-with", "admin.pem", "--passphrase-file", "passphrase")
    assert add(mra, "alice", "officer", *given).code == 0
    assert PASSPHRASE not in mra("audit", "list", "--json").out


def test_passphrase_is_asked_for_at_a_terminal(
    mra: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal(monkeypatch, PASSPHRASE, PASSPHRASE)
    assert mra("actor", "key", "admin.pem").code == 0
    terminal(monkeypatch, PASSPHRASE)
    assert proof.load_signer(Path("admin.pem"), None).fingerprint
    terminal(monkeypatch, PASSPHRASE, "another passphrase")
    differ = mra("actor", "key", "other.pem")
    assert (differ.code, "the two passphrases differ" in differ.err) == (78, True)
    assert not Path("other.pem").exists()


def test_key_without_passphrase_is_warned_about(mra: CommandLine) -> None:
    assert "whoever gets the file signs as you" in mra("actor", "key", "a.pem", "--unencrypted").err
    both = mra("actor", "key", "b.pem", "--unencrypted", "--passphrase-file", "x")
    assert both.code == 64
    assert mra("actor", "key", "c.pem").code == 78
    assert mra("actor", "key", "a.pem", "--unencrypted").code == 78


def test_gateways_own_role_is_no_persons(mra: CommandLine) -> None:
    make_key(mra, "alice")
    assert add(mra, "alice", "gateway").code == 2
    assert mra("actor", "add", "x", "--role", "officer", "--key", "alice.pem").code == 78
