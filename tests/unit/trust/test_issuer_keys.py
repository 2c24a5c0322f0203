import json

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from gateway.domain.errors import ConfigError
from gateway.trust.issuer_keys import MAX_BYTES, MAX_KEYS, read_key_set
from tests.fakes.token_issuer import KEYS, as_jwk, key_set

WEAK = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 - refused
GOOD = as_jwk("ec", KEYS["ec"])


def written(*entries: object) -> bytes:
    return json.dumps({"keys": entries}).encode()


def test_keys_are_found_by_their_id_with_what_each_may_sign_with() -> None:
    found = read_key_set(key_set())
    assert {name: key.algorithms for name, key in found.items()} == {
        "ec": {"ES256"},
        "ed": {"EdDSA"},
        "rsa": {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"},
    }
    assert found == read_key_set(key_set())


def test_a_key_that_names_its_algorithm_signs_with_no_other() -> None:
    found = read_key_set(written(as_jwk("rsa", KEYS["rsa"], alg="PS256")))
    assert found["rsa"].algorithms == {"PS256"}


@pytest.mark.parametrize(
    "useless",
    [
        {"kty": "EC", "crv": "secp256k1", "kid": "x"},
        {"kty": "unheard-of", "kid": "x"},
        as_jwk("x", KEYS["rsa"], use="enc"),
        as_jwk("x", KEYS["rsa"], alg="RSA-OAEP"),
        as_jwk("", KEYS["ec"]),
        {name: value for name, value in as_jwk("x", KEYS["ec"]).items() if name != "kid"},
    ],
    ids=["curve", "kind", "for encryption", "algorithm", "empty id", "no id"],
)
def test_keys_that_are_no_use_are_left_out(useless: dict[str, object]) -> None:
    assert read_key_set(written(useless, GOOD)).keys() == {"ec"}
    with pytest.raises(ConfigError, match="no key with an id"):
        read_key_set(written(useless))


@pytest.mark.parametrize(
    ("document", "why"),
    [
        (b"", "no JSON object"),
        (b"[]", "no JSON object"),
        (b"{}", "no JSON object"),
        (b'{"keys":' + b"[" * 5000, "no JSON object"),
        (b'{"keys": {}}', "no list"),
        (written("text"), "no key"),
        (written(*[GOOD] * (MAX_KEYS + 1)), f"at most {MAX_KEYS}"),
        (b" " * (MAX_BYTES + 1), "bytes"),
        (written(GOOD, GOOD), "two keys with one id"),
        (written(GOOD | {"d": "AA"}), "private"),
        (written({"kty": "oct", "k": "AA", "kid": "x"}), "secret"),
        (written(GOOD | {"x": "AA"}), "cannot be read"),
        (written(as_jwk("x", WEAK)), "below 2048 bits"),
    ],
)  # fmt: skip
def test_a_set_that_is_none_is_refused_as_a_whole(document: bytes, why: str) -> None:
    with pytest.raises(ConfigError, match=why):
        read_key_set(document)


def test_a_key_of_p_384_signs_es384() -> None:
    key = ec.generate_private_key(ec.SECP384R1())
    assert read_key_set(written(as_jwk("x", key)))["x"].algorithms == {"ES384"}
