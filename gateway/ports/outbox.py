"""Acknowledgements on their way to the partner, and those that partners sent to us."""

from datetime import datetime
from typing import Protocol

from msgspec import Struct

from gateway.domain.acknowledgements import SealedAcknowledgement
from gateway.domain.lists import Stream


class Undelivered(Struct, frozen=True, kw_only=True):
    """An acknowledgement that the partner does not have yet."""

    delivery_id: int
    sealed: SealedAcknowledgement
    attempts: int
    next_attempt_at: datetime


class Outbox(Protocol):
    """Deliveries both ways; `Registry.accept` adds. Contract: `tests/contract/outbox_suite.py`."""

    def due(self, stream: Stream, now: datetime) -> list[Undelivered]:
        """Return what is to be sent now for a stream, oldest first."""
        ...

    def delivered(self, delivery_id: int, now: datetime) -> None:
        """Mark one as received by the partner. May be called twice."""
        ...

    def failed(self, delivery_id: int, now: datetime, next_attempt_at: datetime, why: str) -> None:
        """Count a failed attempt and plan the next (ACC-15)."""
        ...

    def receive(self, sealed: SealedAcknowledgement, now: datetime) -> None:
        """Keep a partner's verified acknowledgement; the highest revision counts (EXC-4)."""
        ...

    def newest_received(self, stream: Stream) -> SealedAcknowledgement | None:
        """Return the newest acknowledgement that the partner sent for a stream we issue (EXC-1)."""
        ...
