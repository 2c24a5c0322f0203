"""The delivery log: every list and acknowledgement that travelled, and lists that are to travel."""

from datetime import datetime
from typing import Protocol

from msgspec import Struct

from gateway.domain.deliveries import Delivery, DeliveryState, Transmission
from gateway.domain.documents import SealedList
from gateway.domain.lists import Stream
from gateway.domain.parties import Actor


class DueList(Struct, frozen=True, kw_only=True):
    """A list that the partner is to be brought now. Its bytes: `Publications.find`."""

    delivery_id: int
    sequence: int
    attempts: int


class Wanted(Struct, frozen=True, kw_only=True):
    """Which deliveries to find."""

    partner: str | None = None
    states: frozenset[DeliveryState] = frozenset(DeliveryState)
    limit: int


class Deliveries(Protocol):
    """Contract: `tests/contract/deliveries_suite.py`.

    Acknowledgements enter it by themselves: home's with the decision (`Registry.accept`), the
    partner's with `Outbox.receive`. How an attempt ended, `Outbox.delivered` and `failed` are told.
    """

    def record(self, transmission: Transmission) -> None:
        """Note what has travelled, or failed to. What ended long ago is forgotten meanwhile."""
        ...

    def find(self, wanted: Wanted) -> list[Delivery]:
        """Return deliveries, newest first."""
        ...

    def get(self, delivery_id: int) -> Delivery:
        """Return one delivery.

        Raises:
            NotFoundError: There is none, or no longer.
        """
        ...

    def redeliver(self, delivery_id: int, actor: Actor, now: datetime) -> int:
        """Make the same bytes due now, and return under which number. Audited.

        What still waits becomes due. What was delivered, or is dead, is queued once more, labelled
        as a redelivery; asked for twice, it is queued once.

        Raises:
            NotFoundError: There is none, or no longer.
            InvalidRequestError: Home did not send it, so it cannot send it again.
        """
        ...

    def queue_list(self, stream: Stream, sequence: int, sealed: SealedList, now: datetime) -> None:
        """Make a list that was issued due to be brought to the partner; once, if told twice."""
        ...

    def due_lists(self, stream: Stream, now: datetime) -> list[DueList]:
        """Return the lists that are to be brought to the partner now, in order of sequence."""
        ...
