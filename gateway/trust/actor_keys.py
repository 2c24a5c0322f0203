"""Keys of actors: made, read, and used to sign what an actor approves.

What is signed is DSSE's encoding of the statement with a type of its own, so that a signature on
anything else, by the same key, is never an approval.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from gateway.domain.approvals import SignedStatement, Statement, statement_bytes
from gateway.domain.errors import ConfigError
from gateway.trust.algorithms import algorithms_for, is_signed, sign
from gateway.trust.dsse import pae
from gateway.trust.key_files import read_secret, write_new

PAYLOAD_TYPE = "application/vnd.mra-gateway.approval.v1+json"
SHORTEST_PASSPHRASE = 12
"""Characters."""


class ActorAlgorithm(StrEnum):
    """With which actors sign."""

    ED25519 = "ed25519"
    P256 = "ecdsa-p256-sha256"


_ActorPrivateKey = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey


@dataclass(frozen=True, slots=True)
class ActorKey:
    """An actor's private key."""

    fingerprint: str
    """Hex SHA-256 of the DER public key."""
    private_key: _ActorPrivateKey = field(repr=False)

    def sign(self, statement: Statement) -> SignedStatement:
        """Sign a statement.

        Raises:
            InvalidRequestError: The statement breaks a rule: an empty reason, a control.
        """
        content = statement_bytes(statement)
        algorithm = algorithms_for(self.private_key.public_key())[0]
        signature = sign(algorithm, self.private_key, pae(PAYLOAD_TYPE, content))
        return SignedStatement(content=content, signature=signature, key=self.fingerprint)


@dataclass(frozen=True, slots=True)
class PublicKey:
    """An actor's public key, as it is registered."""

    pem: str
    fingerprint: str
    """Hex SHA-256 of the DER public key."""


def make_actor_key(path: Path, *, algorithm: ActorAlgorithm, passphrase: bytes | None) -> Path:
    """Make a private key for its owner alone, and its public key beside it.

    Args:
        path: Of the private key, `alice.pem`; the public key is `alice.pub.pem`.
        algorithm: With which it signs.
        passphrase: Encrypts the private key; none leaves it open to whoever gets the file.

    Returns:
        The path of the public key.

    Raises:
        ConfigError: A file exists already or cannot be written, or the passphrase is short.
    """
    require_passphrase(passphrase)
    public = path.with_name(f"{path.stem}.pub.pem")
    if public.exists():
        raise ConfigError(f"{public} exists already and is never overwritten")
    key: _ActorPrivateKey = (
        ed25519.Ed25519PrivateKey.generate()
        if algorithm is ActorAlgorithm.ED25519
        else ec.generate_private_key(ec.SECP256R1())
    )
    encryption = NoEncryption() if passphrase is None else BestAvailableEncryption(passphrase)
    text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)
    write_new(path, text, mode=0o600)
    write_new(public, _public_pem(key.public_key()), mode=0o644)
    return public


def require_passphrase(passphrase: bytes | None) -> None:
    """Refuse a passphrase that is tried out in no time.

    Raises:
        ConfigError: It is short.
    """
    if passphrase is not None and len(passphrase.decode(errors="replace")) < SHORTEST_PASSPHRASE:
        raise ConfigError(f"a passphrase has at least {SHORTEST_PASSPHRASE} characters")


def read_passphrase(path: Path) -> bytes:
    """Read a passphrase from the first line of a file that is its owner's alone.

    Raises:
        ConfigError: Missing, unreadable, open to others, or empty.
    """
    line = read_secret(path).split(b"\n", 1)[0].rstrip(b"\r")
    if not line:
        raise ConfigError(f"{path} begins with an empty line; wanted is a passphrase")
    return line


def is_encrypted(path: Path) -> bool:
    """Tell whether a private key needs a passphrase.

    Raises:
        ConfigError: Missing, unreadable, open to others, or no private key.
    """
    text = read_secret(path)
    try:
        load_pem_private_key(text, password=None)
    except TypeError:
        return True
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ConfigError(f"{path} holds no pem private key") from error
    return False


def load_actor_key(path: Path, passphrase: bytes | None) -> ActorKey:
    """Read an actor's private key.

    Raises:
        ConfigError: Missing, unreadable, open to others, of another kind, or the passphrase is
            missing or wrong.
    """
    text = read_secret(path)
    try:
        key = load_pem_private_key(text, password=passphrase)
    except TypeError as error:
        needed = "needs a passphrase" if passphrase is None else "has no passphrase"
        raise ConfigError(f"{path} {needed}") from error
    except (ValueError, UnsupportedAlgorithm) as error:
        wrong = "" if passphrase is None else ", or its passphrase is another"
        raise ConfigError(f"{path} holds no pem private key{wrong}") from error
    if not isinstance(key, _ActorPrivateKey):
        raise ConfigError(f"{path} is of a kind that actors do not sign with")
    public = _require_allowed(key.public_key(), path)
    return ActorKey(fingerprint=public.fingerprint, private_key=key)


def read_public_key(path: Path) -> PublicKey:
    """Read an actor's public key.

    Raises:
        ConfigError: Missing, unreadable, a private key, or of another kind.
    """
    try:
        text = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from error
    if b"PRIVATE KEY" in text:
        raise ConfigError(f"{path} is a private key; it stays with its owner, give the public one")
    try:
        key = load_pem_public_key(text)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ConfigError(f"{path} holds no pem public key") from error
    return _require_allowed(key, path)


def is_signed_by(public_key: str, signed: SignedStatement) -> bool:
    """Tell whether a statement was signed with the key of which this is the public half.

    Args:
        public_key: PEM, as registered.
        signed: As it was recorded; its fingerprint is compared too.
    """
    try:
        key = load_pem_public_key(public_key.encode())
    except (ValueError, UnsupportedAlgorithm):
        return False
    data = pae(PAYLOAD_TYPE, signed.content)
    return signed.key == _fingerprint(key) and any(
        is_signed(algorithm, key, signed.signature, data)
        for algorithm in algorithms_for(key)
        if algorithm.name in set(ActorAlgorithm)
    )


def _require_allowed(key: PublicKeyTypes, path: Path) -> PublicKey:
    names = [algorithm.name for algorithm in algorithms_for(key)]
    if not set(ActorAlgorithm).intersection(names):
        raise ConfigError(f"{path} is no key for {' or '.join(ActorAlgorithm)}")
    return PublicKey(pem=_public_pem(key).decode("ascii"), fingerprint=_fingerprint(key))


def _public_pem(key: PublicKeyTypes) -> bytes:
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _fingerprint(key: PublicKeyTypes) -> str:
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return sha256(der).hexdigest()
