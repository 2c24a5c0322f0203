"""Rows of the delivery log, written inside the transaction of whoever calls."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, delete, insert, select, update
from structlog.contextvars import get_contextvars

from gateway.domain.deliveries import DeliveryState, Transmission
from gateway.store.schema_deliveries import transmissions

KEPT_FOR: Final = timedelta(days=400)
"""A year and a month: long enough to compare with the same days of last year."""
FORGOTTEN_AT_ONCE: Final = 100
"""No call is slow, and the log still shrinks faster than it grows."""


def add_ended(
    connection: Connection,
    stream_id: int,
    transmission: Transmission,
    state: DeliveryState,
    *,
    received_acknowledgement_id: int | None = None,
) -> None:
    """Note a transmission that has ended, whichever way."""
    failure = transmission.failure
    connection.execute(
        insert(transmissions).values(
            stream_id=stream_id,
            kind=transmission.kind.value,
            movement=transmission.movement.value,
            sequence=transmission.sequence,
            received_acknowledgement_id=received_acknowledgement_id,
            digest=transmission.digest,
            size=transmission.size,
            at=transmission.at,
            state=state.value,
            attempts=1,
            tried_at=transmission.at,
            code=failure and failure.code,
            why=failure and failure.why,
            request_id=_request_id(),
        )
    )


def end_attempt(
    connection: Connection,
    delivery_id: int,
    now: datetime,
    *,
    state: DeliveryState,
    next_attempt_at: datetime | None,
    code: str | None,
    why: str | None,
) -> None:
    """Note how an attempt ended; what waits no more stays as it is."""
    connection.execute(
        update(transmissions)
        .where(
            transmissions.c.id == delivery_id,
            transmissions.c.state == DeliveryState.WAITING.value,
        )
        .values(
            state=state.value,
            attempts=transmissions.c.attempts + 1,
            tried_at=now,
            next_attempt_at=next_attempt_at,
            code=code,
            why=why,
            request_id=_request_id(),
        )
    )


def _request_id() -> str | None:
    """Return the id of the call in hand, or of the last one that this thread made (EXC-8)."""
    bound: str | None = get_contextvars().get("request_id")
    return bound


def forget(connection: Connection, now: datetime) -> None:
    """Delete the oldest of what ended long ago. What waits or is dead is never forgotten."""
    ended = (DeliveryState.DELIVERED.value, DeliveryState.FAILED.value, DeliveryState.REFUSED.value)
    oldest = (
        select(transmissions.c.id)
        .where(transmissions.c.state.in_(ended), transmissions.c.at < now - KEPT_FOR)
        .order_by(transmissions.c.at)
        .limit(FORGOTTEN_AT_ONCE)
    )
    connection.execute(delete(transmissions).where(transmissions.c.id.in_(oldest)))
