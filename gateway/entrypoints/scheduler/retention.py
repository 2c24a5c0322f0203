"""Once a day, the bodies of issued lists whose time is over are erased (PUB-7)."""

from collections.abc import Callable, Sequence
from threading import Event, Thread
from typing import Final

import structlog

from gateway.domain.errors import GatewayError
from gateway.ports.publications import Erased

DAY: Final = 24 * 60 * 60.0

log: structlog.stdlib.BoundLogger = structlog.get_logger()


class DailyRetention:
    """Erases at the start and then once a day. Several processes may do so: erased is erased."""

    def __init__(self, erase: Callable[[], Sequence[Erased]]) -> None:
        self._erase = erase
        self._stop = Event()
        self._thread = Thread(target=self._run, name="retention", daemon=True)

    def start(self) -> None:
        """Begin, in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """End when a running erasure has ended."""
        self._stop.set()
        self._thread.join()

    def erase_once(self) -> None:
        """Erase what is due, and tell it or why it failed; a failure is tried again tomorrow."""
        try:
            for erased in self._erase():
                log.info(
                    "retention.erased",
                    stream=str(erased.stream),
                    lists=len(erased.sequences),
                    last=erased.sequences[-1],
                    bytes=erased.size,
                )
        except GatewayError as error:
            log.warning("retention.failed", code=error.code, why=error.message)

    def _run(self) -> None:
        self.erase_once()
        while not self._stop.wait(DAY):
            self.erase_once()
