import base64
import json
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from gateway.domain.errors import TokenRefusedError
from gateway.trust.issuer_keys import read_key_set
from gateway.trust.tokens import MAX_TOKEN, TokenCheck
from tests.fakes.token_issuer import (
    AUDIENCE,
    KEYS,
    NOW,
    RULES,
    forged,
    key_set,
    make_check,
    public_pem,
    token,
)

SECOND = timedelta(seconds=1)
STAMP = int(NOW.timestamp())
OTHER_KEY = ec.generate_private_key(ec.SECP256R1())
CHECK = make_check()


@pytest.mark.parametrize("key_id", KEYS)
def test_a_good_token_names_its_subject_and_how_long_it_lasts(key_id: str) -> None:
    proven = CHECK.prove(token(key_id), now=NOW)
    assert proven.subject == "agency-client"
    assert proven.until == NOW + timedelta(seconds=300) + RULES.skew


def test_several_audiences_are_good_if_ours_is_one() -> None:
    CHECK.prove(token(aud=["other", AUDIENCE]), now=NOW)


def test_another_claim_may_name_the_caller() -> None:
    check = TokenCheck(replace(RULES, claim="client_id"), read_key_set(key_set()).get)
    assert check.prove(token(client_id="x"), now=NOW).subject == "x"
    with pytest.raises(TokenRefusedError, match="lacks the claim client_id"):
        check.prove(token(), now=NOW)


def test_clocks_may_differ_by_the_skew_and_no_more() -> None:
    ends = NOW + timedelta(seconds=300)
    CHECK.prove(token(), now=NOW - RULES.skew)
    CHECK.prove(token(), now=ends + RULES.skew - SECOND)
    for now, why in (
        (NOW - RULES.skew - SECOND, "not good yet"),
        (ends + RULES.skew, "has expired"),
    ):
        with pytest.raises(TokenRefusedError, match=why):
            CHECK.prove(token(), now=now)


BAD = {
    "none at all": ("", "without a bearer token"),
    "not three parts": ("a.b", "cannot be read"),
    "no JSON": ("YQ.YQ.YQ", "cannot be read"),
    "not ASCII": ("ä.b.c", "not ASCII"),
    "oversized": (token(padding="x" * MAX_TOKEN), f"longer than {MAX_TOKEN}"),
    "nested without end": (
        base64.urlsafe_b64encode(b"[" * 5000).decode() + ".e30.YQ",
        "cannot be read",
    ),
    "another issuer": (token(iss="https://evil.example"), "another issuer's"),
    "issuer with a slash": (token(iss=f"{RULES.issuer}/"), "another issuer's"),
    "no issuer": (token(iss=None), "lacks the claim iss"),
    "another audience": (token(aud="other"), "another audience"),
    "audience as prefix": (token(aud=f"{AUDIENCE}-2"), "another audience"),
    "no audience": (token(aud=None), "lacks the claim aud"),
    "no subject": (token(sub=None), "lacks the claim sub"),
    "empty subject": (token(sub=""), "names no subject"),
    "subject of another kind": (forged({"alg": "none"}), "algorithm is not allowed"),
    "expired": (token(iat=STAMP - 900, exp=STAMP - 31), "has expired"),
    "no end": (token(exp=None), "lacks the claim exp"),
    "no beginning": (token(iat=None), "lacks the claim iat"),
    "issued ahead": (token(iat=STAMP + 31), "not good yet"),
    "not yet valid": (token(nbf=STAMP + 31), "not good yet"),
    "good for too long": (token(exp=STAMP + 3601), "for longer than is allowed"),
    "end is a text": (token(exp="tomorrow"), "claim exp is no time"),
    "end is true": (token(exp=True), "claim exp is no time"),
    "end beyond the calendar": (token(exp=10**20), "claim exp is no time"),
    "beginning below nought": (token(iat=-1), "claim iat is no time"),
    "nbf is nothing to count": (token(nbf="x"), "claim nbf is no time"),
    "alg none": (forged({"alg": "none", "kid": "ec"}), "algorithm is not allowed"),
    "alg None": (forged({"alg": "None", "kid": "ec"}), "algorithm is not allowed"),
    "alg missing": (forged({"kid": "ec"}), "algorithm is not allowed"),
    "alg of another kind": (forged({"alg": ["ES256"], "kid": "ec"}), "algorithm is not allowed"),
    "HS with the public key": (
        forged({"alg": "HS256", "kid": "rsa"}, mac_key=public_pem("rsa")),
        "algorithm is not allowed",
    ),
    "RS with a key for EC": (forged({"alg": "RS256", "kid": "ec"}), "algorithm is not its key's"),
    "unknown kid": (token(header={"kid": "gone"}), "key is none of the issuer's"),
    "no kid": (token(header={"kid": ""}), "key is none of the issuer's"),
    "kid of another kind": (forged({"alg": "ES256", "kid": 1}), "cannot be read"),
    "another key under the same id": (token(key=OTHER_KEY), "signature does not match"),
    "signature cut": (token()[:-6], "signature does not match"),
    "unsigned": (token().rpartition(".")[0] + ".", "signature does not match"),
    "asks for extensions": (token(header={"crit": ["x"], "x": 1}), "is not known here|cannot be"),
}


@pytest.mark.parametrize(("bad", "why"), BAD.values(), ids=BAD)
def test_a_bad_token_is_refused_with_a_reason_that_repeats_none_of_it(bad: str, why: str) -> None:
    with pytest.raises(TokenRefusedError, match=why) as caught:
        CHECK.prove(bad, now=NOW)
    error = caught.value
    assert error.context == {}
    for part in ("agency-client", "evil", "gone", *(bad.split(".") if len(bad) > 20 else ())):
        assert not part or part not in error.message
    assert error.__cause__ is None
    assert error.__suppress_context__


def test_a_key_that_the_token_brings_along_is_not_looked_at() -> None:
    entry = {"kid": "ec", "jwk": {"kty": "oct", "k": "AA"}, "jku": "https://evil.example/keys"}
    with pytest.raises(TokenRefusedError, match="signature does not match"):
        CHECK.prove(token(key=OTHER_KEY, header=entry), now=NOW)


def test_a_changed_claim_breaks_the_signature() -> None:
    head, body, signature = token().split(".")
    content = json.loads(base64.urlsafe_b64decode(body + "=="))
    changed = base64.urlsafe_b64encode(json.dumps(content | {"sub": "customs"}).encode())
    with pytest.raises(TokenRefusedError, match="signature"):
        CHECK.prove(f"{head}.{changed.rstrip(b'=').decode()}.{signature}", now=NOW)


def test_a_rotated_key_is_good_for_its_own_tokens_alone() -> None:
    new = ec.generate_private_key(ec.SECP256R1())
    rotated = make_check(read_key_set(key_set({"ec-2": new})))
    rotated.prove(token(key=new, header={"kid": "ec-2"}), now=NOW)
    with pytest.raises(TokenRefusedError, match="none of the issuer's"):
        rotated.prove(token(), now=NOW)


@settings(max_examples=300, deadline=None)
@given(
    st.text(max_size=200)
    | st.builds(
        lambda *parts: ".".join(
            base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts
        ),
        *([st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
            lambda inner: st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["alg", "kid", "typ", "crit", "b64", "x"]), inner),
            max_leaves=6,
        ).map(lambda value: json.dumps(value).encode())] * 3),
    )
)  # fmt: skip
def test_whatever_comes_is_refused_and_never_an_error_of_another_kind(text: str) -> None:
    with pytest.raises(TokenRefusedError):
        CHECK.prove(text, now=NOW)
