"""openssl as outside witness for certificates, CRLs, and signatures over raw bytes."""

import shutil
import subprocess
from pathlib import Path

import pytest

from gateway.trust.dsse import pae, seal
from gateway.trust.pki import make_client, make_revocation_list, make_trial_pki
from tests.fakes.trial_keys import NOW, key_of

pytestmark = pytest.mark.skipif(
    shutil.which("openssl") is None,
    reason="NOT WITNESSED: the program openssl is not installed on this machine",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    make_trial_pki(
        tmp_path / "keys",
        administration="Customs of XA",
        country="XA",
        hosts=("localhost", "127.0.0.1"),
        now=NOW,
        days=30,
    )
    return tmp_path / "keys"


def _openssl(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["openssl", *map(str, arguments)], capture_output=True, text=True, check=False, timeout=30
    )


def _verify(folder: Path, certificate: Path, *more: str | Path) -> subprocess.CompletedProcess[str]:
    at = ("-attime", str(int(NOW.timestamp())))
    return _openssl("verify", "-x509_strict", *at, "-CAfile", folder / "ca.pem", *more, certificate)


@pytest.mark.parametrize(
    ("name", "purpose"),
    [("tls", "sslserver"), ("tls", "sslclient"), ("lists", "any"), ("acknowledgements", "any")],
)
def test_openssl_builds_the_chain_of_every_trial_certificate(
    name: str, purpose: str, folder: Path
) -> None:
    done = _verify(folder, folder / f"{name}.pem", "-purpose", purpose)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", ["lists", "acknowledgements"])
def test_sig_6_openssl_refuses_a_signing_certificate_for_tls(name: str, folder: Path) -> None:
    assert _verify(folder, folder / f"{name}.pem", "-purpose", "sslserver").returncode != 0


@pytest.mark.parametrize(
    ("option", "host", "fits"),
    [
        ("-verify_hostname", "localhost", True),
        ("-verify_ip", "127.0.0.1", True),
        ("-verify_hostname", "other", False),
    ],
)
def test_openssl_finds_the_hosts_of_the_server(
    option: str, host: str, fits: bool, folder: Path
) -> None:
    assert (_verify(folder, folder / "tls.pem", option, host).returncode == 0) is fits


def test_openssl_builds_the_chain_of_a_client(folder: Path) -> None:
    client = make_client(folder.parent, "border", authority=folder, now=NOW)
    assert _verify(folder, client, "-purpose", "sslclient").returncode == 0
    assert _verify(folder, client, "-purpose", "sslserver").returncode != 0


def test_sig_5_openssl_reads_our_revocation_list(folder: Path, tmp_path: Path) -> None:
    crl = tmp_path / "ca.crl"
    crl.write_text(make_revocation_list(folder, [folder / "lists.pem"], now=NOW, days=1))
    asked = ("-crl_check", "-CRLfile", crl)
    assert _verify(folder, folder / "acknowledgements.pem", *asked).returncode == 0
    revoked = _verify(folder, folder / "lists.pem", *asked)
    assert revoked.returncode != 0
    assert "certificate revoked" in revoked.stderr


def test_sig_3_openssl_verifies_a_sealed_envelope(folder: Path, tmp_path: Path) -> None:
    envelope = seal(b"payload", "application/x", key_of(folder / "lists.pem"))
    public = tmp_path / "public.pem"
    public.write_text(_openssl("x509", "-in", folder / "lists.pem", "-pubkey", "-noout").stdout)
    signature, signed = tmp_path / "signature", tmp_path / "signed"
    signature.write_bytes(envelope.signatures[0].signature)
    check = ("dgst", "-sha256", "-verify", public, "-signature", signature, signed)
    signed.write_bytes(pae("application/x", b"payload"))
    assert _openssl(*check).returncode == 0
    signed.write_bytes(pae("application/x", b"payloae"))
    assert _openssl(*check).returncode != 0
