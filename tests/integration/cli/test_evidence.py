"""Exported evidence is checked by xmlsec1 and openssl alone, with the commands of its README."""

import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from gateway.domain.errors import UnknownSignerError
from gateway.domain.profiles import FeedKind, KeyUse
from gateway.trust.pki import make_revocation_list
from tests.fakes.home import OFFICER
from tests.fakes.installed import FIRST_FILES, Installed
from tests.fakes.partner_simulator import Keys, make_operator
from tests.fakes.zip_forger import tamper

pytestmark = [
    pytest.mark.xmlsec1,
    pytest.mark.skipif(
        shutil.which("xmlsec1") is None or shutil.which("openssl") is None,
        reason="NOT WITNESSED: xmlsec1 and openssl are not both installed on this machine",
    ),
]


@pytest.fixture(params=list(FeedKind))
def installed(
    request: pytest.FixtureRequest, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Installed:
    """A list of 2,100 operators (three chunks over gRPC) that was received some weeks ago."""
    made = Installed(tmp_path, request.param, capsys)
    made.partner.now = made.now - timedelta(days=20)
    made.partner.list_operators(*(make_operator(f"XB{n:06d}", on=made.now) for n in range(1, 2101)))
    return made


def commands_of(folder: Path) -> list[str]:
    lines = (folder / "README.txt").read_text().splitlines()
    return [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]


def failing(folder: Path) -> list[str]:
    """Run every command of the README in the exported folder; return those that fail."""
    failed = []
    for command in commands_of(folder):
        done = subprocess.run(
            ["sh", "-c", command],
            cwd=folder,
            capture_output=True,
            check=False,
            timeout=60,
            env={"PATH": "/usr/local/bin:/usr/bin:/bin"},
        )
        if done.returncode:
            failed.append(command.split()[0] + " " + command.split()[1])
    return failed


def test_sig_8_every_command_of_the_readme_holds_for_an_accepted_list(
    installed: Installed, tmp_path: Path
) -> None:
    installed.partner.publish_next()
    installed.receive(at=installed.partner.now)
    folder = tmp_path / "export"
    code, _, said = installed.mra("evidence", "export", "1", "--partner", "xb", "--to", folder)
    assert code == 0, said
    programs = {command.split()[0] for command in commands_of(folder)}
    assert programs >= {"sha256sum", "openssl"}
    assert ("xmlsec1" in programs) is installed.profile.kind.is_xml
    assert failing(folder) == []
    offered = installed.partner.offered()
    kept = [FIRST_FILES[installed.profile.kind]]
    kept += [f"chunk-{number:06}.pb" for number in range(1, len(offered.chunks) + 1)]
    written = tuple((folder / name).read_bytes() for name in kept)
    assert written == (offered.document, *offered.chunks)
    assert (folder.stat().st_mode & 0o777, (folder / kept[0]).stat().st_mode & 0o777) == (
        0o700,
        0o600,
    )


def test_sig_8_changed_byte_of_an_export_is_found_by_the_outside_programs(
    installed: Installed, tmp_path: Path
) -> None:
    installed.partner.publish_next()
    installed.receive(at=installed.partner.now)
    folder = tmp_path / "export"
    installed.mra("evidence", "export", "1", "--partner", "XB", "--to", folder)
    is_xml = installed.profile.kind.is_xml
    file = folder / (FIRST_FILES[installed.profile.kind] if is_xml else "chunk-000002.pb")
    file.write_bytes(
        tamper(
            file.read_bytes(),
            lambda it: it.replace(b"Synthetic Trading", b"Synthetic Tradinh", 1),
        )
    )
    assert failing(folder) == [
        "sha256sum --check",
        "xmlsec1 --verify" if is_xml else 'test "$(cat',
    ]
    if not is_xml:
        signed = folder / "signed.pae"
        signed.write_bytes(signed.read_bytes()[:-1] + b"\0")
        assert "openssl dgst" in failing(folder)


def test_sig_8_chain_and_revocation_list_are_exported_and_checked(
    installed: Installed, tmp_path: Path
) -> None:
    then = installed.partner.now
    crl = make_revocation_list(installed.keys.folder, [], now=then, days=30)
    anchors = replace(
        installed.keys.anchors(KeyUse.LISTS),
        pinned=(),
        authorities=((installed.keys.folder / "ca.pem").read_text("ascii"),),
        revocation_lists=(crl,),
    )
    others = tuple(each for each in installed.profile.trust if each.use is not KeyUse.LISTS)
    installed.profile = replace(installed.profile, trust=(*others, anchors))
    installed.within(lambda gateway: gateway.store.profiles.apply(installed.profile, OFFICER, then))
    installed.partner.publish_next()
    installed.receive(at=then)
    folder = tmp_path / "export"
    installed.mra("evidence", "export", "1", "--partner", "XB", "--to", folder)
    (check,) = [command for command in commands_of(folder) if "openssl verify" in command]
    assert "-CAfile authorities.pem -crl_check -CRLfile revocation-lists.pem" in check
    assert failing(folder) == []


def test_sig_8_evidence_verifies_also_after_the_certificate_has_expired(
    installed: Installed, tmp_path: Path
) -> None:
    then = installed.now - timedelta(days=3640)
    old = Keys(tmp_path / "old", "XB", then - timedelta(days=20))
    anchors = tuple(old.anchors(use) for use in KeyUse)
    installed.profile = replace(installed.profile, trust=anchors)
    installed.within(lambda gateway: gateway.store.profiles.apply(installed.profile, OFFICER, then))
    installed.partner.sign_with(old)
    installed.partner.now = then
    installed.partner.publish_next()
    installed.receive(at=then)
    folder = tmp_path / "export"
    installed.mra("evidence", "export", "1", "--partner", "XB", "--to", folder)
    assert failing(folder) == []
    kept = [folder / FIRST_FILES[installed.profile.kind]]
    kept += sorted(folder.glob("chunk-*.pb"))
    verify: tuple[str | Path, ...] = ("list", "verify", *kept, "--partner", "XB")
    assert installed.mra(*verify)[2].startswith("CERTIFICATE_INVALID")
    assert installed.mra(*verify, "--at", f"{then:%Y-%m-%dT%H:%M:%SZ}")[0] == 0


def test_refused_document_is_exported_by_its_digest_with_its_code(
    installed: Installed, tmp_path: Path
) -> None:
    installed.partner.sign_with(Keys(tmp_path / "stranger", "XB", installed.partner.now))
    installed.partner.publish_next()
    with pytest.raises(UnknownSignerError):
        installed.receive(at=installed.partner.now)
    notes = installed.mra_json("evidence", "list", "XB")
    assert isinstance(notes, list)
    (note,) = notes
    assert note["verdict"] == "SIGNER_UNKNOWN"
    folder = tmp_path / "export"
    code, _, said = installed.mra(
        "evidence", "export", note["digest"][:12], "--partner", "XB", "--to", folder
    )
    assert code == 0, said
    assert "a claim that nobody vouched for" in (folder / "README.txt").read_text()
    assert failing(folder) == []


def test_export_into_a_folder_that_exists_writes_nothing(
    installed: Installed, tmp_path: Path
) -> None:
    installed.partner.publish_next()
    installed.receive(at=installed.partner.now)
    code, _, said = installed.mra("evidence", "export", "1", "--partner", "XB", "--to", tmp_path)
    assert (code, "exists already" in said) == (78, True)


@pytest.mark.parametrize(("which", "code"), [("2", 66), ("abcdef0123", 66), ("abc", 64)])
def test_document_that_is_not_kept_is_not_found(
    installed: Installed, tmp_path: Path, which: str, code: int
) -> None:
    ended, _, _ = installed.mra(
        "evidence", "export", which, "--partner", "XB", "--to", tmp_path / "export"
    )
    assert ended == code
