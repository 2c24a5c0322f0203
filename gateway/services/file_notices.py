"""Files of partners that were not read: told once each, in the audit trail (EXC-7)."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from gateway.domain.parties import Actor
from gateway.domain.transport_faults import TransportFault
from gateway.ports.audit import Audit

MOST_NOTICES: Final = 1000
"""A partner that fills its folder fills no audit trail."""


class FileNotices:
    """Tells of each file and reason once in the life of a process."""

    def __init__(self, audit: Audit, clock: Callable[[], datetime], actor: Actor) -> None:
        self._audit = audit
        self._clock = clock
        self._actor = actor
        self._told: set[tuple[str, str]] = set()

    def tell(self, path: str, fault: TransportFault, why: str) -> None:
        """Tell of a file that was left where it is.

        Raises:
            DatabaseUnavailableError: Nothing was told.
        """
        if (path, why) in self._told or len(self._told) >= MOST_NOTICES:
            return
        name = path.encode("utf-8", "backslashreplace").decode()
        self._audit.record(
            "file.ignored", name, {"fault": fault.value, "why": why}, self._actor, self._clock()
        )
        self._told.add((path, why))
