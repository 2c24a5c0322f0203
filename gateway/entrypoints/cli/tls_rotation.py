"""Certificates of running servers, replaced without a restart."""

from collections.abc import Callable
from threading import Event
from typing import Final

import structlog

from gateway.domain.errors import GatewayError
from gateway.ports.tls import ServerTls

LOOK_EVERY: Final = 5.0
"""Seconds between looks at the files and at the partners' CAs."""

log: structlog.stdlib.BoundLogger = structlog.get_logger()


class TlsRotation:
    """Hands new certificates and partners' CAs to the servers of one process.

    Files that do not fit each other (half of them replaced) or cannot be used are told once and
    looked at again: what the servers show stays until the new files are good.

    Args:
        read: `Gateway.server_tls`.

    Raises:
        ConfigError: Certificate or key cannot be used.
        DatabaseUnavailableError: The partners' CAs cannot be read.
    """

    def __init__(self, read: Callable[[], ServerTls]) -> None:
        self._read = read
        self._servers: list[Callable[[ServerTls], None]] = []
        self._trouble: str | None = None
        self.tls = read()
        """What the servers are started with, and what they show since."""

    def add(self, replace: Callable[[ServerTls], None]) -> None:
        """Have a server's `replace_tls` called with whatever is new."""
        self._servers.append(replace)

    def run(self, stop: Event) -> None:
        """Look now and then, until told to stop."""
        while not stop.wait(LOOK_EVERY):
            self.look()

    def look(self) -> bool:
        """Read again; tell whether the servers were given something new."""
        try:
            latest = self._read()
            if latest == self.tls:
                self._recovered()
                return False
            for replace in self._servers:
                replace(latest)
        except GatewayError as error:
            if self._trouble != error.message:
                self._trouble = error.message
                log.warning("tls.not_replaced", code=error.code, why=error.message)
            return False
        self._trouble = None
        # An auditor has to tell a new key from a partner that came or went.
        log.info(
            "tls.replaced",
            servers=len(self._servers),
            certificate=latest.certificate != self.tls.certificate or latest.key != self.tls.key,
            client_authorities=latest.client_authorities != self.tls.client_authorities,
        )
        self.tls = latest
        return True

    def _recovered(self) -> None:
        if self._trouble is not None:
            self._trouble = None
            log.info("tls.unchanged")
