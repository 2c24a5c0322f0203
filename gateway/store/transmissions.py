"""The delivery log on a database: what travelled, and what is to be sent once more."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, or_, select, update

from gateway.domain.deliveries import (
    Delivery,
    DeliveryState,
    Kind,
    Movement,
    Transmission,
    next_attempt,
)
from gateway.domain.errors import InvalidRequestError, NotFoundError
from gateway.domain.lists import Stream
from gateway.domain.parties import Actor
from gateway.ports.deliveries import DueList, Wanted
from gateway.store.audit_chain import append_event
from gateway.store.column_types import whole_second
from gateway.store.database import Database
from gateway.store.delivery_reading import read_delivery, read_stream, select_deliveries
from gateway.store.schema import streams
from gateway.store.schema_deliveries import transmissions
from gateway.store.streams import add_stream, find_stream
from gateway.store.transmission_rows import add_ended, end_attempt, forget

_WAITING = DeliveryState.WAITING.value
_COPIED = (
    "stream_id", "kind", "movement", "sequence", "acknowledgement_id", "digest", "size",
)  # fmt: skip


class TransmissionLog:
    """`ports.deliveries.Deliveries` on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, transmission: Transmission) -> None:
        """Note what has travelled, or failed to. What ended long ago is forgotten meanwhile.

        What home sent settles the redelivery that waits with these bytes, if one does.

        Raises:
            ConflictError: The stream's first row is being written by another process.
            DatabaseUnavailableError: Nothing was written.
            StoreError: Nothing was written.
        """
        with self._database.write() as connection:
            stream_id = _key_of(connection, transmission.stream)
            if not _settle(connection, stream_id, transmission):
                add_ended(connection, stream_id, transmission, _state_of(transmission))
            forget(connection, transmission.at)

    def find(self, wanted: Wanted) -> list[Delivery]:
        """Return deliveries, newest first.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: It answers with an error.
        """
        statement = (
            select_deliveries()
            .where(transmissions.c.state.in_([state.value for state in wanted.states]))
            .order_by(transmissions.c.id.desc())
            .limit(wanted.limit)
        )
        if wanted.partner is not None:
            statement = statement.where(
                or_(streams.c.issuer == wanted.partner, streams.c.recipient == wanted.partner)
            )
        with self._database.read() as connection:
            return [read_delivery(connection, row) for row in connection.execute(statement).all()]

    def get(self, delivery_id: int) -> Delivery:
        """Return one delivery.

        Raises:
            NotFoundError: There is none, or no longer.
            DatabaseUnavailableError: The database does not answer.
            StoreError: It answers with an error.
        """
        with self._database.read() as connection:
            row = connection.execute(
                select_deliveries().where(transmissions.c.id == delivery_id)
            ).one_or_none()
            if row is None:
                raise _not_found(delivery_id)
            return read_delivery(connection, row)

    def redeliver(self, delivery_id: int, actor: Actor, now: datetime) -> int:
        """Make the same bytes due now, and return under which number. Audited.

        Raises:
            NotFoundError: There is none, or no longer.
            InvalidRequestError: Home did not send it, so it cannot send it again.
            DatabaseUnavailableError: Nothing was written.
            StoreError: Nothing was written.
        """
        with self._database.write() as connection:
            # Locked: of two who ask at once, the second finds what the first has queued.
            row = connection.execute(
                select_deliveries()
                .where(transmissions.c.id == delivery_id)
                .with_for_update(of=transmissions)
            ).one_or_none()
            if row is None:
                raise _not_found(delivery_id)
            _require_sent(row)
            queued = _waiting_copy(connection, row) or _queue_again(connection, row, now)
            connection.execute(
                update(transmissions)
                .where(transmissions.c.id == queued)
                .values(next_attempt_at=now)
            )
            append_event(
                connection,
                action="delivery.redelivered",
                subject=str(read_stream(row)),
                facts={
                    "delivery": str(delivery_id),
                    "as": str(queued),
                    "kind": row.kind,
                    "sequence": str(row.sequence),
                    "digest": row.digest,
                },
                actor=actor,
                at=now,
            )
        return queued

    def due_lists(self, stream: Stream, now: datetime) -> list[DueList]:
        """Return the lists that are to be brought to the partner once more, in order of sequence.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: It answers with an error.
        """
        with self._database.read() as connection:
            stream_row = find_stream(connection, stream)
            if stream_row is None:
                return []
            rows = connection.execute(
                select(transmissions.c.id, transmissions.c.sequence, transmissions.c.attempts)
                .where(
                    transmissions.c.stream_id == stream_row.id,
                    transmissions.c.state == _WAITING,
                    transmissions.c.kind == Kind.LIST.value,
                    transmissions.c.next_attempt_at <= whole_second(now),
                )
                .order_by(transmissions.c.sequence, transmissions.c.id)
            )
            return [
                DueList(delivery_id=row.id, sequence=row.sequence, attempts=row.attempts)
                for row in rows
            ]


def _key_of(connection: Connection, stream: Stream) -> int:
    row = find_stream(connection, stream)
    return add_stream(connection, stream) if row is None else row.id


def _settle(connection: Connection, stream_id: int, sent: Transmission) -> bool:
    """Tell whether this was an attempt of a redelivery that waits; then it is noted there."""
    if sent.movement is not Movement.SENT:
        return False
    waiting = connection.execute(
        select(transmissions.c.id, transmissions.c.attempts)
        .where(
            transmissions.c.stream_id == stream_id,
            transmissions.c.state == _WAITING,
            transmissions.c.kind == sent.kind.value,
            transmissions.c.digest == sent.digest,
        )
        .order_by(transmissions.c.id)
        .limit(1)
    ).one_or_none()
    if waiting is None:
        return False
    failure, again, state = sent.failure, None, DeliveryState.DELIVERED
    if failure is not None:
        again = next_attempt(failure.code, attempts=waiting.attempts, now=sent.at)
        state = DeliveryState.DEAD if again is None else DeliveryState.WAITING
    end_attempt(
        connection,
        waiting.id,
        sent.at,
        state=state,
        next_attempt_at=again,
        code=failure.code if failure else None,
        why=failure.why if failure else None,
    )
    return True


def _state_of(transmission: Transmission) -> DeliveryState:
    if transmission.failure is None:
        return DeliveryState.DELIVERED
    # What home sends the partner refuses; and without bytes nothing came that home could refuse.
    is_in = not transmission.movement.is_out
    return DeliveryState.REFUSED if transmission.digest and is_in else DeliveryState.FAILED


def _not_found(delivery_id: int) -> NotFoundError:
    return NotFoundError(
        f"no delivery {delivery_id} in the log", context={"delivery": str(delivery_id)}
    )


def _require_sent(row: Row[Any]) -> None:
    movement = Movement(row.movement)
    if movement is Movement.SENT:
        return
    is_served = movement is Movement.SERVED
    why = "the partner can fetch it again" if is_served else "it came from the partner"
    raise InvalidRequestError(
        f"delivery {row.id} cannot be sent again: {why}", context={"delivery": str(row.id)}
    )


def _waiting_copy(connection: Connection, row: Row[Any]) -> int | None:
    """Return what waits with these bytes already: the delivery itself, or its redelivery."""
    waiting: int | None = connection.execute(
        select(transmissions.c.id)
        .where(
            or_(transmissions.c.id == row.id, transmissions.c.redelivers == row.id),
            transmissions.c.state == _WAITING,
        )
        .limit(1)
    ).scalar_one_or_none()
    return waiting


def _queue_again(connection: Connection, row: Row[Any], now: datetime) -> int:
    # The same bytes: the receiver answers them with what it has (EXC-8).
    copied = {name: getattr(row, name) for name in _COPIED}
    connection.execute(
        update(transmissions)
        .where(transmissions.c.id == row.id, transmissions.c.state == DeliveryState.DEAD.value)
        .values(state=DeliveryState.FAILED.value)
    )
    queued: int = connection.execute(
        insert(transmissions)
        .values(
            **copied,
            at=now,
            redelivers=row.id,
            state=_WAITING,
            attempts=0,
            next_attempt_at=now,
        )
        .returning(transmissions.c.id)
    ).scalar_one()
    return queued
