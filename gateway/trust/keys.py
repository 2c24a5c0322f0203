"""Private keys of this gateway, read from PEM files that only its user can read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gateway.domain.errors import ConfigError, WeakAlgorithmError
from gateway.domain.profiles import POST_QUANTUM
from gateway.trust.algorithms import (
    ALGORITHMS,
    SigningPrivateKey,
    algorithms_for,
    check_key_strength,
    sign,
)
from gateway.trust.certificates import fingerprint
from gateway.trust.key_files import read_private_key


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key with the certificate that partners registered for it."""

    certificate: bytes
    """DER."""
    chain: tuple[bytes, ...]
    """DER of the certificates above it, the nearest first."""
    algorithm: str
    """As in a profile: `ecdsa-p256-sha256`, ..."""
    fingerprint: str
    """Hex SHA-256 of `certificate`."""
    private_key: SigningPrivateKey = field(repr=False)
    """Handed to the XML library only; everything else calls `sign`."""
    beside: "SigningKey | None" = None
    """The ML-DSA-65 key that makes the second signature of hybrid streams (SIG-4)."""

    def sign(self, data: bytes) -> bytes:
        """Sign `data` with `algorithm`; ECDSA signatures are DER."""
        return sign(ALGORITHMS[self.algorithm], self.private_key, data)


def load_signing_key(
    certificate: Path, key: Path, *, now: datetime, algorithm: str | None = None
) -> SigningKey:
    """Read a certificate (with its chain, if any) and its private key.

    Args:
        certificate: PEM, the signer's certificate first.
        key: PEM without passphrase, for the owner alone (0600).
        now: The certificate must be valid then.
        algorithm: For RSA keys, which can sign in several ways; the default is `rsa-pss-sha256`.
            An ML-DSA-65 key is read only where it is asked for.

    Raises:
        ConfigError: Missing, unreadable, open to others, weak, expired, or not a pair; names the
            file.
    """
    certificates = _read_certificates(certificate)
    signer = certificates[0]
    _check_dates(signer, certificate, now)
    private_key = _require_pair(signer, read_private_key(key), certificate, key)
    der = signer.public_bytes(Encoding.DER)
    return SigningKey(
        certificate=der,
        chain=tuple(each.public_bytes(Encoding.DER) for each in certificates[1:]),
        algorithm=_choose_algorithm(signer, certificate, algorithm),
        fingerprint=fingerprint(der),
        private_key=private_key,
    )


def require_separate_keys(keys: Mapping[str, SigningKey]) -> None:
    """Refuse one key for two uses (SIG-6).

    Args:
        keys: By use, as settings name them.

    Raises:
        ConfigError: Two uses have the same key.
    """
    uses: dict[bytes, str] = {}
    for use, key in keys.items():
        public = key.private_key.public_key().public_bytes(
            Encoding.DER, PublicFormat.SubjectPublicKeyInfo
        )
        # SIG-6: our own lists and acknowledgements are signed by different keys
        if public in uses:
            raise ConfigError(f"{uses[public]} and {use} use the same key")
        uses[public] = use


def _read_certificates(path: Path) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(_read(path))
    except ValueError as error:
        raise ConfigError(f"{path} holds no pem certificate: {error}") from error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from error


def _check_dates(signer: x509.Certificate, path: Path, now: datetime) -> None:
    if now < signer.not_valid_before_utc:
        raise ConfigError(f"{path} is not valid before {signer.not_valid_before_utc:%Y-%m-%d}")
    if now > signer.not_valid_after_utc:
        raise ConfigError(f"{path} expired on {signer.not_valid_after_utc:%Y-%m-%d}")


def _require_pair(
    signer: x509.Certificate, private_key: PrivateKeyTypes, certificate: Path, key: Path
) -> SigningPrivateKey:
    if not isinstance(private_key, SigningPrivateKey):
        raise ConfigError(f"{key} is of a kind that may not sign")
    if private_key.public_key() != signer.public_key():
        raise ConfigError(f"{key} is not the key of {certificate}")
    return private_key


def _choose_algorithm(signer: x509.Certificate, path: Path, wanted: str | None) -> str:
    try:
        check_key_strength(signer.public_key())
    except WeakAlgorithmError as error:
        raise ConfigError(f"{path}: {error.message}") from error
    names = [algorithm.name for algorithm in algorithms_for(signer.public_key())]
    # SIG-4: ML-DSA-65 signs beside another algorithm, never alone
    if wanted is None and names == [POST_QUANTUM]:
        raise ConfigError(f"{path} is for {POST_QUANTUM}, which signs beside another key only")
    if wanted is not None and wanted not in names:
        raise ConfigError(f"{path} cannot sign with {wanted}, only with {', '.join(names)}")
    return wanted or names[0]
