"""Who calls, from memory: asked of the registry once, and again when its callers change.

Border systems ask thousands of times a second over one certificate; a query for each would cost
more than the answer. With the database gone, callers that are known go on asking, as the lists
that are loaded go on answering.
"""

from collections.abc import Callable, Sequence

from gateway.domain.errors import DatabaseUnavailableError, StoreError
from gateway.domain.parties import Caller


class KnownCallers:
    """Remembers who was identified until the registered callers change. Thread-safe.

    Args:
        identify: Maps the DER of a certificate to its caller, or raises `NotPermittedError`.
        version: The registry's version: it rises when a caller is added or revoked.
        registered: All callers; read when the version has risen, because it nearly always rises
            for a list. If everybody were forgotten then, lookups would wait for the registry in
            the very moment in which it is read for the list.
    """

    def __init__(
        self,
        identify: Callable[[bytes], Caller],
        version: Callable[[], int],
        registered: Callable[[], Sequence[Caller]],
    ) -> None:
        self._identify = identify
        self._version = version
        self._registered = registered
        self._seen_version: int | None = None
        self._seen: Sequence[Caller] | None = None
        self._known: dict[bytes, Caller] = {}

    def refresh(self) -> bool:
        """Forget everybody if callers changed; tell whether. Cheap; called every 100 ms."""
        try:
            version = self._version()
            if version == self._seen_version:
                return False
            registered = self._read()
        except DatabaseUnavailableError:
            return False
        self._seen_version = version
        if registered is not None and registered == self._seen:
            return False
        self._seen = registered
        self._known = {}
        return True

    def refresh_every(
        self, seconds: float, timer: Callable[[], float]
    ) -> Callable[[bytes], Caller]:
        """Return `identify` for a process that has no loop to refresh in.

        Args:
            seconds: As long as somebody who was revoked may still be let in.
            timer: Seconds from any beginning.
        """
        refreshed_at = -seconds

        def identify(der: bytes) -> Caller:
            nonlocal refreshed_at
            now = timer()
            if now - refreshed_at >= seconds:
                refreshed_at = now
                self.refresh()
            return self.identify(der)

        return identify

    def _read(self) -> Sequence[Caller] | None:
        try:
            return self._registered()
        except DatabaseUnavailableError:
            raise
        except StoreError:
            # One of them cannot be read: each is asked for by itself.
            return None

    def find(self, der: bytes) -> Caller | None:
        """Tell who calls if it is remembered: never waits for the registry."""
        return self._known.get(der)

    def identify(self, der: bytes) -> Caller:
        """Tell who calls. A refusal is never remembered.

        Raises:
            NotPermittedError: The certificate is not registered, or was revoked.
            DatabaseUnavailableError: It is not known yet, and the database does not answer.
        """
        # Taken first: what is read while a refresh forgets everybody is forgotten with them.
        known = self._known
        caller = known.get(der)
        if caller is None:
            caller = known[der] = self._identify(der)
        return caller
