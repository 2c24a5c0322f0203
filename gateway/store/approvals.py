"""What actors signed: kept as signed, by whom and when."""

from datetime import datetime

from sqlalchemy import Connection, Row, Select, insert, select

from gateway.domain.approvals import (
    EpochSubject,
    HoldSubject,
    RecordedApproval,
    SignedStatement,
    read_statement,
    told_as,
)
from gateway.domain.errors import ConflictError, InvalidRequestError, StoreError
from gateway.domain.parties import Actor, Role
from gateway.store.audit_chain import append_event, queue
from gateway.store.database import Database
from gateway.store.schema_actors import actors, approvals


class SignedApprovals:
    """`ports.actors.Approvals` on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, by: Actor, signed: SignedStatement, now: datetime) -> None:
        """Keep an approval; one that is kept already stays as it is. Audited.

        Raises:
            ConflictError: Whoever signed was revoked meanwhile.
            DatabaseUnavailableError: Nothing was written.
            StoreError: Nothing was written.
        """
        with self._database.write() as connection:
            add_approval(connection, by, signed, now)

    def of_hold(self, number: int) -> list[RecordedApproval]:
        """Return the approvals on a hold by actors who are still registered, oldest first.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: An approval cannot be read.
        """
        query = _ALL.where(approvals.c.hold == number, actors.c.revoked_at.is_(None))
        with self._database.read() as connection:
            return read_approvals(connection, query)

    def of_epoch(self, subject: EpochSubject) -> list[RecordedApproval]:
        """Return the approvals of an epoch by actors who are still registered, oldest first.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: An approval cannot be read.
        """
        query = _ALL.where(approvals.c.hold.is_(None), actors.c.revoked_at.is_(None))
        with self._database.read() as connection:
            found = read_approvals(connection, query)
        return [each for each in found if each.statement.subject == subject]

    def all(self) -> list[RecordedApproval]:
        """Return all approvals, oldest first.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: An approval cannot be read.
        """
        with self._database.read() as connection:
            return read_approvals(connection)


_ALL = select(
    approvals.c.id,
    approvals.c.statement,
    approvals.c.signature,
    approvals.c.recorded_at,
    actors.c.name,
    actors.c.role,
    actors.c.fingerprint,
).join_from(approvals, actors)


def read_approvals(
    connection: Connection, query: Select[tuple[object, ...]] = _ALL
) -> list[RecordedApproval]:
    """Return approvals, oldest first.

    Raises:
        StoreError: One cannot be read.
    """
    return [_recorded(row) for row in connection.execute(query.order_by(approvals.c.id))]


def add_approval(connection: Connection, by: Actor, signed: SignedStatement, now: datetime) -> None:
    """Write an approval in the transaction of what it is for, or in one of its own.

    Raises:
        ConflictError: Whoever signed was revoked meanwhile.
        StoreError: It cannot be written.
    """
    queue(connection)
    _require_registered(connection, by)
    known = select(approvals.c.id).where(approvals.c.digest == signed.digest)
    if connection.execute(known).first() is not None:
        return
    statement = read_statement(signed.content)
    subject = statement.subject
    hold = subject.hold if isinstance(subject, HoldSubject) else None
    connection.execute(
        insert(approvals).values(
            actor=by.name,
            hold=hold,
            statement=signed.content,
            digest=signed.digest,
            signature=signed.signature,
            recorded_at=now,
        )
    )
    append_event(
        connection,
        action="approval.recorded",
        subject=told_as(subject),
        facts={
            "for": statement.action,
            "reason": statement.reason,
            "statement": signed.digest,
        },
        actor=by,
        at=now,
    )


def _require_registered(connection: Connection, by: Actor) -> None:
    registered = select(actors.c.name).where(
        actors.c.name == by.name, actors.c.fingerprint == by.key, actors.c.revoked_at.is_(None)
    )
    if connection.execute(registered).first() is None:
        raise ConflictError(f"{by.name} was revoked meanwhile", context={"actor": by.name})


def _recorded(row: Row[tuple[object, ...]]) -> RecordedApproval:
    content = bytes(row.statement)
    try:
        statement, role = read_statement(content), Role(row.role)
    except (InvalidRequestError, ValueError) as error:
        raise StoreError(f"approval {row.id} cannot be read: {error}") from error
    return RecordedApproval(
        number=row.id,
        statement=statement,
        signed=SignedStatement(
            content=content, signature=bytes(row.signature), key=row.fingerprint
        ),
        actor=Actor(name=row.name, role=role, key=row.fingerprint),
        recorded_at=row.recorded_at,
    )
