import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from gateway.domain.errors import ConfigError
from gateway.trust.keys import load_signing_key
from gateway.trust.pki import TrialPki, make_client, make_trial_pki

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


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
    for certificate in (pki.tls, pki.lists, pki.acknowledgements):
        key = load_signing_key(certificate, certificate.with_suffix(".key"), now=NOW)
        assert key.algorithm == "ecdsa-p256-sha256"


def test_private_keys_are_for_their_owner_alone(tmp_path: Path) -> None:
    _make(tmp_path)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.glob("*.key")}
    assert modes == dict.fromkeys(("ca.key", "tls.key", "lists.key", "acknowledgements.key"), 0o600)


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


def test_country_of_another_length_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot stand in a certificate"):
        make_trial_pki(
            tmp_path,
            administration="XA",
            country="XAA",
            hosts=(),
            now=NOW,
            days=int(timedelta(1).days),
        )
