"""What the load generator needs of a connection, whatever it speaks."""

import socket
from typing import Protocol

LONGEST_SILENCE = 10.0


class LoadError(Exception):
    """The server answered with something else than an answer, or not at all."""


class Asking(Protocol):
    """A connection with at most one call in hand."""

    started: float

    @property
    def socket(self) -> socket.socket:
        """What to wait for."""
        ...

    def ask(self, message: bytes, started: float) -> None:
        """Send one call."""
        ...

    def is_answered(self) -> bool:
        """Read what has come; tell whether the call has ended well."""
        ...
