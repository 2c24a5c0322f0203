"""Bearer tokens: JSON Web Tokens of one configured issuer (RFC 7519, RFC 8725, RFC 9068).

What a token says of its own checking counts for nothing: the algorithm is one of ours and of the
key's, the key is one of the issuer's set, and addresses or keys that a token brings along are not
looked at. Messages tell what is wrong, never what the token says.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NoReturn

import jwt
from jwt.exceptions import (
    InvalidAudienceError,
    InvalidIssuerError,
    InvalidSignatureError,
    MissingRequiredClaimError,
    PyJWTError,
)
from msgspec import Struct

from gateway.domain.errors import NothingShownError, TokenRefusedError
from gateway.ports.tokens import ProvenToken
from gateway.trust.issuer_keys import IssuerKey

MAX_TOKEN: Final = 8192
"""Characters; twice what the largest issuers write."""
_LAST: Final = 253_402_300_799
"""The end of the year 9999, in seconds since 1970."""


class TokenRules(Struct, frozen=True, kw_only=True):
    """What a token must say."""

    issuer: str
    audience: str
    algorithms: frozenset[str]
    claim: str = "sub"
    """The claim that names the caller."""
    skew: timedelta = timedelta(seconds=30)
    """How far the issuer's clock may be from ours."""
    longest: timedelta = timedelta(hours=1)
    """From issue to end."""


class TokenCheck:
    """`ports.tokens.TokenCheck`. Thread-safe.

    Args:
        rules: What a token must say.
        find_key: The issuer's key with an id, or none.
    """

    def __init__(self, rules: TokenRules, find_key: Callable[[str], IssuerKey | None]) -> None:
        self._rules = rules
        self._find_key = find_key
        self._options: Final = {
            "require": ["iss", "aud", "exp", "iat", rules.claim],
            # Judged here, by the time that is handed in.
            "verify_exp": False,
            "verify_nbf": False,
            "verify_iat": False,
            "verify_sub": False,
            "verify_jti": False,
        }

    def prove(self, token: str, *, now: datetime) -> ProvenToken:
        """Check a token: form, algorithm, key, signature, issuer, audience, times, subject.

        Raises:
            NothingShownError: There is none.
            TokenRefusedError: It proves nothing.
            IssuerUnavailableError: No keys of the issuer were read yet.
        """
        if not token:
            why = "the call came without a client certificate and without a bearer token"
            raise NothingShownError(why) from None
        if len(token) > MAX_TOKEN or not token.isascii():
            _refuse(f"the token is longer than {MAX_TOKEN} characters, or not ASCII")
        claims = self._claims(token)
        until = self._until(claims, now)
        subject = claims[self._rules.claim]
        if not isinstance(subject, str) or not subject:
            _refuse("the token names no subject")
        return ProvenToken(subject, until)

    def _claims(self, token: str) -> Mapping[str, Any]:
        rules = self._rules
        algorithm, key = self._key(token)
        try:
            return jwt.decode(
                token,
                key,
                algorithms=[algorithm],
                audience=rules.audience,
                issuer=rules.issuer,
                options=self._options,  # type: ignore[arg-type] # a typed dict of the library's own
            )
        except InvalidSignatureError:
            _refuse("the token's signature does not match")
        except InvalidIssuerError:
            _refuse("the token is another issuer's")
        except InvalidAudienceError:
            _refuse("the token is for another audience")
        except MissingRequiredClaimError as error:
            _refuse(f"the token lacks the claim {error.claim}")
        # The library leaves a few errors of Python's own to whoever reads hostile JSON.
        except (PyJWTError, ValueError, TypeError, RecursionError):
            _refuse("the token cannot be read")

    def _key(self, token: str) -> tuple[str, Any]:
        try:
            header = jwt.get_unverified_header(token)
        except (PyJWTError, ValueError, TypeError, RecursionError):
            _refuse("the token cannot be read")
        algorithm, key_id = header.get("alg"), header.get("kid")
        if not isinstance(algorithm, str) or algorithm not in self._rules.algorithms:
            _refuse("the token's algorithm is not allowed")
        if header.keys() & {"crit", "b64"}:
            _refuse("the token asks for what is not known here")
        key = self._find_key(key_id) if isinstance(key_id, str) else None
        if key is None:
            _refuse("the token's key is none of the issuer's")
        if algorithm not in key.algorithms:
            _refuse("the token's algorithm is not its key's")
        return algorithm, key.key

    def _until(self, claims: Mapping[str, Any], now: datetime) -> datetime:
        skew, longest = self._rules.skew, self._rules.longest
        begins, ends = _moment(claims, "iat"), _moment(claims, "exp")
        if ends - begins > longest:
            _refuse("the token is good for longer than is allowed")
        if "nbf" in claims:
            begins = max(begins, _moment(claims, "nbf"))
        if begins > now + skew:
            _refuse("the token is not good yet")
        until = ends + skew
        if until <= now:
            _refuse("the token has expired")
        return until


def _moment(claims: Mapping[str, Any], name: str) -> datetime:
    value = claims[name]
    # A bool is an int to Python; NaN and infinity compare false.
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _LAST:
        _refuse(f"the token's claim {name} is no time")
    return datetime.fromtimestamp(int(value), UTC)


def _refuse(why: str) -> NoReturn:
    # From none: errors of the library may tell what the token says.
    raise TokenRefusedError(why) from None
