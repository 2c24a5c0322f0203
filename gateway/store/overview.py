"""What waits in a stream."""

from sqlalchemy import Connection, select

from gateway.domain.acknowledgements import Reason
from gateway.domain.lists import Stream
from gateway.ports.overview import HeldList, Waiting
from gateway.store.database import Database
from gateway.store.json_text import from_json
from gateway.store.schema import deliveries, held_lists, holds
from gateway.store.streams import find_stream


class StreamOverview:
    """`ports.overview.Overview` on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def waiting(self, stream: Stream) -> Waiting:
        """Return what waits in a stream.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: It answers with an error.
        """
        with self._database.read() as connection:
            row = find_stream(connection, stream)
            if row is None:
                return Waiting(held=(), undelivered=0, attempts=0, last_failure=None)
            open_deliveries = connection.execute(
                select(deliveries.c.attempts, deliveries.c.last_failure)
                .where(deliveries.c.stream_id == row.id, deliveries.c.delivered_at.is_(None))
                .order_by(deliveries.c.id)
            ).all()
            return Waiting(
                held=_held(connection, row.id),
                undelivered=len(open_deliveries),
                attempts=max((each.attempts for each in open_deliveries), default=0),
                last_failure=open_deliveries[0].last_failure if open_deliveries else None,
            )


def _held(connection: Connection, stream_id: int) -> tuple[HeldList, ...]:
    rows = connection.execute(
        select(held_lists.c.sequence, held_lists.c.received_at, held_lists.c.reasons)
        .join(holds, holds.c.id == held_lists.c.hold_id)
        .where(holds.c.stream_id == stream_id, holds.c.ended_at.is_(None))
        .order_by(holds.c.id, held_lists.c.sequence)
    )
    return tuple(
        HeldList(
            sequence=row.sequence,
            held_at=row.received_at,
            reasons=from_json(row.reasons, tuple[Reason, ...]),
        )
        for row in rows
    )
