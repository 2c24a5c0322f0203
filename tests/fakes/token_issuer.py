"""An issuer of tokens: its keys, its key set, and whatever it or a forger writes."""

import base64
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gateway.trust.issuer_keys import IssuerKey, read_key_set
from gateway.trust.tokens import TokenCheck, TokenRules

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ISSUER = "https://login.example/realms/customs"
AUDIENCE = "mra-gateway"
RULES = TokenRules(
    issuer=ISSUER,
    audience=AUDIENCE,
    algorithms=frozenset({"ES256", "EdDSA", "RS256"}),
    skew=timedelta(seconds=30),
    longest=timedelta(hours=1),
)
KEYS: dict[str, Any] = {
    "ec": ec.generate_private_key(ec.SECP256R1()),
    "ed": ed25519.Ed25519PrivateKey.generate(),
    "rsa": rsa.generate_private_key(public_exponent=65537, key_size=2048),
}
_WRITERS: dict[type, object] = {
    rsa.RSAPrivateKey: jwt.algorithms.RSAAlgorithm,
    ec.EllipticCurvePrivateKey: jwt.algorithms.ECAlgorithm,
    ed25519.Ed25519PrivateKey: jwt.algorithms.OKPAlgorithm,
}
SIGNS_WITH = {"ec": "ES256", "ed": "EdDSA", "rsa": "RS256"}


def as_jwk(key_id: str, key: Any, **more: object) -> dict[str, object]:  # noqa: ANN401 - of any kind
    """Return the public key as its entry in a set."""
    writer: Any = next(writer for kind, writer in _WRITERS.items() if isinstance(key, kind))
    entry: dict[str, object] = json.loads(writer.to_jwk(key.public_key()))
    return entry | {"kid": key_id, "use": "sig"} | more


def key_set(keys: Mapping[str, Any] = KEYS) -> bytes:
    """Return a key set as an issuer publishes it."""
    return json.dumps({"keys": [as_jwk(name, key) for name, key in keys.items()]}).encode()


def claims(**changed: object) -> dict[str, object]:
    """Return the claims of a good token; None leaves one out."""
    good: dict[str, object] = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "agency-client",
        "iat": int(NOW.timestamp()),
        "exp": int(NOW.timestamp()) + 300,
        "jti": "7",
    }
    return {name: value for name, value in (good | changed).items() if value is not None}


def token(
    key_id: str = "ec",
    *,
    key: Any = None,  # noqa: ANN401 - of any kind
    header: Mapping[str, object] | None = None,
    **changed: object,
) -> str:
    """Return a token; without changes a good one."""
    return jwt.encode(
        claims(**changed),
        key or KEYS[key_id],
        algorithm=SIGNS_WITH[key_id],
        headers={"kid": key_id, **(header or {})},
    )


def forged(header: Mapping[str, object], content: object = None, mac_key: bytes = b"") -> str:
    """Return a token that no library writes: any header, and no signature or an HMAC."""
    body = claims() if content is None else content
    parts = ".".join(_encoded(json.dumps(part).encode()) for part in (header, body))
    mac = hmac.digest(mac_key, parts.encode(), sha256) if mac_key else b""
    return f"{parts}.{_encoded(mac)}"


def public_pem(key_id: str) -> bytes:
    """Return the public key as PEM: what a forger takes for a shared secret."""
    public: bytes = (
        KEYS[key_id].public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    return public


def make_check(keys: Mapping[str, IssuerKey] | None = None) -> TokenCheck:
    """Return a check of this issuer's tokens."""
    return TokenCheck(RULES, (read_key_set(key_set()) if keys is None else keys).get)


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
