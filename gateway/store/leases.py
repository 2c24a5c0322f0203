"""Leases with fencing tokens: one run at a time per stream, across all processes (SYN-1)."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, or_, select, update

from gateway.domain.errors import ConflictError
from gateway.ports.leases import Lease
from gateway.store.column_types import whole_second
from gateway.store.database import Database
from gateway.store.schema import leases


class RunLeases:
    """`ports.leases.Leases` on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def acquire(self, subject: str, holder: str, now: datetime, span: timedelta) -> Lease | None:
        """Take the lease if it is free or expired; none if another holder has it. Never waits.

        A holder that has it already extends it and gets a new token.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: It answers with an error.
        """
        moment, expires_at = whole_second(now), whole_second(now + span)
        try:
            with self._database.write() as connection:
                token = _take(connection, subject, holder, moment, expires_at)
        except ConflictError:
            # Both found no row, and the other one wrote it first.
            return None
        if token is None:
            return None
        return Lease(subject=subject, holder=holder, token=token, expires_at=expires_at)

    def release(self, lease: Lease) -> None:
        """Give the lease back if it is still ours. May be called twice.

        Raises:
            DatabaseUnavailableError: Nothing was written; the lease runs out by itself.
            StoreError: Nothing was written.
        """
        with self._database.write() as connection:
            # The row stays: the token must go on rising.
            connection.execute(
                update(leases)
                .where(leases.c.subject == lease.subject, leases.c.token == lease.token)
                .values(holder="")
            )


def _take(
    connection: Connection, subject: str, holder: str, now: datetime, expires_at: datetime
) -> int | None:
    token: int | None = connection.execute(
        update(leases)
        .where(
            leases.c.subject == subject,
            # SYN-1 rests on this line: a run of another holder goes on until it ends or expires.
            or_(leases.c.holder.in_(("", holder)), leases.c.expires_at <= now),
        )
        .values(holder=holder, token=leases.c.token + 1, expires_at=expires_at)
        .returning(leases.c.token)
    ).scalar_one_or_none()
    if token is not None:
        return token
    taken = connection.execute(select(leases.c.subject).where(leases.c.subject == subject)).first()
    if taken is not None:
        return None
    connection.execute(
        insert(leases).values(subject=subject, holder=holder, token=1, expires_at=expires_at)
    )
    return 1
