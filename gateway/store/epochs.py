"""Epochs of one stream: the newest that has an accepted list serves, those before it are closed."""

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, exists, select

from gateway.domain.acknowledgements import Outcome
from gateway.domain.decisions import Find, Predecessor
from gateway.domain.lists import Stream
from gateway.store.base_states import read_base, read_day
from gateway.store.column_types import whole_second
from gateway.store.hold_writes import end_hold, lift_restrictions
from gateway.store.registry_state import read_head
from gateway.store.schema import accepted_lists, holds, streams
from gateway.store.streams import StreamRow, same_but_epoch


def read_in_force(
    connection: Connection, stream: Stream, known_at: datetime | None = None
) -> Stream:
    """Return the stream's newest epoch, up to its own, that has an accepted list (SEQ-3).

    Args:
        connection: Reads.
        stream: Of the epoch that is agreed on; itself if no epoch has a list.
        known_at: Only lists count that were known at this second; none counts all.
    """
    found = _find(connection, stream, streams.c.epoch <= stream.epoch, known_at)
    return stream if found is None else found[1]


def find_predecessor(connection: Connection, stream: Stream) -> tuple[StreamRow, Stream] | None:
    """Return the epoch that serves until this one has an accepted list, or none."""
    return _find(connection, stream, streams.c.epoch < stream.epoch)


def read_predecessor(
    connection: Connection, row: StreamRow, find: Find, now: datetime
) -> Predecessor | None:
    """Return the state that the first list of an epoch is measured against (SEQ-3)."""
    head = read_head(connection, row.id)
    if head is None:
        return None
    return Predecessor(
        head=head,
        base=read_base(connection, row.id, head.header.quantity, None),
        day=read_day(connection, row.id, head, now),
        find=find,
    )


def close_before(connection: Connection, stream: Stream, now: datetime, version: int) -> None:
    """End what waits for officers in earlier epochs: a list of this one was applied (SEQ-3).

    Nobody is told: the issuer asks for no answers in an epoch that it has left.
    """
    waiting = connection.execute(
        select(holds.c.id)
        .join(streams, streams.c.id == holds.c.stream_id)
        .where(same_but_epoch(stream), streams.c.epoch < stream.epoch, holds.c.ended_at.is_(None))
    ).scalars()
    for hold_id in waiting.all():
        end_hold(connection, hold_id, now, Outcome.SUPERSEDED, None)
    closed = connection.execute(
        select(streams.c.id).where(same_but_epoch(stream), streams.c.epoch < stream.epoch)
    ).scalars()
    for stream_id in closed.all():
        lift_restrictions(connection, stream_id, now, version)


def _find(
    connection: Connection,
    stream: Stream,
    epochs: ColumnElement[bool],
    known_at: datetime | None = None,
) -> tuple[StreamRow, Stream] | None:
    accepted = exists().where(accepted_lists.c.stream_id == streams.c.id)
    if known_at is not None:
        accepted = accepted.where(accepted_lists.c.known_from <= whole_second(known_at))
    row = connection.execute(
        select(streams.c.id, streams.c.revision, streams.c.floor, streams.c.epoch)
        .where(same_but_epoch(stream), epochs, accepted)
        .order_by(streams.c.epoch.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    found = StreamRow(id=row.id, revision=row.revision, floor=row.floor)
    return found, stream.of_epoch(row.epoch)
