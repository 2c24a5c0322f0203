"""Acknowledgements on their way to the partner, and those that partners sent to us."""

from datetime import datetime
from typing import Protocol

from msgspec import Struct

from gateway.domain.acknowledgements import SealedAcknowledgement
from gateway.domain.deliveries import Failure
from gateway.domain.lists import Stream
from gateway.domain.standing import Standing


class Undelivered(Struct, frozen=True, kw_only=True):
    """An acknowledgement that the partner does not have yet."""

    delivery_id: int
    sealed: SealedAcknowledgement
    attempts: int
    next_attempt_at: datetime


class Outbox(Protocol):
    """What goes to partners and what they answer. Contract: `tests/contract/outbox_suite.py`.

    `Registry.accept` adds acknowledgements; what is sent once more, `Deliveries.redeliver`.
    """

    def due(self, stream: Stream, now: datetime) -> list[Undelivered]:
        """Return what is to be sent now for a stream, oldest first."""
        ...

    def delivered(self, delivery_id: int, now: datetime) -> None:
        """Mark one as received by the partner. May be called twice."""
        ...

    def failed(self, delivery_id: int, now: datetime, failure: Failure) -> None:
        """Count a failed attempt and plan the next (ACC-15); without a next one it is dead."""
        ...

    def receive(self, sealed: SealedAcknowledgement, now: datetime) -> None:
        """Keep a partner's verified acknowledgement; the highest revision counts (EXC-4).

        A root that is not home's own is audited as `alarm.root_differs`.

        Raises:
            ContradictionError: It says something else than an earlier one with its revision; kept
                is the earlier one, and the other is audited.
        """
        ...

    def newest_received(self, stream: Stream) -> SealedAcknowledgement | None:
        """Return the newest acknowledgement that the partner sent for a stream we issue (EXC-1)."""
        ...

    def standing(self, stream: Stream) -> Standing:
        """Return how the partner stands with a stream that we issue, and if it wants a FULL."""
        ...
