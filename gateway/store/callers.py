"""Registered callers, and what they may ask for."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Row, insert, or_, select, update

from gateway.domain.errors import ConflictError, NotFoundError
from gateway.domain.parties import Actor, Caller, Limits, Purpose, Scope
from gateway.domain.registration import Allowance, allowed
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
        """Register a caller. Never re-opens a revoked one. Audited.

        Raises:
            ConflictError: Name, certificate or subject is registered already.
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
                    subject=caller.subject,
                    purposes=to_json(caller.purposes),
                    partner=caller.partner,
                    scope=caller.scope,
                    limits=_limits_to_json(caller.limits),
                    added_at=caller.added_at,
                    revoked_at=caller.revoked_at,
                )
            )
            raise_version(connection)
            append_event(
                connection,
                action="caller.added",
                subject=caller.name,
                facts=_credential(caller)
                | {
                    "purposes": ",".join(caller.purposes),
                    "partner": caller.partner or "",
                }
                | _allowance(caller),
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
            caller = _named(connection, name)
            if caller.revoked_at is not None:
                return
            connection.execute(update(callers).where(callers.c.name == name).values(revoked_at=now))
            raise_version(connection)
            append_event(
                connection,
                action="caller.revoked",
                subject=name,
                facts=_credential(caller),
                actor=actor,
                at=now,
            )

    def allow(self, name: str, wanted: Allowance, actor: Actor, now: datetime) -> Caller:
        """Change scope or limits, and return the caller; the same again changes nothing. Audited.

        Raises:
            NotFoundError: No such caller.
            ConflictError: It was revoked.
            InvalidRequestError: The limits are none, or the caller does not look up.
            DatabaseUnavailableError: Nothing was written.
            StoreError: Nothing was written.
        """
        with self._database.write() as connection:
            before = _named(connection, name)
            if before.revoked_at is not None:
                raise ConflictError(f"caller {name} was revoked", context={"caller": name})
            after = allowed(before, wanted)
            if after == before:
                return before
            connection.execute(
                update(callers)
                .where(callers.c.name == name)
                .values(scope=after.scope, limits=_limits_to_json(after.limits))
            )
            raise_version(connection)
            was = {f"{key}Before": value for key, value in _allowance(before).items()}
            append_event(
                connection,
                action="caller.changed",
                subject=name,
                facts=_allowance(after) | was,
                actor=actor,
                at=now,
            )
        return after

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
        return self._find(callers.c.fingerprint == fingerprint)

    def find_subject(self, subject: str) -> Caller | None:
        """Return the caller whose tokens name this subject, unless revoked.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: The caller cannot be read.
        """
        return self._find(callers.c.subject == subject)

    def _find(self, shown: ColumnElement[bool]) -> Caller | None:
        with self._database.read() as connection:
            row = connection.execute(
                select(callers).where(shown, callers.c.revoked_at.is_(None))
            ).one_or_none()
        return None if row is None else _caller(row)


def _named(connection: Connection, name: str) -> Caller:
    row = connection.execute(select(callers).where(callers.c.name == name)).one_or_none()
    if row is None:
        raise NotFoundError(f"no caller is named {name}", context={"caller": name})
    return _caller(row)


def _credential(caller: Caller) -> dict[str, str]:
    shown = {"fingerprint": caller.fingerprint, "subject": caller.subject}
    return {key: value for key, value in shown.items() if value is not None}


def _allowance(caller: Caller) -> dict[str, str]:
    return {"scope": caller.scope, "limits": _limits_to_json(caller.limits) or ""}


def _limits_to_json(limits: Limits | None) -> str | None:
    return None if limits is None else to_json(limits)


def _require_new(connection: Connection, caller: Caller) -> None:
    taken = connection.execute(
        select(callers.c.name, callers.c.revoked_at).where(
            or_(
                callers.c.name == caller.name,
                *(callers.c[key] == value for key, value in _credential(caller).items()),
            )
        )
    ).first()
    if taken is not None:
        ended = "" if taken.revoked_at is None else " and was revoked"
        shown = "certificate" if caller.subject is None else "token subject"
        raise ConflictError(
            f"the name {caller.name} or its {shown} is registered already (as {taken.name}){ended}",
            context={"caller": caller.name},
        )


def _caller(row: Row[tuple[object, ...]]) -> Caller:
    return Caller(
        name=row.name,
        fingerprint=row.fingerprint,
        subject=row.subject,
        purposes=from_json(row.purposes, tuple[Purpose, ...]),
        partner=row.partner,
        scope=Scope(row.scope),
        limits=None if row.limits is None else from_json(row.limits, Limits),
        added_at=row.added_at,
        revoked_at=row.revoked_at,
    )
