"""Acknowledgements on their way to the partner (ACC-15), and those that partners sent (EXC-4)."""

from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from gateway.domain.acknowledgements import Acknowledgement, SealedAcknowledgement
from gateway.domain.lists import Stream
from gateway.domain.parties import Actor, Role
from gateway.ports.outbox import Undelivered
from gateway.store import restores
from gateway.store.audit_chain import append_event
from gateway.store.column_types import whole_second
from gateway.store.database import Database
from gateway.store.json_text import to_json
from gateway.store.registry_state import sealed_from_columns
from gateway.store.schema import acknowledgements, deliveries, received_acknowledgements
from gateway.store.streams import add_stream, find_stream


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
                    deliveries.c.id,
                    deliveries.c.attempts,
                    deliveries.c.next_attempt_at,
                    acknowledgements.c.body,
                    acknowledgements.c.document,
                )
                .join(acknowledgements, acknowledgements.c.id == deliveries.c.acknowledgement_id)
                .where(
                    deliveries.c.stream_id == stream_row.id,
                    deliveries.c.delivered_at.is_(None),
                    deliveries.c.next_attempt_at <= whole_second(now),
                )
                .order_by(deliveries.c.id)
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
            connection.execute(
                update(deliveries)
                .where(deliveries.c.id == delivery_id, deliveries.c.delivered_at.is_(None))
                .values(delivered_at=now, attempts=deliveries.c.attempts + 1)
            )

    def failed(self, delivery_id: int, now: datetime, next_attempt_at: datetime, why: str) -> None:
        """Count a failed attempt and plan the next (ACC-15); one that was delivered stays so.

        Raises:
            DatabaseUnavailableError: Nothing was written.
            StoreError: Nothing was written.
        """
        with self._database.write() as connection:
            connection.execute(
                update(deliveries)
                .where(deliveries.c.id == delivery_id, deliveries.c.delivered_at.is_(None))
                .values(
                    attempts=deliveries.c.attempts + 1,
                    next_attempt_at=next_attempt_at,
                    last_failure=f"{whole_second(now).isoformat()} {why}",
                )
            )

    def receive(self, sealed: SealedAcknowledgement, now: datetime) -> None:
        """Keep a partner's verified acknowledgement; the highest revision counts (EXC-4).

        Raises:
            ConflictError: The same one is being written by another process; nothing was written.
            DatabaseUnavailableError: Nothing was written.
            StoreError: Nothing was written.
        """
        answer = sealed.acknowledgement
        with self._database.write() as connection:
            row = find_stream(connection, answer.stream)
            stream_id = add_stream(connection, answer.stream) if row is None else row.id
            # PUB-6: after a restore, a repeated answer says as much as a new one
            restores.hear(connection, stream_id, now)
            known = _highest_revision(connection, stream_id, answer)
            # EXC-4: an older answer that arrives late changes nothing
            if known is not None and answer.revision <= known:
                return
            connection.execute(
                insert(received_acknowledgements).values(
                    stream_id=stream_id,
                    sequence=answer.sequence,
                    list_digest=answer.list_digest,
                    revision=answer.revision,
                    acknowledged_at=answer.acknowledged_at,
                    received_at=now,
                    body=to_json(answer),
                    document=sealed.document,
                )
            )
            append_event(
                connection,
                action="acknowledgement.received",
                subject=str(answer.stream),
                facts={
                    "sequence": str(answer.sequence),
                    "list_digest": answer.list_digest,
                    "outcome": answer.outcome.value,
                    "revision": str(answer.revision),
                },
                actor=Actor(name=answer.stream.recipient, role=Role.GATEWAY),
                at=now,
            )

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
            received = received_acknowledgements
            row = connection.execute(
                select(received.c.body, received.c.document)
                .where(received.c.stream_id == stream_row.id)
                .order_by(
                    received.c.acknowledged_at.desc(),
                    received.c.sequence.desc(),
                    received.c.revision.desc(),
                    received.c.id.desc(),
                )
                .limit(1)
            ).one_or_none()
        return None if row is None else sealed_from_columns(*row)


def _highest_revision(
    connection: Connection, stream_id: int, answer: Acknowledgement
) -> int | None:
    received = received_acknowledgements
    revision: int | None = connection.execute(
        select(func.max(received.c.revision)).where(
            received.c.stream_id == stream_id,
            received.c.sequence == answer.sequence,
            received.c.list_digest == answer.list_digest,
        )
    ).scalar_one()
    return revision
