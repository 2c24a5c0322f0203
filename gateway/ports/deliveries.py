"""The delivery log: lists and acknowledgements that travelled, and what is to be sent again."""

from datetime import datetime
from typing import Protocol

from msgspec import Struct

from gateway.domain.deliveries import Delivery, DeliveryState, Transmission
from gateway.domain.lists import Stream
from gateway.domain.parties import Actor


class DueList(Struct, frozen=True, kw_only=True):
    """A list that is to be sent once more. Its bytes: `Publications.find`."""

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
        """Note what has travelled, or failed to. What ended long ago is forgotten meanwhile.

        What home sent settles the redelivery that waits with these bytes, if one does.
        """
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

    def due_lists(self, stream: Stream, now: datetime) -> list[DueList]:
        """Return the lists that are to be brought to the partner once more, in order of sequence.

        Which lists it lacks follows from what was issued and answered; these are asked for besides.
        """
        ...
