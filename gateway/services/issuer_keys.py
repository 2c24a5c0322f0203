"""The keys of a token issuer, kept in memory and fetched off the request path.

The newest good set stays while the issuer is down: tokens that it has signed are good until they
expire, and none of them lives long. A key that is not in the set makes the next look come early,
so that a new key works seconds after its first token.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from gateway.domain.errors import GatewayError, IssuerUnavailableError

Key = TypeVar("Key")

SOONEST = timedelta(seconds=10)
"""Between two looks, however many tokens name keys that nobody has."""


class IssuerKeys(Generic[Key]):
    """The newest good set. Thread-safe; one `refresh` at a time.

    Args:
        read: Returns the keys as they are now, by id; may take a while, may raise.
        every: How often to look.
    """

    def __init__(self, read: Callable[[], Mapping[str, Key]], *, every: timedelta) -> None:
        self._read = read
        self._every = every
        self._keys: Mapping[str, Key] = {}
        self._looked_at: datetime | None = None
        self._missed = False
        self._failure: GatewayError | None = None

    def find(self, key_id: str) -> Key | None:
        """Return the key with this id, or none.

        Raises:
            IssuerUnavailableError: No set was read yet.
        """
        if not self._keys:
            raise IssuerUnavailableError("no keys of the token issuer were read yet")
        key = self._keys.get(key_id)
        if key is None:
            self._missed = True
        return key

    def refresh(self, now: datetime) -> bool:
        """Look at the issuer's keys if it is time; tell whether some came or went.

        Raises:
            GatewayError: They could not be read when looked at last; those from before stay.
        """
        if not self._is_due(now):
            if self._failure is not None:
                raise self._failure.with_traceback(None)
            return False
        self._looked_at, self._missed = now, False
        try:
            keys = self._read()
        except GatewayError as error:
            self._failure = error
            raise
        self._failure = None
        if keys == self._keys:
            return False
        self._keys = keys
        return True

    def _is_due(self, now: datetime) -> bool:
        if self._looked_at is None:
            return True
        wait = SOONEST if self._missed or not self._keys else self._every
        return now - self._looked_at >= wait
