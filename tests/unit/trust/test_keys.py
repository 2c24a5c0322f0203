from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
)

from gateway.domain.errors import ConfigError
from gateway.trust.algorithms import ALGORITHMS, is_signed
from gateway.trust.certificates import fingerprint
from gateway.trust.keys import SigningKey, load_signing_key, require_separate_keys
from tests.fakes.certificates import DAY, Issued, issue, make_key
from tests.fakes.trial_keys import NOW


def _files(folder: Path, signer: Issued, *, behind: str = "") -> tuple[Path, Path]:
    certificate, key = folder / "lists.pem", folder / "lists.key"
    certificate.write_text(signer.pem + behind)
    key.touch(mode=0o600)
    key.write_bytes(signer.key_pem)
    return certificate, key


@pytest.mark.parametrize(
    ("kind", "algorithm"),
    [
        ("p256", "ecdsa-p256-sha256"),
        ("p384", "ecdsa-p384-sha384"),
        ("rsa3072", "rsa-pss-sha256"),
        ("ed25519", "ed25519"),
    ],
)
def test_sig_4_key_of_every_allowed_kind_loads_and_signs(
    kind: str, algorithm: str, tmp_path: Path
) -> None:
    signer = issue("lists", kind=kind)
    key = load_signing_key(*_files(tmp_path, signer), now=NOW)
    assert key.algorithm == algorithm
    assert key.certificate == signer.der
    assert key.fingerprint == fingerprint(signer.der)
    public = signer.certificate.public_key()
    assert is_signed(ALGORITHMS[algorithm], public, key.sign(b"data"), b"data")
    assert not is_signed(ALGORITHMS[algorithm], public, key.sign(b"data"), b"other")


def test_chain_behind_the_certificate_is_kept(tmp_path: Path) -> None:
    authority = issue("ca", number=9, ca=True)
    files = _files(tmp_path, issue("lists", issuer=authority), behind=authority.pem)
    assert load_signing_key(*files, now=NOW).chain == (authority.der,)


def test_algorithm_of_an_rsa_key_can_be_chosen(tmp_path: Path) -> None:
    files = _files(tmp_path, issue("lists", kind="rsa3072"))
    key = load_signing_key(*files, now=NOW, algorithm="rsa-pkcs1-sha256")
    assert key.algorithm == "rsa-pkcs1-sha256"
    with pytest.raises(ConfigError, match="cannot sign with ed25519, only with rsa-pss-sha256"):
        load_signing_key(*files, now=NOW, algorithm="ed25519")


def test_private_key_is_not_shown(tmp_path: Path) -> None:
    key = load_signing_key(*_files(tmp_path, issue("lists")), now=NOW)
    assert "private_key" not in repr(key)


def _no_certificate(certificate: Path, _: Path) -> None:
    certificate.unlink()


def _no_key(_: Path, key: Path) -> None:
    key.unlink()


def _folder_as_key(_: Path, key: Path) -> None:
    key.unlink()
    key.mkdir()


def _key_for_the_group(_: Path, key: Path) -> None:
    key.chmod(0o640)


def _key_for_the_world(_: Path, key: Path) -> None:
    key.chmod(0o604)


def _key_of_another(_: Path, key: Path) -> None:
    key.write_bytes(issue("other", number=5).key_pem)


def _text_as_key(_: Path, key: Path) -> None:
    key.write_text("secret")


def _text_as_certificate(certificate: Path, _: Path) -> None:
    certificate.write_text("certificate")


def _key_with_passphrase(_: Path, key: Path) -> None:
    encrypted = make_key("p256").private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x")
    )
    key.write_bytes(encrypted)


FAULTS: dict[str, tuple[Callable[[Path, Path], None], str]] = {
    "missing certificate": (_no_certificate, r"lists\.pem cannot be read: No such file"),
    "missing key": (_no_key, r"lists\.key cannot be read: No such file"),
    "a folder in place of the key": (_folder_as_key, r"lists\.key cannot be read: Is a directory"),
    "key readable by the group": (_key_for_the_group, r"lists\.key may be read by others .*0640"),
    "key readable by the world": (_key_for_the_world, r"lists\.key may be read by others .*0604"),
    "key of another certificate": (_key_of_another, r"lists\.key is not the key of .*lists\.pem"),
    "text in place of the key": (_text_as_key, r"lists\.key holds no pem private key"),
    "text in place of the certificate": (
        _text_as_certificate,
        r"lists\.pem holds no pem certificate",
    ),
    "key with a passphrase": (_key_with_passphrase, r"lists\.key needs a passphrase"),
}


@pytest.mark.parametrize(("fault", "words"), FAULTS.values(), ids=FAULTS)
def test_bad_files_are_named(
    fault: Callable[[Path, Path], None], words: str, tmp_path: Path
) -> None:
    files = _files(tmp_path, issue("lists"))
    load_signing_key(*files, now=NOW)
    fault(*files)
    with pytest.raises(ConfigError, match=words):
        load_signing_key(*files, now=NOW)


def test_expired_certificate_is_refused(tmp_path: Path) -> None:
    files = _files(tmp_path, issue("lists", until=NOW + DAY))
    with pytest.raises(ConfigError, match=r"lists\.pem expired on 2026-03-02"):
        load_signing_key(*files, now=NOW + 2 * DAY)


def test_certificate_that_begins_later_is_refused(tmp_path: Path) -> None:
    files = _files(tmp_path, issue("lists", since=NOW + DAY))
    with pytest.raises(ConfigError, match=r"lists\.pem is not valid before 2026-03-02"):
        load_signing_key(*files, now=NOW)


@pytest.mark.parametrize("kind", ["rsa2048", "p521", "dsa"])
def test_sig_4_weak_key_of_our_own_is_refused(kind: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"3072 are needed|may not sign"):
        load_signing_key(*_files(tmp_path, issue("lists", kind=kind)), now=NOW)


def test_sig_6_one_key_for_two_uses_is_refused() -> None:
    lists = issue("lists", number=1).signing_key()
    acknowledgements = issue("acknowledgements", number=2).signing_key()
    require_separate_keys({"lists": lists, "acknowledgements": acknowledgements})
    renamed: SigningKey = issue("acknowledgements", number=1).signing_key()
    with pytest.raises(ConfigError, match="lists and acknowledgements use the same key"):
        require_separate_keys({"lists": lists, "acknowledgements": renamed})
