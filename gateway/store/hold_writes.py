"""What is written of lists that wait for an officer. Every function runs in the one transaction."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select, update

from gateway.domain.acknowledgements import Outcome
from gateway.domain.decisions import HeldChange, Hold, Incoming
from gateway.domain.state_change import StateChange
from gateway.store.bulk import insert_rows
from gateway.store.column_types import epoch_seconds
from gateway.store.json_text import to_json
from gateway.store.registry_writes import write_buckets
from gateway.store.schema import held_buckets, held_lists, held_operators, holds, restrictions


def write_hold(
    connection: Connection,
    stream_id: int,
    incoming: Incoming,
    hold: Hold,
    *,
    over: int,
    joined: int | None,
) -> int:
    """Keep a list aside, and return the key of its hold.

    Args:
        connection: In the one transaction.
        stream_id: Whose list it is.
        incoming: The list.
        hold: The decision.
        over: The number of the accepted state.
        joined: The open hold that the list joins; none makes a new one.
    """
    held = hold.held
    if joined is None:
        key = _add(connection, stream_id, incoming, held, over)
    else:
        key = joined
        if held is not None:
            _move(connection, key, held)
    connection.execute(
        insert(held_lists).values(
            hold_id=key,
            sequence=incoming.list.header.sequence,
            list_digest=incoming.list_digest,
            document_digest=incoming.document_digest,
            header=to_json(incoming.list.header),
            signer=incoming.signer,
            received_at=incoming.received_at,
            reasons=to_json(hold.reasons),
        )
    )
    if held is not None:
        write_buckets(connection, held_buckets, update(held_buckets), key, held.change.buckets)
        _write_operators(connection, key, held.change)
    return key


def end_hold(
    connection: Connection, hold_id: int, now: datetime, ending: Outcome, released_as: int | None
) -> None:
    """End a hold: released (APPLIED), rejected or superseded."""
    connection.execute(
        update(holds)
        .where(holds.c.id == hold_id)
        .values(ended_at=now, ending=ending.value, released_as=released_as)
    )


def lift_restrictions(connection: Connection, stream_id: int, now: datetime, version: int) -> int:
    """End what is restricted in a stream and return how many operators that were."""
    lifted = connection.execute(
        update(restrictions)
        .where(restrictions.c.stream_id == stream_id, restrictions.c.known_until.is_(None))
        .values(known_until=now, ended_at_version=version)
    )
    return lifted.rowcount


def _add(
    connection: Connection, stream_id: int, incoming: Incoming, held: HeldChange | None, over: int
) -> int:
    key: int = connection.execute(
        insert(holds)
        .values(
            stream_id=stream_id,
            held_at=incoming.received_at,
            over=over,
            tree=None if held is None else b"".join(held.change.tree),
            marks=to_json({} if held is None else held.unusable),
            rulebook="" if held is None else held.rulebook,
        )
        .returning(holds.c.id)
    ).scalar_one()
    return key


def _move(connection: Connection, hold_id: int, held: HeldChange) -> None:
    connection.execute(
        update(holds)
        .where(holds.c.id == hold_id)
        .values(
            tree=b"".join(held.change.tree),
            marks=to_json(held.unusable),
            rulebook=held.rulebook,
        )
    )


def _write_operators(connection: Connection, hold_id: int, change: StateChange) -> None:
    """Keep the operators that a held list brings or takes, over those of lists before it."""
    contents: dict[str, bytes | None] = dict.fromkeys(change.removed)
    contents |= {listed.operator.id: listed.canonical for listed in change.coming}
    table = held_operators.c
    there = set(
        connection.execute(select(table.operator_id).where(table.hold_id == hold_id)).scalars()
    )
    old = [{"of": hold_id, "one": one, "content": contents[one]} for one in contents.keys() & there]
    if old:
        statement = update(held_operators).where(
            table.hold_id == bindparam("of"), table.operator_id == bindparam("one")
        )
        connection.execute(statement.values(canonical=bindparam("content")), old)
    insert_rows(
        connection,
        held_operators,
        ("hold_id", "operator_id", "canonical"),
        ((hold_id, one, contents[one]) for one in sorted(contents.keys() - there)),
    )


def restrict(
    connection: Connection,
    stream_id: int,
    hold_id: int,
    restricted: Mapping[str, str],
    *,
    now: datetime,
    version: int,
) -> None:
    """Restrict the operators that a held list suspends or revokes, unless they are (ACC-12)."""
    table = restrictions.c
    already = set(
        connection.execute(
            select(table.operator_id).where(
                table.stream_id == stream_id, table.known_until.is_(None)
            )
        ).scalars()
    )
    since = epoch_seconds(now)
    insert_rows(
        connection,
        restrictions,
        ("stream_id", "hold_id", "operator_id", "status", "known_from", "version"),
        (
            (stream_id, hold_id, one, status, since, version)
            for one, status in sorted(restricted.items())
            if one not in already
        ),
    )
