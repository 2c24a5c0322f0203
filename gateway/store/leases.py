"""Leases with fencing tokens: one run at a time per job, across all processes (SYN-1).

A run that was stopped long enough to lose its lease, and goes on, must not write over the run that
came after it: `require_lease` is the fence, inside the transaction that writes.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, insert, select, update

from gateway.domain.errors import ConflictError
from gateway.domain.schedule import LastRun
from gateway.ports.leases import Ended, Lease
from gateway.store.column_types import whole_second
from gateway.store.database import Database
from gateway.store.schema_leases import leases


class RunLeases:
    """`ports.leases.Leases` on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def acquire(
        self, subject: str, holder: str, now: datetime, span: timedelta, *, seen: int | None = None
    ) -> Lease | None:
        """Take the lease if it is free or expired; none if a run has it. Never waits.

        With `seen` only if that is still its token: nobody began a run since the caller looked.
        0 is the token of a job that never ran.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: It answers with an error.
        """
        wanted = Lease(subject=subject, holder=holder, token=seen or 0)
        try:
            with self._database.write() as connection:
                token = _take(connection, wanted, now, now + span, claimed=seen is not None)
        except ConflictError:
            # Both found no row, and the other one wrote it first.
            return None
        return None if token is None else Lease(subject=subject, holder=holder, token=token)

    def renew(self, lease: Lease, expires_at: datetime) -> bool:
        """Let the lease end at that time instead; false if it is no longer ours.

        Raises:
            DatabaseUnavailableError: Nothing was written.
            StoreError: Nothing was written.
        """
        with self._database.write() as connection:
            renewed = connection.execute(
                update(leases).where(*_is_ours(lease)).values(expires_at=expires_at)
            )
        return renewed.rowcount == 1

    def release(self, lease: Lease, ended: Ended | None = None) -> None:
        """Give the lease back if it is still ours, and remember how the run ended.

        Without `ended` the run was cut, and whoever looks next runs the job again. May be called
        twice.

        Raises:
            DatabaseUnavailableError: Nothing was written; the lease runs out by itself.
            StoreError: Nothing was written.
        """
        # The row stays: the token must go on rising.
        back = update(leases).where(*_is_ours(lease))
        with self._database.write() as connection:
            if ended is None:
                connection.execute(back.values(holder=""))
                return
            connection.execute(
                back.values(
                    holder="",
                    began_at=ended.began_at,
                    ended_at=ended.ended_at,
                    mark=leases.c.mark if ended.mark is None else ended.mark,
                    failures=leases.c.failures + 1 if ended.failed else 0,
                )
            )

    def abandon(self, is_dead: Callable[[str], bool]) -> Sequence[str]:
        """Take their leases from the holders that are dead; return the subjects that are free.

        Raises:
            DatabaseUnavailableError: Nothing was written.
            StoreError: Nothing was written.
        """
        with self._database.read() as connection:
            held = connection.execute(
                select(leases.c.subject, leases.c.holder).where(leases.c.holder != "")
            ).all()
        dead = [row for row in held if is_dead(row.holder)]
        if not dead:
            return ()
        with self._database.write() as connection:
            for row in dead:
                connection.execute(
                    update(leases)
                    .where(leases.c.subject == row.subject, leases.c.holder == row.holder)
                    .values(holder="")
                )
        return tuple(row.subject for row in dead)

    def last_runs(self) -> Mapping[str, LastRun]:
        """Return what is remembered of every job, by subject.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: It answers with an error.
        """
        with self._database.read() as connection:
            rows = connection.execute(select(leases)).all()
        return {
            row.subject: LastRun(
                token=row.token,
                busy_until=row.expires_at if row.holder else None,
                began_at=row.began_at,
                ended_at=row.ended_at,
                mark=row.mark,
                failures=row.failures,
            )
            for row in rows
        }


def require_lease(connection: Connection, lease: Lease) -> None:
    """Return if the lease is still ours; nobody else gets it before the transaction ends.

    Raises:
        ConflictError: It expired, and another run took over.
    """
    held = connection.execute(
        select(leases.c.subject).where(*_is_ours(lease)).with_for_update()
    ).first()
    # SYN-1: a run that lost its lease writes nothing
    if held is None:
        raise ConflictError(
            f"another run took over: {lease.subject}", context={"subject": lease.subject}
        )


def _is_ours(lease: Lease) -> tuple[ColumnElement[bool], ...]:
    return (
        leases.c.subject == lease.subject,
        leases.c.token == lease.token,
        leases.c.holder == lease.holder,
    )


def _take(
    connection: Connection, wanted: Lease, now: datetime, expires_at: datetime, *, claimed: bool
) -> int | None:
    one = select(leases).where(leases.c.subject == wanted.subject)
    # Skipped if locked: a run is writing, under this very lease.
    row = connection.execute(one.with_for_update(skip_locked=True)).one_or_none()
    if row is None:
        if connection.execute(one).first() is not None:
            return None
        connection.execute(
            insert(leases).values(
                subject=wanted.subject, holder=wanted.holder, token=1, expires_at=expires_at
            )
        )
        return 1
    # SYN-1: a run goes on until it ends or its lease does
    if row.holder and row.expires_at > whole_second(now):
        return None
    # SYN-1: what was due has been run meanwhile
    if claimed and row.token != wanted.token:
        return None
    token: int = row.token + 1
    connection.execute(
        update(leases)
        .where(leases.c.subject == wanted.subject)
        .values(holder=wanted.holder, token=token, expires_at=expires_at)
    )
    return token
