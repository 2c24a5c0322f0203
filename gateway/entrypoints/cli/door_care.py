"""What lets callers in is looked after beside the lookups: keys are fetched, questions added up."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import structlog

from gateway.bootstrap import Door
from gateway.domain.errors import GatewayError

CARE_EVERY: Final = timedelta(seconds=5)

log: structlog.stdlib.BoundLogger = structlog.get_logger()


class DoorCare:
    """Looks after the door; a failure is told once, and when it is over."""

    def __init__(self, door: Door, clock: Callable[[], datetime]) -> None:
        self._door = door
        self._clock = clock
        self._failed = ""

    def look(self) -> None:
        """Look after it once; never fails."""
        try:
            self._door.look_after(self._clock())
        except GatewayError as error:
            if self._failed != error.code:
                log.warning("callers.care_failed", code=error.code, why=error.message)
            self._failed = error.code
        else:
            if self._failed:
                log.info("callers.care_recovered")
            self._failed = ""
