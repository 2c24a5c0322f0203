"""Registered certificates, and what they may ask for."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, Row, insert, or_, select, update

from gateway.domain.errors import ConflictError, NotFoundError
from gateway.domain.parties import Actor, Caller, Purpose
from gateway.store.audit_chain import append_event
from gateway.store.database import Database
from gateway.store.json_text import from_json, to_json
from gateway.store.schema import callers
from gateway.store.streams import raise_version


class RegisteredCallers:
    """`ports.profiles.Callers` on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, caller: Caller, actor: Actor, now: datetime) -> None:
        """Register a certificate. Never re-opens a revoked one. Audited.

        Raises:
            ConflictError: Name or fingerprint is registered already.
            DatabaseUnavailableError: Nothing was written.
            StoreError: Nothing was written.
        """
        with self._database.write() as connection:
            _require_new(connection, caller)
            # INSERT, not UPSERT: adding must not re-open what an administrator revoked.
            connection.execute(
                insert(callers).values(
                    name=caller.name,
                    fingerprint=caller.fingerprint,
                    purposes=to_json(caller.purposes),
                    partner=caller.partner,
                    added_at=caller.added_at,
                    revoked_at=caller.revoked_at,
                )
            )
            raise_version(connection)
            append_event(
                connection,
                action="caller.added",
                subject=caller.name,
                facts={
                    "fingerprint": caller.fingerprint or "",
                    "purposes": ",".join(caller.purposes),
                    "partner": caller.partner or "",
                },
                actor=actor,
                at=now,
            )

    def revoke(self, name: str, actor: Actor, now: datetime) -> None:
        """End a registration; one that has ended stays as it is. Audited.

        Raises:
            NotFoundError: No such caller.
            DatabaseUnavailableError: Nothing was written.
            StoreError: Nothing was written.
        """
        with self._database.write() as connection:
            row = connection.execute(
                select(callers.c.fingerprint, callers.c.revoked_at).where(callers.c.name == name)
            ).one_or_none()
            if row is None:
                raise NotFoundError(f"no caller is named {name}", context={"caller": name})
            if row.revoked_at is not None:
                return
            connection.execute(update(callers).where(callers.c.name == name).values(revoked_at=now))
            raise_version(connection)
            append_event(
                connection,
                action="caller.revoked",
                subject=name,
                facts={"fingerprint": row.fingerprint},
                actor=actor,
                at=now,
            )

    def all(self) -> Sequence[Caller]:
        """Return all callers by name, the revoked too.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: A caller cannot be read.
        """
        with self._database.read() as connection:
            return [
                _caller(row) for row in connection.execute(select(callers).order_by(callers.c.name))
            ]

    def find(self, fingerprint: str) -> Caller | None:
        """Return the caller with this certificate, unless revoked.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: The caller cannot be read.
        """
        with self._database.read() as connection:
            row = connection.execute(
                select(callers).where(
                    callers.c.fingerprint == fingerprint, callers.c.revoked_at.is_(None)
                )
            ).one_or_none()
        return None if row is None else _caller(row)


def _require_new(connection: Connection, caller: Caller) -> None:
    taken = connection.execute(
        select(callers.c.name, callers.c.revoked_at).where(
            or_(callers.c.name == caller.name, callers.c.fingerprint == caller.fingerprint)
        )
    ).first()
    if taken is not None:
        ended = "" if taken.revoked_at is None else " and was revoked"
        raise ConflictError(
            f"the name {caller.name} or its certificate is registered already "
            f"(as {taken.name}){ended}",
            context={"caller": caller.name},
        )


def _caller(row: Row[tuple[object, ...]]) -> Caller:
    return Caller(
        name=row.name,
        fingerprint=row.fingerprint,
        purposes=from_json(row.purposes, tuple[Purpose, ...]),
        partner=row.partner,
        added_at=row.added_at,
        revoked_at=row.revoked_at,
    )
