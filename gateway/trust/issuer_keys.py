"""The public keys of a token issuer: a JSON Web Key Set (RFC 7517), read once and checked."""

from collections.abc import Mapping
from typing import Any, Final

import jwt
import msgspec
from jwt.exceptions import PyJWTError
from msgspec import Struct

from gateway.domain.errors import ConfigError

MAX_BYTES: Final = 256 * 1024
MAX_KEYS: Final = 64
MAX_KEY_ID: Final = 256
MIN_RSA_BITS: Final = 2048

_OF_RSA: Final = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"})
_FITTING: Final[Mapping[tuple[str, str | None], frozenset[str]]] = {
    ("RSA", None): _OF_RSA,
    ("EC", "P-256"): frozenset({"ES256"}),
    ("EC", "P-384"): frozenset({"ES384"}),
    ("EC", "P-521"): frozenset({"ES512"}),
    ("OKP", "Ed25519"): frozenset({"EdDSA"}),
}
"""By kind and curve: what a key of this kind signs with, and nothing else. There is no symmetric
kind: whoever could check such a token could write one."""
ALGORITHMS: Final = frozenset().union(*_FITTING.values())
_PRIVATE: Final = frozenset({"d", "p", "q", "k"})


class IssuerKey(Struct, frozen=True):
    """One public key."""

    key: Any
    """As the library for tokens takes it."""
    algorithms: frozenset[str]
    """What it may sign with."""


def read_key_set(document: bytes) -> dict[str, IssuerKey]:
    """Return the keys of a set, by their id; those that are no use to us are left out.

    Raises:
        ConfigError: It is no key set, too large, holds a private key or one id twice, or nothing
            that is of use.
    """
    if len(document) > MAX_BYTES:
        raise ConfigError(f"the issuer's key set has more than {MAX_BYTES} bytes")
    try:
        entries = msgspec.json.decode(document, type=dict[str, Any])["keys"]
    except (msgspec.DecodeError, KeyError, RecursionError) as error:
        raise ConfigError("the issuer's key set is no JSON object with keys") from error
    if not isinstance(entries, list) or len(entries) > MAX_KEYS:
        raise ConfigError(f"the issuer's key set is no list of at most {MAX_KEYS} keys")
    found: dict[str, IssuerKey] = {}
    for entry in entries:
        if not isinstance(entry, dict):
            raise ConfigError("the issuer's key set holds something that is no key")
        if entry.keys() & _PRIVATE:
            raise ConfigError("the issuer's key set holds a secret or private key")
        key_id, key = entry.get("kid"), _read(entry)
        if key is None or not isinstance(key_id, str) or not 0 < len(key_id) <= MAX_KEY_ID:
            continue
        if key_id in found:
            raise ConfigError("the issuer's key set holds two keys with one id")
        found[key_id] = key
    if not found:
        raise ConfigError("the issuer's key set holds no key with an id that signs tokens")
    return found


def _read(entry: dict[str, Any]) -> IssuerKey | None:
    kind, curve = entry.get("kty"), entry.get("crv")
    algorithms = _FITTING.get((str(kind), None if curve is None else str(curve)), frozenset())
    named = entry.get("alg")
    if named is not None:
        algorithms &= {str(named)}
    if not algorithms or entry.get("use", "sig") != "sig":
        return None
    try:
        key = jwt.PyJWK(entry, algorithm=min(algorithms)).key
    except (PyJWTError, ValueError, TypeError) as error:
        raise ConfigError("the issuer's key set holds a key that cannot be read") from error
    if kind == "RSA" and key.key_size < MIN_RSA_BITS:
        raise ConfigError(f"the issuer's key set holds an RSA key below {MIN_RSA_BITS} bits")
    return IssuerKey(key, algorithms)
