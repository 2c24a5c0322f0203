"""Walking the audit chain over the stored bytes: whatever was changed is found and named.

The columns are read as they lie there, not as the library would read them: a byte that is no text,
a time that is none, or facts that say the same in other bytes are changes too.
"""

from collections.abc import Iterator, Sequence

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    LargeBinary,
    Row,
    cast,
    func,
    select,
    type_coerce,
)

from gateway.domain.errors import AuditTrailError, StoreError
from gateway.domain.parties import Actor, Role
from gateway.ports.audit import AuditEvent
from gateway.store.audit_chain import FIRST_PREVIOUS, link
from gateway.store.column_types import read_seconds
from gateway.store.json_text import facts_from_json, to_json
from gateway.store.schema import audit_events, audit_head

_PAGE = 1000
_TEXTS = ("actor", "role", "action", "subject", "facts", "previous", "digest", "actor_key")


def walk(connection: Connection) -> int:
    """Follow the chain from its first event to its end and return the number of events.

    Raises:
        AuditTrailError: An event was changed, removed or put in between; its number is named.
    """
    number, digest = 0, FIRST_PREVIOUS
    for row in _rows(connection):
        if row.number != number + 1:
            raise broken(number + 1, "it is missing")
        event = _require_unchanged(row)
        if event.previous != digest:
            raise broken(event.number, "it does not follow the event before it")
        number, digest = event.number, event.digest
    _require_end(connection, number, digest)
    return number


def broken(number: int, how: str) -> AuditTrailError:
    """Make the error that names where the chain is broken."""
    return AuditTrailError(
        f"the audit trail is broken at event {number}: {how}", context={"event": str(number)}
    )


def _require_end(connection: Connection, number: int, digest: str) -> None:
    before = connection.execute(
        select(func.count()).select_from(audit_events).where(audit_events.c.number < 1)
    ).scalar_one()
    if before:
        raise broken(0, "something was put before the first event")
    end = connection.execute(
        select(audit_head.c.number, *_raw(connection, "digest", table_end=True))
    ).one_or_none()
    if end is None:
        raise broken(number + 1, "the end of the chain is gone")
    if end.number != number or _bytes(end.digest) != digest.encode():
        raise broken(number + 1, "it is missing, or the end of the chain was changed")


def _rows(connection: Connection) -> Iterator[Row[tuple[object, ...]]]:
    after = 0
    columns = (
        audit_events.c.number,
        type_coerce(audit_events.c.at, BigInteger).label("at"),
        *_raw(connection, *_TEXTS),
    )
    while True:
        page = connection.execute(
            select(*columns)
            .where(audit_events.c.number > after)
            .order_by(audit_events.c.number)
            .limit(_PAGE)
        ).all()
        yield from page
        if len(page) < _PAGE:
            return
        after = page[-1].number


def _raw(
    connection: Connection, *names: str, table_end: bool = False
) -> Sequence[ColumnElement[str] | ColumnElement[bytes]]:
    """Return columns as bytes where the database lets bytes that are no text lie in a text column.

    PostgreSQL refuses such bytes; SQLite's driver refuses to read them, and would not say where.
    """
    columns = (audit_head if table_end else audit_events).c
    if connection.dialect.name == "postgresql":
        return [columns[name] for name in names]
    return [cast(columns[name], LargeBinary).label(name) for name in names]


def _require_unchanged(row: Row[tuple[object, ...]]) -> AuditEvent:
    try:
        event = _read(row)
    except (StoreError, ValueError) as error:
        raise broken(row.number, "it was changed, and cannot be read any more") from error
    as_it_should_be = link(
        number=event.number,
        at=event.at,
        actor=event.actor,
        action=event.action,
        subject=event.subject,
        facts=event.facts,
        previous=event.previous,
    )
    if event != as_it_should_be or to_json(event.facts) != _text(row.facts):
        raise broken(event.number, "it was changed")
    return event


def _read(row: Row[tuple[object, ...]]) -> AuditEvent:
    return AuditEvent(
        number=row.number,
        at=read_seconds(row.at),
        actor=Actor(
            name=_text(row.actor),
            role=Role(_text(row.role)),
            key=None if row.actor_key is None else _text(row.actor_key),
        ),
        action=_text(row.action),
        subject=_text(row.subject),
        facts=facts_from_json(_text(row.facts)),
        previous=_text(row.previous),
        digest=_text(row.digest),
    )


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()
