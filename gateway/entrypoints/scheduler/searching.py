"""The search index of a lookup process: built once somebody searches, then kept up to date."""

from datetime import timedelta
from typing import Final

import structlog

from gateway.domain.errors import GatewayError
from gateway.services.search import SearchDesk

LOOK_FOR_SEARCHES: Final = timedelta(seconds=0.5)
"""How long a first search waits for the building to begin, and a moved list to be searched."""

log: structlog.stdlib.BoundLogger = structlog.get_logger()


class IndexKeeper:
    """Looks whether the index has to be built or moved; a failure is told once."""

    def __init__(self, desk: SearchDesk) -> None:
        self._desk = desk
        self._is_failing = False

    def look(self) -> None:
        """Bring the index up to date, if anybody searches; what fails is tried at the next look."""
        if not self._desk.is_wanted:
            return
        try:
            self._desk.refresh()
        except GatewayError as error:
            if not self._is_failing:
                log.warning("search.refresh_failed", code=error.code, why=error.message)
            self._is_failing = True
        else:
            self._is_failing = False
