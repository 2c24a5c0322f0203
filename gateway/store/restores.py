"""Streams that issue nothing after a restore before the partner was heard (PUB-6)."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from gateway.domain.lists import Stream
from gateway.domain.parties import Actor
from gateway.domain.publishing import Restore
from gateway.store.audit_chain import append_event
from gateway.store.schema_publishing import restores
from gateway.store.streams import add_stream, find_stream


def read(connection: Connection, stream_id: int) -> Restore | None:
    """Return what a stream waits for, or none."""
    row = connection.execute(
        select(restores.c.restored_at, restores.c.heard_at)
        .where(restores.c.stream_id == stream_id, restores.c.ended_at.is_(None))
        .order_by(restores.c.id.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else Restore(restored_at=row.restored_at, heard_at=row.heard_at)


def begin(connection: Connection, streams: Collection[Stream], actor: Actor, now: datetime) -> None:
    """Let streams wait; what they were heard to say before counts no more."""
    for stream in streams:
        row = find_stream(connection, stream)
        stream_id = add_stream(connection, stream) if row is None else row.id
        end(connection, stream_id, now)
        connection.execute(insert(restores).values(stream_id=stream_id, restored_at=now))
    append_event(
        connection,
        action="database.restored",
        subject="registry",
        facts={"streams": " ".join(sorted(map(str, streams)))},
        actor=actor,
        at=now,
    )


def hear(connection: Connection, stream_id: int, now: datetime) -> bool:
    """Note that an acknowledgement came, also if it came before; tell if that was waited for."""
    noted = connection.execute(
        update(restores)
        .where(restores.c.stream_id == stream_id, restores.c.ended_at.is_(None))
        .values(heard_at=now)
    )
    return noted.rowcount > 0


def release(connection: Connection, stream: Stream, actor: Actor, now: datetime) -> None:
    """Let a stream go on that nothing was heard of."""
    row = find_stream(connection, stream)
    if row is None or read(connection, row.id) is None:
        return
    end(connection, row.id, now)
    append_event(
        connection,
        action="stream.released_unheard",
        subject=str(stream),
        facts={},
        actor=actor,
        at=now,
    )


def end(connection: Connection, stream_id: int, now: datetime) -> None:
    """Let a stream wait no more."""
    connection.execute(
        update(restores)
        .where(restores.c.stream_id == stream_id, restores.c.ended_at.is_(None))
        .values(ended_at=now)
    )
