"""Appending to the audit chain, inside the transaction of the change that the event tells of."""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256

from sqlalchemy import Connection, insert, update

from gateway.domain.errors import StoreError
from gateway.domain.parties import Actor
from gateway.ports.audit import AuditEvent
from gateway.store.column_types import whole_second
from gateway.store.json_text import to_json
from gateway.store.schema import audit_events, audit_head

FIRST_PREVIOUS = "0" * 64
"""What the first event names as its predecessor."""


def append_event(
    connection: Connection,
    *,
    action: str,
    subject: str,
    facts: Mapping[str, str],
    actor: Actor,
    at: datetime,
) -> None:
    """Append an event. To be called last in a transaction: all writers queue here.

    Raises:
        StoreError: The migration's row of the chain's end is gone.
    """
    # The update locks the row until the transaction ends, so that numbers have no gap and no two
    # events name one predecessor. A sequence of the database would leave gaps at each rollback.
    number, previous = _take_number(connection)
    event = link(
        number=number,
        at=whole_second(at),
        actor=actor,
        action=action,
        subject=subject,
        facts=dict(facts),
        previous=previous,
    )
    connection.execute(
        insert(audit_events).values(
            number=event.number,
            at=event.at,
            actor=event.actor.name,
            role=event.actor.role.value,
            action=event.action,
            subject=event.subject,
            facts=to_json(event.facts),
            previous=event.previous,
            digest=event.digest,
            actor_key=event.actor.key,
        )
    )
    connection.execute(update(audit_head).values(digest=event.digest))


def link(
    *,
    number: int,
    at: datetime,
    actor: Actor,
    action: str,
    subject: str,
    facts: Mapping[str, str],
    previous: str,
) -> AuditEvent:
    """Return the event with the digest that its other fields have."""
    content = {
        "number": number,
        "at": at,
        "actor": actor,
        "action": action,
        "subject": subject,
        "facts": facts,
        "previous": previous,
    }
    return AuditEvent(
        number=number,
        at=at,
        actor=actor,
        action=action,
        subject=subject,
        facts=facts,
        previous=previous,
        digest=sha256(to_json(content).encode()).hexdigest(),
    )


def queue(connection: Connection) -> None:
    """Wait for all other writers now, for a check that must hold until the end."""
    connection.execute(update(audit_head).values(number=audit_head.c.number))


def _take_number(connection: Connection) -> tuple[int, str]:
    row = connection.execute(
        update(audit_head)
        .values(number=audit_head.c.number + 1)
        .returning(audit_head.c.number, audit_head.c.digest)
    ).one_or_none()
    if row is None:
        raise StoreError("the end of the audit chain is missing from the database")
    return row.number, row.digest
