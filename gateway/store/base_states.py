"""Reading the state that a list is laid over: the accepted one, or the newest held one."""

from collections.abc import Collection, Iterator
from datetime import datetime

from sqlalchemy import Connection, select

from gateway.domain.acknowledgements import Reason
from gateway.domain.canonical import read_canonical
from gateway.domain.decisions import AcceptedHead, Judged
from gateway.domain.lists import ListHeader
from gateway.domain.mass_change import WINDOW, DayBefore, Presence
from gateway.domain.members import Bucket
from gateway.domain.operators import Operator
from gateway.domain.state_change import NOTHING, BaseState
from gateway.store.bulk import batches
from gateway.store.json_text import from_json
from gateway.store.schema import (
    accepted_lists,
    held_buckets,
    held_operators,
    holds,
    operator_versions,
    state_buckets,
    state_trees,
)

_DIGEST_BYTES = 32


def read_base(
    connection: Connection, stream_id: int, quantity: int, numbers: Collection[int] | None
) -> BaseState:
    """Return the accepted state.

    Args:
        connection: One reading transaction for all.
        stream_id: Whose.
        quantity: Operators in it.
        numbers: The buckets to read; none reads all.
    """
    tree = connection.execute(
        select(state_trees.c.tree).where(state_trees.c.stream_id == stream_id)
    ).scalar_one_or_none()
    if tree is None:
        return NOTHING
    table = state_buckets.c
    rows = select(table.number, table.ids, table.records).where(table.stream_id == stream_id)
    if numbers is not None:
        rows = rows.where(table.number.in_(numbers))
    buckets = {number: Bucket(ids, records) for number, ids, records in connection.execute(rows)}
    return BaseState(split_tree(tree), buckets, quantity)


def read_held_base(
    connection: Connection,
    stream_id: int,
    hold_id: int,
    quantity: int,
    numbers: Collection[int] | None,
) -> BaseState:
    """Return the state of the newest held list: the accepted one with what is held over it."""
    accepted = read_base(connection, stream_id, quantity, numbers)
    tree = connection.execute(select(holds.c.tree).where(holds.c.id == hold_id)).scalar_one()
    table = held_buckets.c
    rows = select(table.number, table.ids, table.records).where(table.hold_id == hold_id)
    if numbers is not None:
        rows = rows.where(table.number.in_(numbers))
    held = {number: Bucket(ids, records) for number, ids, records in connection.execute(rows)}
    return BaseState(split_tree(tree), {**accepted.buckets, **held}, quantity)


def split_tree(tree: bytes) -> tuple[bytes, ...]:
    """Return the bucket digests of a stored tree."""
    return tuple(tree[at : at + _DIGEST_BYTES] for at in range(0, len(tree), _DIGEST_BYTES))


def read_judged(connection: Connection, stream_id: int, head: AcceptedHead) -> Judged:
    """Return the marks of the accepted state, and the rules under which they were given."""
    table = operator_versions.c
    rows = connection.execute(
        select(table.operator_id, table.unusable).where(
            table.stream_id == stream_id,
            table.replaced_by.is_(None),
            table.unusable.is_not(None),
        )
    )
    rulebook = connection.execute(
        select(accepted_lists.c.rulebook).where(
            accepted_lists.c.stream_id == stream_id, accepted_lists.c.number == head.number
        )
    ).scalar_one()
    marks = {operator_id: from_json(mark, Reason) for operator_id, mark in rows}
    return Judged(marks=marks, rulebook=rulebook)


def read_held_judged(connection: Connection, hold_id: int) -> Judged:
    """Return the marks of the newest held state."""
    row = connection.execute(
        select(holds.c.marks, holds.c.rulebook).where(holds.c.id == hold_id)
    ).one()
    return Judged(marks=from_json(row.marks, dict[str, Reason]), rulebook=row.rulebook)


def find_accepted(
    connection: Connection, stream_id: int, ids: Collection[str] | None
) -> Iterator[Operator]:
    """Yield operators of the accepted state; none asks for all."""
    table = operator_versions.c
    current = select(table.canonical).where(
        table.stream_id == stream_id, table.replaced_by.is_(None)
    )
    if ids is None:
        everybody = connection.execution_options(yield_per=5000).execute(current).scalars()
        yield from map(read_canonical, everybody)
        return
    for batch in batches(ids):
        found = connection.execute(current.where(table.operator_id.in_(batch))).scalars()
        yield from map(read_canonical, found)


def find_held(
    connection: Connection, stream_id: int, hold_id: int, ids: Collection[str] | None
) -> Iterator[Operator]:
    """Yield operators of the newest held state; none asks for all."""
    table = held_operators.c
    over = select(table.operator_id, table.canonical).where(table.hold_id == hold_id)
    held: dict[str, bytes | None] = {}
    if ids is None:
        held.update(connection.execute(over).all())
    else:
        for batch in batches(ids):
            rows = connection.execute(over.where(table.operator_id.in_(batch)))
            held.update(rows.all())
    yield from (read_canonical(canonical) for canonical in held.values() if canonical)
    left = None if ids is None else [one for one in ids if one not in held]
    for operator in find_accepted(connection, stream_id, left):
        if operator.id not in held:
            yield operator


def read_day(
    connection: Connection, stream_id: int, head: AcceptedHead, now: datetime
) -> DayBefore | None:
    """Return the state of 24 hours before, or none if that is the accepted one."""
    lists = accepted_lists.c
    then = connection.execute(
        select(lists.number, lists.header)
        .where(lists.stream_id == stream_id, lists.known_from <= now - WINDOW)
        .order_by(lists.number.desc())
        .limit(1)
    ).one_or_none()
    if then is None:
        # The stream is younger: its first list.
        then = connection.execute(
            select(lists.number, lists.header)
            .where(lists.stream_id == stream_id)
            .order_by(lists.number)
            .limit(1)
        ).one()
    if then.number == head.number:
        return None
    versions = operator_versions.c
    # Whoever's version of then has ended has a younger one now, or is not listed any more.
    came = dict(
        connection.execute(
            select(versions.operator_id, versions.active).where(
                versions.stream_id == stream_id,
                versions.number > then.number,
                versions.replaced_by.is_(None),
            )
        ).all()
    )
    ended = connection.execute(
        select(versions.operator_id, versions.active).where(
            versions.stream_id == stream_id,
            versions.replaced_by > then.number,
            versions.number <= then.number,
        )
    )
    return DayBefore(
        quantity=from_json(then.header, ListHeader).quantity,
        ended={one: Presence(active, came.get(one)) for one, active in ended},
        came=came.keys(),
    )
