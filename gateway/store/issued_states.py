"""What each partner was told last, as digests: what the next DELTA is computed from."""

from collections.abc import Collection, Mapping

import msgspec
from sqlalchemy import Connection, delete, insert, select, update

from gateway.domain.errors import StoreError
from gateway.domain.publishing import IssuedState
from gateway.ports.issuing import Members, Transition
from gateway.store.bulk import batches, insert_rows
from gateway.store.schema_publishing import issued_buckets, issued_states

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(dict[str, bytes]).decode


def read_state(connection: Connection, stream_id: int) -> IssuedState | None:
    """Return what the list issued last was made from, or none."""
    columns = [issued_states.c[field] for field in IssuedState.__struct_fields__]
    row = (
        connection.execute(select(*columns).where(issued_states.c.stream_id == stream_id))
        .mappings()
        .one_or_none()
    )
    return None if row is None else IssuedState(**row)


def read_digests(connection: Connection, stream_id: int) -> dict[str, bytes]:
    """Return the digest of every operator that the partner was told of.

    Raises:
        StoreError: A bucket cannot be read.
    """
    digests: dict[str, bytes] = {}
    for members in connection.execute(
        select(issued_buckets.c.members).where(issued_buckets.c.stream_id == stream_id)
    ).scalars():
        digests |= _members(members)
    return digests


def read_buckets(
    connection: Connection, stream_id: int, numbers: Collection[int]
) -> tuple[bytes, Members]:
    """Return all bucket digests in one, and the operators of some buckets with theirs.

    Raises:
        StoreError: Nothing was issued in the stream, or a bucket cannot be read.
    """
    whole: bytes | None = connection.execute(
        select(issued_states.c.buckets).where(issued_states.c.stream_id == stream_id)
    ).scalar_one_or_none()
    if whole is None:
        raise StoreError("nothing is known of what was issued in this stream")
    found: dict[int, Mapping[str, bytes]] = {}
    for batch in batches(sorted(numbers)):
        rows = connection.execute(
            select(issued_buckets.c.bucket, issued_buckets.c.members).where(
                issued_buckets.c.stream_id == stream_id, issued_buckets.c.bucket.in_(batch)
            )
        )
        found |= {bucket: _members(members) for bucket, members in rows}
    return whole, found


def write(connection: Connection, stream_id: int, transition: Transition) -> None:
    """Make the state that of a new list."""
    values = {
        field: getattr(transition.state, field) for field in IssuedState.__struct_fields__
    } | {"buckets": transition.buckets}
    moved = connection.execute(
        update(issued_states).where(issued_states.c.stream_id == stream_id).values(**values)
    )
    if not moved.rowcount:
        connection.execute(insert(issued_states).values(stream_id=stream_id, **values))
    for batch in batches(transition.members):
        connection.execute(
            delete(issued_buckets).where(
                issued_buckets.c.stream_id == stream_id, issued_buckets.c.bucket.in_(batch)
            )
        )
    insert_rows(
        connection,
        issued_buckets,
        ("stream_id", "bucket", "members"),
        (
            (stream_id, bucket, _encode(members))
            for bucket, members in transition.members.items()
            if members
        ),
    )


def advance(
    connection: Connection, stream_id: int, state: IssuedState, *, change: int, rules: str
) -> None:
    """Note that nothing moved for the partner, unless a list was issued meanwhile."""
    connection.execute(
        update(issued_states)
        .where(
            issued_states.c.stream_id == stream_id,
            issued_states.c.sequence == state.sequence,
            issued_states.c.change == state.change,
        )
        .values(change=change, rules=rules)
    )


def _members(stored: bytes) -> dict[str, bytes]:
    try:
        return _decode(stored)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise StoreError(f"a stored bucket cannot be read: {error}") from error
