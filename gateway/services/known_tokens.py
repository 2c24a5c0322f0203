"""Whose token it is, from memory: each is checked once, and known until it expires.

A check costs more than a lookup, and a border system shows one token with thousands of calls.
"""

from collections.abc import Callable
from datetime import datetime

from msgspec import structs

from gateway.domain.parties import Admitted, Caller
from gateway.ports.tokens import TokenCheck

KEPT = 2_000
"""Tokens that are remembered; beyond it all are checked anew."""


class KnownTokens:
    """Remembers tokens until they expire, or until callers or keys change. Thread-safe.

    Args:
        check: Knows good tokens.
        identify: Maps a subject to its caller, or raises `NotPermittedError`.
    """

    def __init__(self, check: TokenCheck, identify: Callable[[str], Caller]) -> None:
        self._check = check
        self._identify = identify
        self._known: dict[str, Admitted] = {}

    def forget(self) -> None:
        """Check all tokens anew: a caller was revoked, or a key is gone."""
        self._known = {}

    def find(self, token: str, now: datetime) -> Admitted | None:
        """Tell whose token this is if it is remembered: never waits, and checks nothing."""
        found = self._known.get(token)
        return found if found is not None and now < found.until else None

    def identify(self, token: str, now: datetime) -> Admitted:
        """Tell whose token this is. A refusal is never remembered.

        Raises:
            TokenRefusedError: It proves nothing.
            IssuerUnavailableError: No keys of the issuer were read yet.
            NotPermittedError: Its subject is not registered, or was revoked.
            DatabaseUnavailableError: It is not known yet, and the database does not answer.
        """
        # Taken first: what is checked while everything is forgotten is forgotten with it.
        known = self._known
        found = known.get(token)
        if found is not None and now < found.until:
            return found
        proven = self._check.prove(token, now=now)
        caller = Admitted(**structs.asdict(self._identify(proven.subject)), until=proven.until)
        if len(known) >= KEPT:
            known.clear()
        known[token] = caller
        return caller
