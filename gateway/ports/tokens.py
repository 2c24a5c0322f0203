"""Tokens of a configured issuer, for callers without a certificate."""

from datetime import datetime
from typing import Protocol

from msgspec import Struct


class ProvenToken(Struct, frozen=True):
    """What a token proves, and how long."""

    subject: str
    until: datetime
    """Whole seconds: at this moment it proves nothing any more."""


class TokenCheck(Protocol):
    """`trust.tokens.TokenCheck`."""

    def prove(self, token: str, *, now: datetime) -> ProvenToken:
        """Check a token.

        Raises:
            TokenRefusedError: It proves nothing.
            IssuerUnavailableError: No keys of the issuer were read yet.
        """
        ...
