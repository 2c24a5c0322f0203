"""What each partner was told last, as digests: what the next DELTA is computed from."""

from collections.abc import Collection, Iterable

from sqlalchemy import Connection, delete, insert, select, update

from gateway.domain.errors import StoreError
from gateway.domain.publishing import IssuedState
from gateway.domain.state import bucket_of
from gateway.ports.issuing import Transition
from gateway.store.bulk import batches, insert_rows, read_pairs
from gateway.store.schema_publishing import issued_operators, issued_states


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
    """Return the digest of every operator that the partner was told of."""
    return read_pairs(
        connection,
        select(issued_operators.c.operator_id, issued_operators.c.digest).where(
            issued_operators.c.stream_id == stream_id
        ),
    )


def read_buckets(
    connection: Connection, stream_id: int, numbers: Collection[int]
) -> tuple[bytes, dict[str, bytes]]:
    """Return all bucket digests in one, and the operators of some buckets with theirs.

    Raises:
        StoreError: Nothing was issued in the stream.
    """
    whole: bytes | None = connection.execute(
        select(issued_states.c.buckets).where(issued_states.c.stream_id == stream_id)
    ).scalar_one_or_none()
    if whole is None:
        raise StoreError("nothing is known of what was issued in this stream")
    members: dict[str, bytes] = {}
    for batch in batches(sorted(numbers)):
        members |= read_pairs(
            connection,
            select(issued_operators.c.operator_id, issued_operators.c.digest).where(
                issued_operators.c.stream_id == stream_id, issued_operators.c.bucket.in_(batch)
            ),
        )
    return whole, members


def write(connection: Connection, stream_id: int, transition: Transition) -> None:
    """Make the state that of a new list."""
    values = {
        field: getattr(transition.state, field) for field in IssuedState.__struct_fields__
    } | {"buckets": transition.buckets}
    moved = connection.execute(
        update(issued_states).where(issued_states.c.stream_id == stream_id).values(**values)
    )
    fresh = moved.rowcount == 0
    if fresh:
        connection.execute(insert(issued_states).values(stream_id=stream_id, **values))
    else:
        _delete(connection, stream_id, [*transition.listed, *transition.removed])
    insert_rows(
        connection,
        issued_operators,
        ("stream_id", "bucket", "operator_id", "digest"),
        (
            (stream_id, bucket_of(operator_id), operator_id, digest)
            for operator_id, digest in transition.listed.items()
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


def _delete(connection: Connection, stream_id: int, operator_ids: Iterable[str]) -> None:
    # By bucket too: only so are they found by their key.
    for batch in batches(operator_ids, 500):
        buckets = {bucket_of(operator_id) for operator_id in batch}
        connection.execute(
            delete(issued_operators).where(
                issued_operators.c.stream_id == stream_id,
                issued_operators.c.bucket.in_(buckets),
                issued_operators.c.operator_id.in_(batch),
            )
        )
