import stat
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from cryptography import x509

from gateway.domain.errors import CertificateError, ConfigError
from gateway.domain.profiles import KeyUse
from gateway.trust.certificates import check_signer, require_separate_uses
from gateway.trust.keys import load_signing_key
from gateway.trust.pki import TrialPki, make_client, make_revocation_list, make_trial_pki
from tests.fakes.certificates import issue
from tests.fakes.trial_keys import NOW, key_of, pin


def _make(folder: Path) -> TrialPki:
    return make_trial_pki(
        folder,
        administration="Customs of XA",
        country="XA",
        hosts=("localhost", "127.0.0.1"),
        now=NOW,
        days=30,
    )


def test_every_key_of_the_trial_pki_loads_with_its_certificate(tmp_path: Path) -> None:
    pki = _make(tmp_path / "keys")
    for certificate in (pki.tls, pki.lists, pki.acknowledgements, pki.audit):
        key = load_signing_key(certificate, certificate.with_suffix(".key"), now=NOW)
        assert key.algorithm == "ecdsa-p256-sha256"


def test_private_keys_are_for_their_owner_alone(tmp_path: Path) -> None:
    _make(tmp_path)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.glob("*.key")}
    assert modes == dict.fromkeys(
        ("ca.key", "tls.key", "lists.key", "acknowledgements.key", "audit.key"), 0o600
    )


def test_tls_certificate_names_the_hosts(tmp_path: Path) -> None:
    certificate = x509.load_pem_x509_certificate(_make(tmp_path).tls.read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["localhost"]
    assert [str(each) for each in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1"]


def test_existing_keys_are_never_overwritten(tmp_path: Path) -> None:
    _make(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(ConfigError, match="never overwritten"):
        _make(tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_client_certificate_is_issued_once_by_the_trial_ca(tmp_path: Path) -> None:
    pki = _make(tmp_path)
    path = make_client(tmp_path / "callers", "border", authority=tmp_path, now=NOW)
    authority = x509.load_pem_x509_certificate(pki.authority.read_bytes())
    client = x509.load_pem_x509_certificate(path.read_bytes())
    client.verify_directly_issued_by(authority)
    assert client.not_valid_after_utc <= authority.not_valid_after_utc
    assert stat.S_IMODE(path.with_suffix(".key").stat().st_mode) == 0o600
    with pytest.raises(ConfigError, match="never overwritten"):
        make_client(tmp_path / "callers", "border", authority=tmp_path, now=NOW)


def test_client_of_a_folder_without_ca_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"ca\.pem cannot be read"):
        make_client(tmp_path, "border", authority=tmp_path, now=NOW)


@pytest.mark.parametrize("name", ["", "../border", "a/b", ".hidden", "x" * 65])
def test_client_name_that_is_no_file_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="cannot be a file name"):
        make_client(tmp_path, name, authority=tmp_path, now=NOW)


def test_sig_6_trial_keys_are_separate_for_each_use(tmp_path: Path) -> None:
    pki = _make(tmp_path)
    require_separate_uses(
        [
            pin(pki.tls, use=KeyUse.TLS),
            pin(pki.lists),
            pin(pki.acknowledgements, use=KeyUse.ACKNOWLEDGEMENTS),
        ]
    )


def test_sig_5_certificate_in_a_trial_revocation_list_is_revoked(tmp_path: Path) -> None:
    pki = _make(tmp_path)
    crl = make_revocation_list(tmp_path, [pki.lists], now=NOW, days=1)
    trusted = msgspec.structs.replace(
        pin(pki.lists), authorities=(pki.authority.read_text(),), revocation_lists=(crl,)
    )
    with pytest.raises(CertificateError, match="was revoked"):
        check_signer(key_of(pki.lists).certificate, [], trusted, moments=(NOW,))


def _no_key(folder: Path) -> None:
    (folder / "ca.key").unlink()


def _text_as_key(folder: Path) -> None:
    (folder / "ca.key").write_text("key")


def _key_of_another_kind(folder: Path) -> None:
    (folder / "ca.key").write_bytes(issue("ca", kind="ed25519").key_pem)


def _text_as_certificate(folder: Path) -> None:
    (folder / "ca.pem").write_text("certificate")


FAULTS: dict[str, tuple[Callable[[Path], None], str]] = {
    "no key": (_no_key, r"ca\.key cannot be read"),
    "text in place of the key": (_text_as_key, r"ca\.key holds no pem private key"),
    "a key of another kind": (_key_of_another_kind, r"ca\.key is not the key of a trial ca"),
    "text in place of the certificate": (_text_as_certificate, r"ca\.pem holds no pem"),
}


@pytest.mark.parametrize(("fault", "words"), FAULTS.values(), ids=FAULTS)
def test_broken_trial_ca_issues_nothing(
    fault: Callable[[Path], None], words: str, tmp_path: Path
) -> None:
    _make(tmp_path)
    fault(tmp_path)
    with pytest.raises(ConfigError, match=words):
        make_client(tmp_path / "callers", "border", authority=tmp_path, now=NOW)


def test_key_that_appears_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    # A dangling link does not exist for `Path.exists`, and is refused by the exclusive open.
    target = tmp_path / "elsewhere"
    (tmp_path / "ca.key").symlink_to(target)
    with pytest.raises(ConfigError, match=r"ca\.key exists already"):
        _make(tmp_path)
    assert not target.exists()


def test_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="cannot be written: Not a directory"):
        _make(tmp_path / "file" / "keys")


def test_country_of_another_length_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot stand in a certificate"):
        make_trial_pki(
            tmp_path,
            administration="XA",
            country="XAA",
            hosts=(),
            now=NOW,
            days=1,
        )
