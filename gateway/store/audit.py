"""The audit trail, read and verified. Events are added by `audit_chain`, and never changed."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, Row, select

from gateway.domain.parties import Actor, Role
from gateway.ports.audit import AuditEvent
from gateway.store.audit_chain import append_event
from gateway.store.audit_walk import broken, walk
from gateway.store.database import Database
from gateway.store.json_text import facts_from_json
from gateway.store.schema import audit_events

_PAGE = 1000


class AuditTrail:
    """`ports.audit.Audit` on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(
        self, action: str, subject: str, facts: Mapping[str, str], actor: Actor, now: datetime
    ) -> None:
        """Append an event that goes with no other change.

        Raises:
            DatabaseUnavailableError: Nothing was written.
            StoreError: Nothing was written.
        """
        with self._database.write() as connection:
            append_event(
                connection, action=action, subject=subject, facts=facts, actor=actor, at=now
            )

    def events(self, after: int = 0) -> Iterator[AuditEvent]:
        """Yield events in order, in pages: no transaction stays open meanwhile.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: An event cannot be read.
        """
        while True:
            with self._database.read() as connection:
                page = _page(connection, after)
            yield from page
            if len(page) < _PAGE:
                return
            after = page[-1].number

    def verify(self) -> int:
        """Walk the chain and return the number of events.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            AuditTrailError: An event was changed, removed or put in between; the number is named.
        """
        # Events that come meanwhile are another walk's.
        with self._database.read() as connection:
            return walk(connection)


def events_of(connection: Connection, actions: Sequence[str]) -> list[AuditEvent]:
    """Return all events of these actions, in order.

    Raises:
        AuditTrailError: A role is none.
        StoreError: An event cannot be read.
    """
    rows = connection.execute(
        select(audit_events)
        .where(audit_events.c.action.in_(actions))
        .order_by(audit_events.c.number)
    )
    return [_event(row) for row in rows]


def _page(connection: Connection, after: int) -> list[AuditEvent]:
    rows = connection.execute(
        select(audit_events)
        .where(audit_events.c.number > after)
        .order_by(audit_events.c.number)
        .limit(_PAGE)
    )
    return [_event(row) for row in rows]


def _event(row: Row[tuple[object, ...]]) -> AuditEvent:
    try:
        role = Role(row.role)
    except ValueError as error:
        raise broken(row.number, f"its role {row.role!r} is none") from error
    return AuditEvent(
        number=row.number,
        at=row.at,
        actor=Actor(name=row.actor, role=role, key=row.actor_key),
        action=row.action,
        subject=row.subject,
        facts=facts_from_json(row.facts),
        previous=row.previous,
        digest=row.digest,
    )
