import stat
import subprocess
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from msgspec.structs import replace

from gateway.domain.approvals import Act, HoldSubject
from gateway.domain.errors import ConfigError
from gateway.domain.parties import Role
from gateway.trust.actor_keys import (
    PAYLOAD_TYPE,
    ActorAlgorithm,
    is_encrypted,
    is_signed_by,
    load_actor_key,
    make_actor_key,
    read_passphrase,
    read_public_key,
)
from gateway.trust.algorithms import ALGORITHMS, sign
from gateway.trust.dsse import pae
from tests.fakes.actors import Person, make_person

PASSPHRASE = "гораздо дольше".encode()
SUBJECT = HoldSubject(stream="XB-XA-XA-XB-production-1", hold=3, list_digest="d8" * 32)


def write_key(path: Path, key: PrivateKeyTypes, *, mode: int = 0o600) -> Path:
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    path.chmod(mode)
    return path


@pytest.fixture(params=ActorAlgorithm)
def alice(tmp_path: Path, request: pytest.FixtureRequest) -> Person:
    return make_person(tmp_path, "alice", Role.OFFICER, algorithm=request.param)


def test_what_an_actor_signed_is_verified_with_the_public_half(alice: Person) -> None:
    signed = alice.sign(Act.RELEASE, SUBJECT)
    assert is_signed_by(alice.registered.public_key, signed)


def test_every_changed_byte_of_a_statement_is_noticed(alice: Person) -> None:
    signed = alice.sign(Act.RELEASE, SUBJECT)
    for position in range(len(signed.content)):
        changed = bytearray(signed.content)
        changed[position] ^= 1
        assert not is_signed_by(
            alice.registered.public_key, replace(signed, content=bytes(changed))
        )


def test_another_key_or_fingerprint_did_not_sign(alice: Person, tmp_path: Path) -> None:
    other = make_person(tmp_path, "bob", Role.OFFICER)
    signed = alice.sign(Act.RELEASE, SUBJECT)
    assert not is_signed_by(other.registered.public_key, signed)
    stolen = replace(signed, key=other.registered.fingerprint)
    assert not is_signed_by(alice.registered.public_key, stolen)
    assert not is_signed_by(other.registered.public_key, stolen)
    assert not is_signed_by("no key", signed)


def test_a_signature_on_the_same_bytes_of_another_type_is_no_approval(tmp_path: Path) -> None:
    alice = make_person(tmp_path, "alice", Role.OFFICER)
    signed = alice.sign(Act.RELEASE, SUBJECT)
    algorithm = ALGORITHMS["ed25519"]
    for data in (signed.content, pae("application/json", signed.content)):
        elsewhere = replace(signed, signature=sign(algorithm, alice.key.private_key, data))
        assert not is_signed_by(alice.registered.public_key, elsewhere)


def test_openssl_verifies_an_approval_too(tmp_path: Path) -> None:
    alice = make_person(tmp_path, "alice", Role.OFFICER, algorithm=ActorAlgorithm.P256)
    signed = alice.sign(Act.RELEASE, SUBJECT)
    (tmp_path / "signed").write_bytes(pae(PAYLOAD_TYPE, signed.content))
    (tmp_path / "signature").write_bytes(signed.signature)
    done = subprocess.run(
        [  # noqa: S607 - whichever openssl this machine has is the witness
            "openssl",
            "dgst",
            "-sha256",
            "-verify",
            "alice.pub.pem",
            "-signature",
            "signature",
            "signed",
        ],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    assert done.stdout == b"Verified OK\n"


def test_a_private_key_is_made_for_its_owner_alone_with_its_public_key_beside_it(
    tmp_path: Path,
) -> None:
    public = make_actor_key(
        tmp_path / "alice.pem", algorithm=ActorAlgorithm.ED25519, passphrase=PASSPHRASE
    )
    assert public == tmp_path / "alice.pub.pem"
    assert stat.S_IMODE((tmp_path / "alice.pem").stat().st_mode) == 0o600
    assert b"ENCRYPTED" in (tmp_path / "alice.pem").read_bytes()
    assert is_encrypted(tmp_path / "alice.pem")
    key = load_actor_key(tmp_path / "alice.pem", PASSPHRASE)
    der = key.private_key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert read_public_key(public).fingerprint == key.fingerprint == sha256(der).hexdigest()
    assert "private" not in repr(key)


@pytest.mark.parametrize("taken", ["alice.pem", "alice.pub.pem"])
def test_no_file_is_ever_overwritten(tmp_path: Path, taken: str) -> None:
    (tmp_path / taken).write_text("mine")
    with pytest.raises(ConfigError, match="never overwritten"):
        make_actor_key(tmp_path / "alice.pem", algorithm=ActorAlgorithm.ED25519, passphrase=None)
    assert [file.name for file in tmp_path.iterdir()] == [taken]


def test_a_short_passphrase_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="at least 12 characters"):
        make_actor_key(
            tmp_path / "a.pem", algorithm=ActorAlgorithm.ED25519, passphrase=b"elevenchars"
        )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("passphrase", "told"),
    [(None, "needs a passphrase"), (b"another passphrase", "its passphrase is another")],
)
def test_a_missing_or_wrong_passphrase_is_told_and_never_repeated(
    tmp_path: Path, passphrase: bytes | None, told: str
) -> None:
    path = tmp_path / "alice.pem"
    make_actor_key(path, algorithm=ActorAlgorithm.P256, passphrase=PASSPHRASE)
    with pytest.raises(ConfigError, match=told) as caught:
        load_actor_key(path, passphrase)
    assert "another passphrase" not in caught.value.message


def test_a_passphrase_for_a_key_that_has_none_is_told(alice: Person) -> None:
    with pytest.raises(ConfigError, match="has no passphrase"):
        load_actor_key(alice.file, PASSPHRASE)


def test_a_private_key_that_others_may_read_is_refused(alice: Person) -> None:
    alice.file.chmod(0o640)
    with pytest.raises(ConfigError, match="may be read by others"):
        load_actor_key(alice.file, None)
    with pytest.raises(ConfigError, match="may be read by others"):
        is_encrypted(alice.file)


@pytest.mark.parametrize(
    "key",
    [
        rsa.generate_private_key(65537, 3072),
        ec.generate_private_key(ec.SECP384R1()),
        ec.generate_private_key(ec.SECP256K1()),
    ],
    ids=["RSA", "P-384", "another curve"],
)
def test_keys_of_other_kinds_are_refused(tmp_path: Path, key: PrivateKeyTypes) -> None:
    path = write_key(tmp_path / "key.pem", key)
    with pytest.raises(ConfigError, match="key"):
        load_actor_key(path, None)
    public = tmp_path / "key.pub.pem"
    public.write_bytes(
        key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    with pytest.raises(ConfigError, match=r"no key for ed25519 or ecdsa-p256-sha256"):
        read_public_key(public)


def test_a_private_key_is_no_public_key(tmp_path: Path) -> None:
    path = write_key(tmp_path / "key.pem", ed25519.Ed25519PrivateKey.generate())
    with pytest.raises(ConfigError, match="stays with its owner"):
        read_public_key(path)


@pytest.mark.parametrize("content", [b"", b"no key", b"-----BEGIN PUBLIC KEY-----\nAA==\n"])
def test_what_is_no_key_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "key.pem"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(ConfigError, match="no pem public key"):
        read_public_key(path)
    with pytest.raises(ConfigError, match="no pem private key"):
        load_actor_key(path, None)
    with pytest.raises(ConfigError, match="no pem private key"):
        is_encrypted(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    for read in (read_public_key, read_passphrase, is_encrypted):
        with pytest.raises(ConfigError, match=r"none\.pem cannot be read"):
            read(tmp_path / "none.pem")


def test_a_passphrase_is_the_first_line_of_a_private_file(tmp_path: Path) -> None:
    path = tmp_path / "passphrase"
    path.write_bytes(b" one two \r\nthree\n")
    path.chmod(0o600)
    assert read_passphrase(path) == b" one two "
    path.write_bytes(b"\nthree\n")
    with pytest.raises(ConfigError, match="empty line"):
        read_passphrase(path)
    path.chmod(0o644)
    with pytest.raises(ConfigError, match="may be read by others"):
        read_passphrase(path)
