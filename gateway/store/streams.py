"""The row of a stream: its key in other tables, and the revision that compare and set compares."""

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, ScalarSelect, and_, insert, select, update

from gateway.domain.errors import ConflictError
from gateway.domain.lists import Stream
from gateway.store.schema import registry_version, streams


class StreamRow(Struct, frozen=True, kw_only=True):
    """A stream that something was written for."""

    id: int
    revision: int
    floor: int = 0


def find_stream(connection: Connection, stream: Stream) -> StreamRow | None:
    """Return the row of a stream, or none if nothing was ever written for it."""
    row = connection.execute(
        select(streams.c.id, streams.c.revision, streams.c.floor).where(
            same_but_epoch(stream), streams.c.epoch == stream.epoch
        )
    ).one_or_none()
    return None if row is None else StreamRow(id=row.id, revision=row.revision, floor=row.floor)


def key_of(stream: Stream) -> ScalarSelect[int]:
    """Return the key of a stream as part of a query: equal to none if nothing was ever written."""
    of_epoch = and_(same_but_epoch(stream), streams.c.epoch == stream.epoch)
    return select(streams.c.id).where(of_epoch).scalar_subquery()


def same_but_epoch(stream: Stream) -> ColumnElement[bool]:
    """Return the condition for all epochs of a stream."""
    return and_(
        streams.c.issuer == stream.issuer,
        streams.c.recipient == stream.recipient,
        streams.c.agreement == stream.agreement,
        streams.c.test == stream.test,
    )


def from_epoch(stream: Stream) -> ColumnElement[bool]:
    """Return the condition for this epoch of a stream and later ones."""
    return and_(same_but_epoch(stream), streams.c.epoch >= stream.epoch)


def move_stream(connection: Connection, stream: Stream, current: StreamRow | None) -> int:
    """Compare and set: return the stream's key if it is still as `current` says.

    A row lock would not do: there is no row before the first list, and SQLite takes no lock before
    the first write. Two first lists run into the unique key of the stream.

    Raises:
        ConflictError: Another process moved the stream meanwhile.
        IntegrityError: It wrote the first row meanwhile; `Database.write` translates that.
    """
    if current is None:
        return add_stream(connection, stream)
    moved = connection.execute(
        update(streams)
        .where(streams.c.id == current.id, streams.c.revision == current.revision)
        .values(revision=current.revision + 1)
    )
    # ACC-14: nothing is written over a state that was not judged
    if moved.rowcount != 1:
        raise ConflictError(
            f"another process wrote to stream {stream} meanwhile", context={"stream": str(stream)}
        )
    return current.id


def add_stream(connection: Connection, stream: Stream) -> int:
    """Write the row of a stream and return its key."""
    key: int = connection.execute(
        insert(streams)
        .values(
            issuer=stream.issuer,
            recipient=stream.recipient,
            agreement=stream.agreement,
            test=stream.test,
            epoch=stream.epoch,
            revision=1,
            floor=0,
        )
        .returning(streams.c.id)
    ).scalar_one()
    return key


def raise_version(connection: Connection, *, shown: bool = False) -> int:
    """Tell other processes that something moved: lists, profiles, callers, the programme.

    Until this transaction ends, others wait here: so versions are in the order in which what they
    stand for becomes known. Called late, because of that.

    Args:
        connection: In the one transaction.
        shown: It is something that partners see: the programme or a profile.

    Returns:
        The version that this transaction makes.
    """
    version: int = connection.execute(
        update(registry_version)
        .values(version=registry_version.c.version + 1, shown=registry_version.c.shown + int(shown))
        .returning(registry_version.c.version)
    ).scalar_one()
    return version
