"""Acknowledgements on their way to the partner (ACC-15), and those that partners sent (EXC-4)."""

from datetime import datetime

from sqlalchemy import select

from gateway.domain.acknowledgements import SealedAcknowledgement
from gateway.domain.deliveries import DeliveryState, Failure
from gateway.domain.lists import Stream
from gateway.domain.standing import Standing
from gateway.ports.outbox import Undelivered
from gateway.store.column_types import whole_second
from gateway.store.database import Database
from gateway.store.partner_answers import keep_answer, read_newest, read_standing
from gateway.store.registry_state import sealed_from_columns
from gateway.store.schema import acknowledgements
from gateway.store.schema_deliveries import transmissions
from gateway.store.streams import find_stream
from gateway.store.transmission_rows import end_attempt, forget


class AcknowledgementOutbox:
    """`ports.outbox.Outbox` on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def due(self, stream: Stream, now: datetime) -> list[Undelivered]:
        """Return what is to be sent now for a stream, oldest first.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: It answers with an error.
        """
        with self._database.read() as connection:
            stream_row = find_stream(connection, stream)
            if stream_row is None:
                return []
            rows = connection.execute(
                select(
                    transmissions.c.id,
                    transmissions.c.attempts,
                    transmissions.c.next_attempt_at,
                    acknowledgements.c.body,
                    acknowledgements.c.document,
                )
                .join(acknowledgements, acknowledgements.c.id == transmissions.c.acknowledgement_id)
                .where(
                    transmissions.c.stream_id == stream_row.id,
                    transmissions.c.state == DeliveryState.WAITING.value,
                    transmissions.c.next_attempt_at <= whole_second(now),
                )
                .order_by(transmissions.c.id)
            )
            return [
                Undelivered(
                    delivery_id=row.id,
                    sealed=sealed_from_columns(row.body, row.document),
                    attempts=row.attempts,
                    next_attempt_at=row.next_attempt_at,
                )
                for row in rows
            ]

    def delivered(self, delivery_id: int, now: datetime) -> None:
        """Mark one as received by the partner. May be called twice.

        Raises:
            DatabaseUnavailableError: Nothing was written.
            StoreError: Nothing was written.
        """
        with self._database.write() as connection:
            end_attempt(
                connection,
                delivery_id,
                now,
                state=DeliveryState.DELIVERED,
                next_attempt_at=None,
                code=None,
                why=None,
            )
            forget(connection, now)

    def failed(self, delivery_id: int, now: datetime, failure: Failure) -> None:
        """Count a failed attempt and plan the next (ACC-15); one that was delivered stays so.

        Without a next attempt it is dead, until somebody has it sent again.

        Raises:
            DatabaseUnavailableError: Nothing was written.
            StoreError: Nothing was written.
        """
        is_dead = failure.next_attempt_at is None
        with self._database.write() as connection:
            end_attempt(
                connection,
                delivery_id,
                now,
                state=DeliveryState.DEAD if is_dead else DeliveryState.WAITING,
                next_attempt_at=failure.next_attempt_at,
                code=failure.code,
                why=failure.why,
            )

    def receive(self, sealed: SealedAcknowledgement, now: datetime) -> None:
        """Keep a partner's verified acknowledgement; the highest revision counts (EXC-4).

        A root that is not home's own is audited as `alarm.root_differs`.

        Raises:
            ContradictionError: It says something else than an earlier one with its revision; the
                earlier one stays, and the refusal is audited.
            ConflictError: The same one is being written by another process; nothing was written.
            DatabaseUnavailableError: Nothing was written.
            StoreError: Nothing was written.
        """
        with self._database.write() as connection:
            refusal = keep_answer(connection, sealed, now)
        # Raised after the commit: the refusal is on record.
        if refusal is not None:
            raise refusal

    def newest_received(self, stream: Stream) -> SealedAcknowledgement | None:
        """Return the newest acknowledgement that the partner sent for a stream we issue (EXC-1).

        Newest by the partner's own time: retries may arrive out of order.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: It answers with an error.
        """
        with self._database.read() as connection:
            stream_row = find_stream(connection, stream)
            if stream_row is None:
                return None
            return read_newest(connection, stream_row.id)

    def standing(self, stream: Stream) -> Standing:
        """Return how the partner stands with a stream that we issue, and if it wants a FULL.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: It answers with an error.
        """
        with self._database.read() as connection:
            stream_row = find_stream(connection, stream)
            return Standing() if stream_row is None else read_standing(connection, stream_row.id)
