"""Admission of those whom a doorkeeper knows, by certificate or by a token that is their name."""

from datetime import datetime

from gateway.domain.errors import RateExceededError, TokenRefusedError
from gateway.domain.parties import Caller
from tests.fakes.desks import Doorkeeper


class FakeAdmission:
    """Lets everybody in whom the doorkeeper knows. `left` questions may still be asked."""

    def __init__(self, door: Doorkeeper) -> None:
        self._door = door
        self.left: int | None = None

    def by_certificate(self, der: bytes) -> Caller:
        return self._door.identify(der)

    def by_bearer(self, token: str, *, now: datetime) -> Caller:
        del now
        for caller in self._door.callers.values():
            if caller.name == token:
                return caller
        raise TokenRefusedError("the token proves nobody")

    def spend(self, caller: Caller, questions: int, *, now: datetime) -> None:
        del now
        if self.left is None:
            return
        if questions > self.left:
            raise RateExceededError("too fast", caller=caller.name, retry_after=3, limit="a few")
        self.left -= questions
