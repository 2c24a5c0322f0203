"""What waits in a stream."""

from sqlalchemy import Connection, select

from gateway.domain.acknowledgements import Reason
from gateway.domain.deliveries import UNDELIVERED, DeliveryState
from gateway.domain.lists import Stream
from gateway.domain.recovery import full_of
from gateway.domain.spans import in_words
from gateway.ports.overview import FullFailed, HeldList, Waiting
from gateway.store.database import Database
from gateway.store.json_text import from_json
from gateway.store.registry_state import read_head
from gateway.store.schema import held_lists, holds
from gateway.store.schema_deliveries import transmissions
from gateway.store.schema_leases import leases
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
                return Waiting(held=(), undelivered=0, dead=0, attempts=0, last_failure=None)
            undelivered = connection.execute(
                select(
                    transmissions.c.state,
                    transmissions.c.attempts,
                    transmissions.c.tried_at,
                    transmissions.c.why,
                )
                .where(
                    transmissions.c.stream_id == row.id,
                    transmissions.c.state.in_([state.value for state in UNDELIVERED]),
                )
                .order_by(transmissions.c.id)
            ).all()
            dead = sum(each.state == DeliveryState.DEAD for each in undelivered)
            failures = (f"{in_words(each.tried_at)} {each.why}" for each in undelivered if each.why)
            return Waiting(
                held=_held(connection, row.id),
                undelivered=len(undelivered),
                dead=dead,
                attempts=max((each.attempts for each in undelivered), default=0),
                last_failure=next(failures, None),
                full_failed=_full_failed(connection, stream, row.id),
            )


def _full_failed(connection: Connection, stream: Stream, stream_id: int) -> FullFailed | None:
    row = connection.execute(
        select(leases.c.began_at, leases.c.mark).where(
            leases.c.subject == full_of(stream), leases.c.failures > 0
        )
    ).one_or_none()
    if row is None:
        return None
    head = read_head(connection, stream_id)
    # SYN-5: a later list that was accepted after all has healed it
    if head is not None and head.header.sequence >= row.mark:
        return None
    return FullFailed(since=row.began_at, sequence=row.mark)


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
