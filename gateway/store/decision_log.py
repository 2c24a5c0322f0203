"""The decision log on a database: written in batches, many rows in a statement.

A statement for each row would give up the interpreter's lock for each row, and wait for it behind
the lookups; this way it is waited for once in a hundred rows. PostgreSQL takes them as JSON, which
it takes apart itself.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Final

import msgspec
from sqlalchemy import Connection, Row, delete, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from gateway.domain.answers import AnswerReason, Verdict
from gateway.domain.errors import ConfigError, DatabaseUnavailableError, StoreError
from gateway.domain.logged_decisions import (
    COLUMNS,
    Entry,
    LoggedDecision,
    question_from_bytes,
)
from gateway.domain.snapshot import Snapshot, snapshot_from_bytes
from gateway.ports.decision_log import ErasedDecisions, Numbered, Wanted
from gateway.store.bulk import batches
from gateway.store.database import open_database, sqlite_file
from gateway.store.placed_file import PlacedFile
from gateway.store.schema_decisions import decisions, knowledge_snapshots
from gateway.store.versioning import DECISION_LOG, check, upgrade

ERASED_AT_ONCE: Final = 20_000
"""Rows in one transaction: lookups that log meanwhile wait for no more."""

ROWS: Final = 400
"""Decisions in one statement: their values are handed over within a millisecond."""

_WAY_OUT: Final = "put it back, or make another: mra db upgrade"
_TRIAL: Final = {
    "reference": "",
    "caller": "mra doctor",
    "known_at": datetime.fromtimestamp(0, UTC),
    "question": "",
    "verdict": "",
    "reason": "",
    "rule_version": 0,
    "digest": "",
}
_NUMBERS: Final = frozenset({"known_at", "sequence", "rule_version"})
_INTO: Final = f"INSERT INTO decisions ({', '.join(COLUMNS)}) "
_SELECT: Final = "SELECT "
_ON_POSTGRESQL: Final = (
    _INTO
    + _SELECT
    + ", ".join(
        f"(entry->>{place}){'::bigint' if column in _NUMBERS else ''}"
        for place, column in enumerate(COLUMNS)
    )
    + " FROM json_array_elements(%s::json) AS entry"
)


def log_url(registry_url: str) -> str:
    """Return where the decision log of a registry is.

    On SQLite a file of its own beside it, `mra.decisions.db` beside `mra.db`, so that neither waits
    for the other; on PostgreSQL the same database.

    Raises:
        ConfigError: The URL is neither SQLite with a file nor PostgreSQL.
    """
    file = sqlite_file(registry_url)
    return registry_url if file is None else f"sqlite:///{_beside(file)}"


def open_decision_log(registry_url: str, *, makes: bool = True) -> "DecisionTable":
    """Open the decision log of a registry.

    Args:
        registry_url: Of the registry.
        makes: Whether a file that is not there yet, or no more, is made: for a gateway that starts.

    Raises:
        ConfigError: The URL is neither SQLite with a file nor PostgreSQL, or the file cannot be
            made.
        MissingDatabaseError: It is not there, and is not made.
        SchemaVersionError: An older or a newer release made the log.
        DatabaseUnavailableError: It does not answer.
        StoreError: It answers with an error.
    """
    url = log_url(registry_url)
    file = sqlite_file(url)
    if makes and file is not None and not file.exists():
        upgrade(url, DECISION_LOG)
    check(url, DECISION_LOG)
    return DecisionTable(url)


def make_decision_log(registry_url: str) -> None:
    """Create the decision log of a registry, or bring it to this release. May be called twice.

    Raises:
        ConfigError: The URL is no database of ours, or its file cannot be made.
        SchemaVersionError: A newer release made the log.
        DatabaseUnavailableError: Nothing was changed.
        StoreError: Nothing was changed.
    """
    upgrade(log_url(registry_url), DECISION_LOG)


def try_decision_log(registry_url: str) -> None:
    """Write a decision into the log of a registry, and take it back.

    Raises:
        ConfigError: The URL is no database of ours.
        MissingDatabaseError: It is not there.
        SchemaVersionError: It was made by an older or a newer release.
        DatabaseUnavailableError: It does not answer, or there is no room.
        StoreError: It cannot be written.
    """
    check_decision_log(registry_url)
    with (
        open_database(log_url(registry_url)) as database,
        database.write() as connection,
        connection.begin_nested() as tried,
    ):
        connection.execute(insert(decisions), _TRIAL)
        tried.rollback()


def check_decision_log(registry_url: str) -> None:
    """Return if the decision log of a registry is of this release.

    Raises:
        ConfigError: The URL is no database of ours.
        MissingDatabaseError: It is not there.
        SchemaVersionError: It was made by an older or a newer release.
        DatabaseUnavailableError: It does not answer.
        StoreError: It answers with an error.
    """
    check(log_url(registry_url), DECISION_LOG)


class DecisionTable:
    """`ports.decision_log.DecisionLog` on a database.

    Args:
        url: Of a log of this release.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        file = sqlite_file(url)
        self._file = None if file is None else PlacedFile(file)
        self._database = open_database(url)

    def close(self) -> None:
        """Give back all connections. May be called twice."""
        self._database.close()

    def append(self, entries: Sequence[Entry], snapshots: Mapping[str, Snapshot]) -> None:
        """Append decisions, with the snapshots that they name; all of them or none.

        Raises:
            DatabaseUnavailableError: Nothing was written: no answer, no room on the disk, or the
                file is not there any more.
            StoreError: Nothing was written.
        """
        file = self._file
        if file is not None and not file.is_in_place():
            self._follow(file)
        try:
            self._write(entries, snapshots)
        except StoreError as error:
            if file is None or file.is_in_place():
                raise
            raise self._leave(file) from error

    def _write(self, entries: Sequence[Entry], snapshots: Mapping[str, Snapshot]) -> None:
        with self._database.write() as connection:
            _write_snapshots(connection, snapshots)
            is_sqlite = connection.dialect.name == "sqlite"
            for begin in range(0, len(entries), ROWS):
                some = entries[begin : begin + ROWS]
                if is_sqlite:
                    values = tuple(chain.from_iterable(some))
                    connection.exec_driver_sql(_on_sqlite(len(some)), values)
                else:
                    batch = msgspec.json.encode(some).decode()
                    connection.exec_driver_sql(_ON_POSTGRESQL, (batch,))

    def _follow(self, file: PlacedFile) -> None:
        """Take up the file that is in its place, one batch after it was told that there is another.

        It is never made here: somebody took the log away, and has to know that it is missed.
        """
        if file.is_expected:
            raise self._leave(file)
        # Before it is read: what comes into its place meanwhile is noticed.
        file.find()
        try:
            check(self._url, DECISION_LOG)
        except (ConfigError, StoreError) as error:
            if not file.is_in_place():
                raise self._leave(file) from error
            file.forget()
            if isinstance(error, StoreError):
                raise
            raise StoreError(error.message, context=error.context) from error

    def _leave(self, file: PlacedFile) -> DatabaseUnavailableError:
        """Let go of a file that is not in its place any more, and return what is to be told."""
        file.forget()
        rest = ""
        try:
            # So that what was taken away is whole, and a new file finds no rest of it.
            self._database.settle()
        except StoreError as error:
            rest = f" (what lies beside it belongs to it: {error.message})"
        finally:
            # SQLite itself leaves the files beside the path alone when another file is there.
            self._database.close()
        return DatabaseUnavailableError(f"{file.path} was moved or replaced{rest}; {_WAY_OUT}")

    def find(self, reference: str) -> list[Numbered]:
        """Return the decisions with a reference, oldest first: one for each time it was given.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: A row cannot be read.
        """
        statement = select(decisions).where(decisions.c.reference == reference)
        with self._database.read() as connection:
            return [
                _numbered(row) for row in connection.execute(statement.order_by(decisions.c.id))
            ]

    def select(self, wanted: Wanted) -> list[Numbered]:
        """Return decisions, newest first.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: A row cannot be read.
        """
        statement = select(decisions).order_by(decisions.c.id.desc()).limit(wanted.limit)
        for column, value in (
            (decisions.c.caller, wanted.caller),
            (decisions.c.agreement, wanted.agreement),
            (decisions.c.reason, wanted.reason),
            (decisions.c.verdict, wanted.verdict),
        ):
            if value is not None:
                statement = statement.where(column == str(value))
        if wanted.since is not None:
            statement = statement.where(decisions.c.known_at >= wanted.since)
        if wanted.until is not None:
            statement = statement.where(decisions.c.known_at < wanted.until)
        if wanted.before is not None:
            statement = statement.where(decisions.c.id < wanted.before)
        with self._database.read() as connection:
            return [_numbered(row) for row in connection.execute(statement)]

    def find_snapshot(self, name: str) -> Snapshot | None:
        """Return a snapshot, or none.

        Raises:
            DatabaseUnavailableError: The database does not answer.
        """
        statement = select(knowledge_snapshots.c.content).where(knowledge_snapshots.c.name == name)
        with self._database.read() as connection:
            content = connection.execute(statement).scalar_one_or_none()
        return None if content is None else snapshot_from_bytes(content)

    def erase(self, before: datetime, *, dry_run: bool) -> ErasedDecisions:
        """Erase what was decided before a moment, and the snapshots that nothing names any more.

        Raises:
            DatabaseUnavailableError: What was erased until then stays so.
            StoreError: The same.
        """
        with self._database.read() as connection:
            found = _count(connection, before)
        if dry_run or not found.count:
            return found
        while self._erase_some(before):
            pass
        with self._database.write() as connection:
            named = select(decisions.c.snapshot).where(decisions.c.snapshot.is_not(None))
            connection.execute(
                delete(knowledge_snapshots).where(knowledge_snapshots.c.name.not_in(named))
            )
        return found

    def _erase_some(self, before: datetime) -> int:
        some = (
            select(decisions.c.id)
            .where(decisions.c.known_at < before)
            .order_by(decisions.c.known_at)
            .limit(ERASED_AT_ONCE)
        )
        with self._database.write() as connection:
            return connection.execute(delete(decisions).where(decisions.c.id.in_(some))).rowcount


def _beside(file: Path) -> Path:
    return file.with_name(f"{file.stem}.decisions{file.suffix or '.db'}")


@lru_cache(maxsize=ROWS)
def _on_sqlite(rows: int) -> str:
    row = f"({', '.join('?' * len(COLUMNS))})"
    # A row that breaks a rule takes the transaction with it, as it has to; otherwise SQLite keeps a
    # journal of each statement on the disk, a seventh of its time.
    return _INTO.replace("INSERT", "INSERT OR ROLLBACK") + "VALUES " + ", ".join([row] * rows)


def _write_snapshots(connection: Connection, snapshots: Mapping[str, Snapshot]) -> None:
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    for some in batches(snapshots.items()):
        rows = [{"name": name, "content": snapshot.to_bytes()} for name, snapshot in some]
        connection.execute(dialect.insert(knowledge_snapshots).on_conflict_do_nothing(), rows)


def _count(connection: Connection, before: datetime) -> ErasedDecisions:
    known_at = decisions.c.known_at
    row = connection.execute(
        select(func.count(), func.min(known_at), func.max(known_at)).where(known_at < before)
    ).one()
    count, first, last = row
    return ErasedDecisions(count=count, first=first, last=last)


def _numbered(row: Row[tuple[object, ...]]) -> Numbered:
    try:
        return _read(row)
    except (msgspec.MsgspecError, ValueError) as error:
        raise StoreError(f"decision {row.id} of the log cannot be read: {error}") from error


def _read(row: Row[tuple[object, ...]]) -> Numbered:
    return Numbered(
        number=row.id,
        decision=LoggedDecision(
            reference=row.reference,
            caller=row.caller,
            known_at=row.known_at,
            question=question_from_bytes(row.question),
            verdict=Verdict(row.verdict),
            reason=AnswerReason(row.reason),
            agreement=row.agreement,
            operator_id=row.operator_id,
            sequence=row.sequence,
            list_digest=row.list_digest,
            rule_version=row.rule_version,
            snapshot=row.snapshot,
            digest=row.digest,
        ),
    )
