"""Operators before and after a release, of one that may come and of one that was."""

from collections.abc import Iterator
from heapq import merge

from sqlalchemy import Connection, or_, select

from gateway.domain.acknowledgements import Reason
from gateway.domain.canonical import read_canonical
from gateway.domain.operators import Operator
from gateway.store.base_states import find_accepted
from gateway.store.bulk import batches
from gateway.store.json_text import from_json
from gateway.store.schema import held_operators, operator_versions

Pair = tuple[Operator | None, Operator | None]


def held_pairs(connection: Connection, stream_id: int, hold_id: int) -> Iterator[Pair]:
    """Yield what a release would change, by id in byte order."""
    table = held_operators.c
    rows = connection.execute(
        select(table.operator_id, table.canonical)
        .where(table.hold_id == hold_id)
        .order_by(table.operator_id)
    )
    for batch in batches(rows):
        ids = [operator_id for operator_id, _ in batch]
        before = {found.id: found for found in find_accepted(connection, stream_id, ids)}
        for operator_id, canonical in batch:
            after = None if canonical is None else read_canonical(canonical)
            # Changed by one held list, and changed back by another.
            if before.get(operator_id) != after:
                yield before.get(operator_id), after


def epoch_pairs(connection: Connection, before_id: int, hold_id: int) -> Iterator[Pair]:
    """Yield what the first state of an epoch would change in that of the epoch before (SEQ-3)."""
    versions, held = operator_versions.c, held_operators.c
    gone = connection.execute(
        select(versions.canonical)
        .where(
            versions.stream_id == before_id,
            versions.replaced_by.is_(None),
            versions.operator_id.not_in(select(held.operator_id).where(held.hold_id == hold_id)),
        )
        .order_by(versions.operator_id)
    ).scalars()
    leaving: Iterator[Pair] = ((read_canonical(canonical), None) for canonical in gone)
    yield from merge(held_pairs(connection, before_id, hold_id), leaving, key=_id_of)


def _id_of(pair: Pair) -> str:
    before, after = pair
    one = before or after
    assert one is not None  # noqa: S101 - one of both is there
    return one.id


def pairs_of_state(connection: Connection, stream_id: int, number: int) -> Iterator[Pair]:
    """Yield what a state changed when it came into force, by id in byte order."""
    table = operator_versions.c
    rows = connection.execute(
        select(table.operator_id, table.number, table.canonical)
        .where(
            table.stream_id == stream_id,
            or_(table.number == number, table.replaced_by == number),
        )
        .order_by(table.operator_id, table.number)
    )
    before: dict[str, Operator] = {}
    after: dict[str, Operator] = {}
    for operator_id, version, canonical in rows:
        side = after if version == number else before
        side[operator_id] = read_canonical(canonical)
    for operator_id in sorted(before.keys() | after.keys()):
        yield before.get(operator_id), after.get(operator_id)


def ended_marks(connection: Connection, stream_id: int, number: int) -> dict[str, Reason]:
    """Return the marks of the versions that a state ended, by id."""
    table = operator_versions.c
    rows = connection.execute(
        select(table.operator_id, table.unusable).where(
            table.stream_id == stream_id,
            table.replaced_by == number,
            table.unusable.is_not(None),
        )
    )
    return {operator_id: from_json(mark, Reason) for operator_id, mark in rows}
