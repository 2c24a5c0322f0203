"""Registered actors: rows come with an administrator's statement, and end once."""

from datetime import datetime

from sqlalchemy import Connection, Row, func, insert, or_, select, update

from gateway.domain.approvals import SignedStatement
from gateway.domain.errors import ActorNotPermittedError, ConflictError, NotFoundError, StoreError
from gateway.domain.parties import Actor, RegisteredActor, Role
from gateway.ports.actors import Witnessed
from gateway.store.approvals import add_approval, read_approvals
from gateway.store.audit import events_of
from gateway.store.audit_chain import append_event, queue
from gateway.store.database import Database
from gateway.store.schema_actors import actors


class RegisteredActors:
    """`ports.actors.Actors` on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add_first(self, new: RegisteredActor, by: Actor) -> None:
        """Register the first actor of all, without a signature. Audited.

        Raises:
            ConflictError: There is an actor already.
            DatabaseUnavailableError: Nothing was written.
            StoreError: Nothing was written.
        """
        with self._database.write() as connection:
            # Two first actors at once would both see an empty table.
            queue(connection)
            if connection.execute(select(actors.c.name)).first() is not None:
                raise ConflictError("there is an actor already; only the first needs no signature")
            _insert(connection, new, by, {"signed": "no"})

    def add(self, new: RegisteredActor, by: Actor, signed: SignedStatement) -> None:
        """Register an actor, with the statement that wants it. Audited.

        Raises:
            ConflictError: Name or key is registered already, a revoked one too; or whoever signed
                was revoked meanwhile.
            DatabaseUnavailableError: Nothing was written.
            StoreError: Nothing was written.
        """
        with self._database.write() as connection:
            add_approval(connection, by, signed, new.added_at)
            _require_new(connection, new)
            _insert(connection, new, by, {"statement": signed.digest})

    def revoke(self, name: str, by: Actor, signed: SignedStatement, now: datetime) -> None:
        """End a registration, with the statement that wants it. Audited.

        Raises:
            NotFoundError: No such actor.
            ConflictError: It has ended already, or whoever signed was revoked meanwhile.
            ActorNotPermittedError: It is the last administrator's.
            DatabaseUnavailableError: Nothing was written.
            StoreError: Nothing was written.
        """
        with self._database.write() as connection:
            add_approval(connection, by, signed, now)
            row = connection.execute(select(actors).where(actors.c.name == name)).one_or_none()
            if row is None:
                raise NotFoundError(f"no actor is named {name}", context={"actor": name})
            if row.revoked_at is not None:
                raise ConflictError(f"{name} was revoked already", context={"actor": name})
            _require_not_last(connection, _actor(row))
            connection.execute(update(actors).where(actors.c.name == name).values(revoked_at=now))
            append_event(
                connection,
                action="actor.revoked",
                subject=name,
                facts={"fingerprint": row.fingerprint, "statement": signed.digest},
                actor=by,
                at=now,
            )

    def all(self) -> list[RegisteredActor]:
        """Return all actors by name, the revoked too.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: An actor cannot be read.
        """
        with self._database.read() as connection:
            return _all(connection)

    def find(self, name: str) -> RegisteredActor | None:
        """Return the actor with this name, revoked or not.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: The actor cannot be read.
        """
        with self._database.read() as connection:
            row = connection.execute(select(actors).where(actors.c.name == name)).one_or_none()
        return None if row is None else _actor(row)

    def find_key(self, fingerprint: str) -> RegisteredActor | None:
        """Return the actor with this key, revoked or not.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: The actor cannot be read.
        """
        with self._database.read() as connection:
            row = connection.execute(
                select(actors).where(actors.c.fingerprint == fingerprint)
            ).one_or_none()
        return None if row is None else _actor(row)

    def witnessed(self) -> Witnessed:
        """Return everything that a check of all approvals compares, from one snapshot.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: A row cannot be read.
        """
        with self._database.read() as connection:
            return Witnessed(
                actors=_all(connection),
                approvals=read_approvals(connection),
                events=events_of(connection, ("actor.added", "actor.revoked", "approval.recorded")),
            )


def _all(connection: Connection) -> list[RegisteredActor]:
    return [_actor(row) for row in connection.execute(select(actors).order_by(actors.c.name))]


def _insert(connection: Connection, new: RegisteredActor, by: Actor, facts: dict[str, str]) -> None:
    connection.execute(
        insert(actors).values(
            name=new.name,
            role=new.role.value,
            public_key=new.public_key,
            fingerprint=new.fingerprint,
            added_at=new.added_at,
        )
    )
    append_event(
        connection,
        action="actor.added",
        subject=new.name,
        facts={"role": new.role, "fingerprint": new.fingerprint, **facts},
        actor=by,
        at=new.added_at,
    )


def _require_new(connection: Connection, new: RegisteredActor) -> None:
    taken = connection.execute(
        select(actors.c.name, actors.c.revoked_at).where(
            or_(actors.c.name == new.name, actors.c.fingerprint == new.fingerprint)
        )
    ).first()
    if taken is not None:
        ended = "" if taken.revoked_at is None else " and was revoked: take a new name and key"
        raise ConflictError(
            f"the name {new.name} or its key is registered already (as {taken.name}){ended}",
            context={"actor": new.name},
        )


def _require_not_last(connection: Connection, actor: RegisteredActor) -> None:
    """Nobody could add anybody any more."""
    if actor.role is not Role.ADMINISTRATOR:
        return
    left = connection.execute(
        select(func.count())
        .select_from(actors)
        .where(
            actors.c.role == Role.ADMINISTRATOR.value,
            actors.c.revoked_at.is_(None),
            actors.c.name != actor.name,
        )
    ).scalar_one()
    if not left:
        raise ActorNotPermittedError(
            f"{actor.name} is the last administrator; add another one first",
            context={"actor": actor.name},
        )


def _actor(row: Row[tuple[object, ...]]) -> RegisteredActor:
    try:
        role = Role(row.role)
    except ValueError as error:
        raise StoreError(f"the role of actor {row.name} cannot be read") from error
    return RegisteredActor(
        name=row.name,
        role=role,
        public_key=row.public_key,
        fingerprint=row.fingerprint,
        added_at=row.added_at,
        revoked_at=row.revoked_at,
    )
