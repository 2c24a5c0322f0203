"""Signature algorithms that SIG-4 allows, by the names that profiles use.

What is not in these tables does not exist for the gateway: SHA-1, MD5, DSA, HMAC and short keys
are refused because nothing here knows them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import (
    CertificatePublicKeyTypes,
    PublicKeyTypes,
)

from gateway.domain.errors import WeakAlgorithmError
from gateway.domain.profiles import POST_QUANTUM

SigningPrivateKey = (
    ec.EllipticCurvePrivateKey
    | ed25519.Ed25519PrivateKey
    | mldsa.MLDSA65PrivateKey
    | rsa.RSAPrivateKey
)
"""Private keys of the kinds that SIG-4 allows."""

MIN_RSA_BITS = 3072
"""SIG-4; about the strength of P-256 (NIST SP 800-57 part 1, table 2)."""


class Family(StrEnum):
    """What kind of key signs, and how."""

    P256 = "ecdsa-p256"
    P384 = "ecdsa-p384"
    RSA_PSS = "rsa-pss"
    RSA_PKCS1 = "rsa-pkcs1"
    ED25519 = "ed25519"
    ML_DSA_65 = POST_QUANTUM


@dataclass(frozen=True, slots=True)
class Algorithm:
    """One way to sign."""

    name: str
    family: Family
    digest: hashes.HashAlgorithm
    """Of the message; Ed25519 (SHA-512) and ML-DSA (SHAKE-256) hash by themselves."""


_DIGESTS = (hashes.SHA256(), hashes.SHA384(), hashes.SHA512())

_TABLE = (
    Algorithm("ecdsa-p256-sha256", Family.P256, hashes.SHA256()),
    Algorithm("ecdsa-p384-sha384", Family.P384, hashes.SHA384()),
    *(Algorithm(f"rsa-pss-{digest.name}", Family.RSA_PSS, digest) for digest in _DIGESTS),
    *(Algorithm(f"rsa-pkcs1-{digest.name}", Family.RSA_PKCS1, digest) for digest in _DIGESTS),
    Algorithm("ed25519", Family.ED25519, hashes.SHA512()),
    Algorithm(POST_QUANTUM, Family.ML_DSA_65, hashes.SHAKE256(64)),
)

ALGORITHMS: Mapping[str, Algorithm] = MappingProxyType({row.name: row for row in _TABLE})
"""Every algorithm by its name in a profile."""


def check_key_strength(key: PublicKeyTypes | CertificatePublicKeyTypes) -> None:
    """Refuse keys that SIG-4 does not allow.

    Raises:
        WeakAlgorithmError: Too short, or of another kind.
    """
    # SIG-4: RSA from 3072 bits
    if isinstance(key, rsa.RSAPublicKey) and key.key_size < MIN_RSA_BITS:
        message = f"rsa key has {key.key_size} bits, {MIN_RSA_BITS} are needed"
        raise WeakAlgorithmError(message, context={"bits": str(key.key_size)})
    # SIG-4: no other kinds of key or curve
    if not _families_of(key):
        raise WeakAlgorithmError(f"a key of kind {_kind_of(key)} may not sign")


def algorithms_for(key: PublicKeyTypes | CertificatePublicKeyTypes) -> tuple[Algorithm, ...]:
    """Return all algorithms that a key can sign with, the preferred one first."""
    families = _families_of(key)
    return tuple(algorithm for algorithm in _TABLE if algorithm.family in families)


def sign(algorithm: Algorithm, key: SigningPrivateKey, data: bytes) -> bytes:
    """Sign `data`; ECDSA signatures are DER, as DSSE wants them."""
    if isinstance(key, ed25519.Ed25519PrivateKey | mldsa.MLDSA65PrivateKey):
        return key.sign(data)
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(data, ec.ECDSA(algorithm.digest))
    return key.sign(data, _padding(algorithm), algorithm.digest)


def is_signed(
    algorithm: Algorithm,
    key: PublicKeyTypes | CertificatePublicKeyTypes,
    signature: bytes,
    data: bytes,
) -> bool:
    """Tell whether `signature` is this key's, made with this algorithm, over `data`."""
    try:
        _verify(algorithm, key, signature, data)
    except InvalidSignature:
        return False
    return True


def _verify(
    algorithm: Algorithm,
    key: PublicKeyTypes | CertificatePublicKeyTypes,
    signature: bytes,
    data: bytes,
) -> None:
    if isinstance(key, ed25519.Ed25519PublicKey | mldsa.MLDSA65PublicKey):
        key.verify(signature, data)
    elif isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(signature, data, ec.ECDSA(algorithm.digest))
    elif isinstance(key, rsa.RSAPublicKey):
        key.verify(signature, data, _padding(algorithm), algorithm.digest)
    else:
        raise InvalidSignature


def _padding(algorithm: Algorithm) -> padding.AsymmetricPadding:
    if algorithm.family is Family.RSA_PKCS1:
        return padding.PKCS1v15()
    return padding.PSS(padding.MGF1(algorithm.digest), algorithm.digest.digest_size)


def _families_of(key: PublicKeyTypes | CertificatePublicKeyTypes) -> tuple[Family, ...]:
    if isinstance(key, ed25519.Ed25519PublicKey):
        return (Family.ED25519,)
    if isinstance(key, mldsa.MLDSA65PublicKey):
        return (Family.ML_DSA_65,)
    if isinstance(key, rsa.RSAPublicKey):
        return (Family.RSA_PSS, Family.RSA_PKCS1)
    if isinstance(key, ec.EllipticCurvePublicKey):
        return _CURVES.get(key.curve.name, ())
    return ()


_CURVES: Mapping[str, tuple[Family, ...]] = MappingProxyType(
    {"secp256r1": (Family.P256,), "secp384r1": (Family.P384,)}
)


def _kind_of(key: PublicKeyTypes | CertificatePublicKeyTypes) -> str:
    if isinstance(key, ec.EllipticCurvePublicKey):
        return key.curve.name
    return type(key).__name__.removesuffix("PublicKey").lower()
