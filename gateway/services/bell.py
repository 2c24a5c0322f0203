"""A bell that threads wait for: rung when there may be something new."""

from threading import Condition


class Bell:
    """Wakes all that wait. Threads share it."""

    def __init__(self) -> None:
        self._moved = Condition()
        self._rings = 0
        self._is_closed = False

    @property
    def rings(self) -> int:
        """How often it was rung: a waiter notes it before it looks for what is new."""
        return self._rings

    @property
    def is_closed(self) -> bool:
        """Tell whether the process is ending."""
        return self._is_closed

    def ring(self) -> None:
        """Wake everybody: there may be something new."""
        with self._moved:
            self._rings += 1
            self._moved.notify_all()

    def close(self) -> None:
        """End all that wait: the process is ending."""
        self._is_closed = True
        self.ring()

    def wait(self, rings: int, seconds: float) -> None:
        """Wait until it is rung again after `rings`, or for so many seconds."""
        with self._moved:
            self._moved.wait_for(lambda: self._rings != rings, max(0.0, seconds))
