"""Once a minute it is looked whether a stream is late, overdue or held (SYN-6)."""

from collections.abc import Callable, Sequence
from threading import Event, Thread
from typing import Final

import structlog

from gateway.domain.errors import GatewayError
from gateway.services.health_alarms import Told

MINUTE: Final = 60.0

log: structlog.stdlib.BoundLogger = structlog.get_logger()


class HealthLook:
    """Looks at the start and then once a minute. Several processes may do so: one tells."""

    def __init__(self, look: Callable[[], Sequence[Told]]) -> None:
        self._look = look
        self._stop = Event()
        self._blind = False
        self._thread = Thread(target=self._run, name="health", daemon=True)

    def start(self) -> None:
        """Begin, in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """End when a look that has begun has ended."""
        self._stop.set()
        self._thread.join()

    def look_once(self) -> None:
        """Look, and tell each change in a line; a look that fails is told once."""
        try:
            for told in self._look():
                tell = log.warning if told.is_alarm else log.info
                tell(
                    "stream.health",
                    partner=told.partner,
                    stream=told.stream,
                    health=told.health.value,
                )
        except GatewayError as error:
            if not self._blind:
                log.warning("health.failed", code=error.code, why=error.message)
            self._blind = True
        else:
            self._blind = False

    def _run(self) -> None:
        self.look_once()
        while not self._stop.wait(MINUTE):
            self.look_once()
