import sqlite3
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from gateway.domain.lists import ListHeader
from gateway.domain.parties import Role
from gateway.domain.profiles import FeedKind, Folders, KeyUse, Send, SftpPlace, Ways
from tests.contract.profiles_suite import write_version
from tests.fakes.actors import make_person, register
from tests.fakes.certificates import issue as certificate
from tests.fakes.home import OFFICER, make_agreement
from tests.fakes.installed import Installed
from tests.fakes.partner_simulator import Keys, make_operator
from tests.fakes.sftp_servers import write_key
from tests.fakes.token_issuer import AUDIENCE, ISSUER, key_set
from tests.fakes.trial_keys import pin

DAY = timedelta(days=1)


@pytest.fixture
def installed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Installed:
    made = Installed(tmp_path, FeedKind.GRPC, capsys)
    made.partner.list_operators(*(make_operator(f"XB{n:06d}", on=made.now) for n in (1, 2)))
    admin = make_person(tmp_path, "admin", Role.ADMINISTRATOR)
    alice = make_person(tmp_path, "alice", Role.OFFICER)
    made.within(lambda gateway: register(gateway.store, admin, alice))
    return made


def checks_of(installed: Installed, *, code: int = 0) -> dict[str, tuple[str, str]]:
    told = installed.mra_json("doctor", code=code)
    assert isinstance(told, dict)
    assert told["fit"] is (code == 0)
    return {check["name"]: (check["level"], check["detail"]) for check in told["checks"]}


def issue(installed: Installed, *, before: timedelta) -> ListHeader:
    installed.partner.now = installed.now - before
    header = installed.partner.publish_next()
    installed.receive(at=installed.partner.now)
    return header


def delivered(installed: Installed) -> None:
    def deliver(gateway: object) -> None:
        outbox = gateway.store.outbox  # type: ignore[attr-defined] # a gateway
        for waiting in outbox.due(installed.profile.receives, installed.now + DAY):
            outbox.delivered(waiting.delivery_id, installed.now)

    installed.within(deliver)


def test_exc_7_doctor_tells_whether_the_key_for_sftp_can_be_used(
    installed: Installed, tmp_path: Path
) -> None:
    key = write_key(tmp_path / "sftp")
    sftp = SftpPlace(
        address="files.customs.example:22",
        user="xa-customs",
        key_file=str(tmp_path / "sftp"),
        host_keys=(key.export_public_key().decode().strip(),),
    )
    folders = Folders(inbox="/in", outbox="/out", sftp=sftp)
    profile = replace(
        installed.profile, kind=FeedKind.ASICE, exchange=Ways(send=Send.PUSH, folders=folders)
    )
    installed.within(lambda gateway: gateway.store.profiles.apply(profile, OFFICER, installed.now))
    issue(installed, before=timedelta(hours=1))
    level, said = checks_of(installed)["sftp XA-XB"]
    assert (level, key.get_fingerprint() in said) == ("ok", True)
    (tmp_path / "sftp").chmod(0o644)
    level, said = checks_of(installed, code=1)["sftp XA-XB"]
    assert level == "failed"
    assert "may be read by others" in said


def test_gateway_that_is_fit_ends_with_0_and_needs_nobody(installed: Installed) -> None:
    issue(installed, before=timedelta(hours=1))
    delivered(installed)
    levels = {name: level for name, (level, _) in checks_of(installed).items()}
    assert levels == {
        "own keys": "ok",
        "certificate own tls": "ok",
        "certificate own lists": "ok",
        "certificate own acknowledgements": "ok",
        "decision log": "ok",
        "database": "ok",
        "clock": "ok",
        "certificate XB tls": "ok",
        "certificate XB lists": "ok",
        "certificate XB acknowledgements": "ok",
        "audit head": "ok",
        "certificate own audit": "ok",
        "four eyes": "ok",
        "stream XA-XB": "ok",
    }
    code, out, said = installed.mra("doctor")
    assert (code, "nothing needs you" in said) == (0, True)
    assert "✓ stream XA-XB: on time; data CURRENT" in out


def test_damaged_profile_fails_and_keeps_no_other_check_away(installed: Installed) -> None:
    issue(installed, before=timedelta(hours=1))
    installed.within(lambda gateway: write_version(gateway.store, "XA-XB", 1, '{"kind": "pigeon"}'))
    found = checks_of(installed, code=1)
    level, detail = found["profile XA-XB"]
    assert (level, "cannot be read" in detail) == ("failed", True)
    assert found["database"][1].startswith("fits this release; 0 partner profiles")
    assert "four eyes" in found


def test_decision_log_that_is_gone_fails(installed: Installed) -> None:
    (installed.folder / "mra.decisions.db").unlink()
    level, detail = checks_of(installed, code=1)["decision log"]
    assert (level, "was it moved" in detail) == ("failed", True)
    assert not (installed.folder / "mra.decisions.db").exists()


def test_decision_log_that_is_off_is_a_warning(installed: Installed) -> None:
    text = installed.settings.read_text("utf-8")
    installed.settings.write_text(text.replace('"required"\n', '"off"\n'), "utf-8")
    assert checks_of(installed)["decision log"][0] == "warning"


def test_keys_of_the_token_issuer_are_looked_at(installed: Installed) -> None:
    table = f'[lookup.tokens]\nissuer = "{ISSUER}"\naudience = "{AUDIENCE}"\nkeys = "keys.json"\n'
    with installed.settings.open("a", encoding="utf-8") as settings:
        settings.write(table)
    level, detail = checks_of(installed, code=1)["issuer keys"]
    assert (level, "keys.json" in detail) == ("failed", True)
    (installed.folder / "keys.json").write_bytes(key_set())
    level, detail = checks_of(installed)["issuer keys"]
    assert (level, ISSUER in detail) == ("ok", True)


def test_undelivered_acknowledgement_is_told_with_what_to_do(installed: Installed) -> None:
    issue(installed, before=timedelta(hours=1))
    level, detail = checks_of(installed)["acknowledgements XA-XB"]
    assert (level, detail) == ("warning", "1 not delivered, 0 attempts")
    assert "to try now: mra sync XB" in installed.mra("doctor")[1]


def test_stream_without_any_list_is_a_warning(installed: Installed) -> None:
    level, detail = checks_of(installed)["stream XA-XB"]
    assert (level, detail) == ("warning", "never run; data MISSING")


def test_stream_that_is_late_is_a_warning_while_its_data_may_decide(installed: Installed) -> None:
    issue(installed, before=timedelta(hours=30))
    level, detail = checks_of(installed)["stream XA-XB"]
    assert (level, detail.partition(":")[0]) == ("warning", "late; data LATE")


def test_stream_whose_data_decides_no_more_fails(installed: Installed) -> None:
    issue(installed, before=5 * DAY)
    level, detail = checks_of(installed, code=1)["stream XA-XB"]
    assert (level, detail.partition(":")[0]) == ("failed", "overdue; data STALE")


def test_held_stream_is_told_with_list_and_reason(installed: Installed) -> None:
    issue(installed, before=timedelta(hours=2))
    installed.partner.previous_digest = "ab" * 32
    installed.partner.sequence = 2
    installed.partner.now = installed.now - timedelta(hours=1)
    installed.partner.publish()
    installed.receive(at=installed.partner.now)
    level, detail = checks_of(installed)["stream XA-XB"]
    assert level == "warning"
    assert detail.startswith("held; data CURRENT")
    assert "list 2 held since" in detail
    assert "EQUIVOCATION" in detail


def test_clock_behind_an_accepted_list_fails(installed: Installed) -> None:
    issue(installed, before=-DAY)
    level, detail = checks_of(installed, code=1)["clock"]
    assert level == "failed"
    assert "every decision is UNDETERMINED" in detail


def _no_database(installed: Installed) -> None:
    (installed.folder / "mra.db").rename(installed.folder / "elsewhere.db")


def _older_database(installed: Installed) -> None:
    with sqlite3.connect(installed.folder / "mra.db") as raw:
        raw.execute("UPDATE alembic_version SET version_num = 'v0000'")
    raw.close()


def _key_for_the_world(installed: Installed) -> None:
    (installed.folder / "keys" / "lists.key").chmod(0o644)


def _one_key_for_two_uses(installed: Installed) -> None:
    for suffix in ("pem", "key"):
        copied = (installed.folder / "keys" / f"lists.{suffix}").read_bytes()
        (installed.folder / "keys" / f"acknowledgements.{suffix}").write_bytes(copied)


def _no_certificate(installed: Installed) -> None:
    (installed.folder / "keys" / "tls.pem").unlink()


FAULTS: dict[str, tuple[Callable[[Installed], None], str]] = {
    "no database": (_no_database, "database"),
    "database of another release": (_older_database, "database"),
    "key that the world may read": (_key_for_the_world, "own keys"),
    "one key for two uses": (_one_key_for_two_uses, "own keys"),
    "missing certificate": (_no_certificate, "own keys"),
}


@pytest.mark.parametrize(("spoil", "name"), FAULTS.values(), ids=FAULTS)
def test_what_is_required_and_wrong_ends_with_1_and_a_way_out(
    installed: Installed, spoil: Callable[[Installed], None], name: str
) -> None:
    spoil(installed)
    assert checks_of(installed, code=1)[name][0] == "failed"
    code, out, _ = installed.mra("doctor")
    assert code == 1
    after = out.partition(f"✗ {name}: ")[2].splitlines()[1]
    assert after.startswith("    ")


def test_sig_6_config_check_tells_of_one_key_for_two_uses(installed: Installed) -> None:
    _one_key_for_two_uses(installed)
    code, _, said = installed.mra("config", "check")
    assert code == 78
    assert "lists and acknowledgements use the same key" in said


def test_partners_certificate_that_ends_soon_is_a_warning(
    installed: Installed, tmp_path: Path
) -> None:
    soon = Keys(tmp_path / "soon", "XB", installed.now - 3640 * DAY)
    anchors = replace(pin(soon.folder / "lists.pem"), issuer="XB", countries=("XB",))
    others = tuple(each for each in installed.profile.trust if each.use is not KeyUse.LISTS)
    profile = replace(
        installed.profile, trust=(*others, anchors), agreement=make_agreement(contact="desk XB")
    )
    installed.within(lambda gateway: gateway.store.profiles.apply(profile, OFFICER, installed.now))
    level, detail = checks_of(installed)["certificate XB lists"]
    assert (level, detail.startswith("within 14 days of its end")) == ("warning", True)


def test_sig_4_agreed_second_signature_without_second_keys_fails(installed: Installed) -> None:
    ways = Ways(hybrid_since=installed.now + DAY)
    profile = replace(installed.profile, exchange=ways)
    installed.within(lambda gateway: gateway.store.profiles.apply(profile, OFFICER, installed.now))
    level, detail = checks_of(installed, code=1)["XB second keys"]
    assert (level, "nothing is signed from then on" in detail) == ("failed", True)
    keys = installed.folder / "keys"
    for number, use in enumerate(("lists", "acknowledgements")):
        second = certificate(use, kind="mldsa65", number=40 + number, since=installed.now - DAY,
                             until=installed.now + 400 * DAY)  # fmt: skip
        (keys / f"{use}-hybrid.pem").write_text(second.pem)
        (keys / f"{use}-hybrid.key").touch(mode=0o600)
        (keys / f"{use}-hybrid.key").write_bytes(second.key_pem)
        with installed.settings.open("a") as file:
            file.write(f'\n[{use}.hybrid]\ncertificate = "keys/{use}-hybrid.pem"\n')
            file.write(f'key = "keys/{use}-hybrid.key"\n')
    checks = checks_of(installed)
    assert "XB second keys" not in checks
    assert "certificate own lists hybrid" in checks
