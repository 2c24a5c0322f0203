"""The decision log on a database: written in batches, many rows in a statement.

A statement for each row would give up the interpreter's lock for each row, and wait for it behind
the lookups; this way it is waited for once in a hundred rows. PostgreSQL takes them as JSON, which
it takes apart itself.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import chain
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import structs
from sqlalchemy import Connection, Row, Select, Table, delete, exists, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from gateway.domain.answers import AnswerReason, Verdict
from gateway.domain.errors import ConfigError, DatabaseUnavailableError, StoreError
from gateway.domain.instants import second_in_hex
from gateway.domain.logged_decisions import (
    COLUMNS,
    Logged,
    LoggedDecision,
    question_from_bytes,
)
from gateway.domain.snapshot import Snapshot, snapshot_from_bytes
from gateway.ports.decision_log import ErasedDecisions, Numbered, Wanted
from gateway.store.bulk import batches
from gateway.store.column_types import read_seconds
from gateway.store.database import open_database, sqlite_file
from gateway.store.placed_file import PlacedFile
from gateway.store.schema_decisions import decision_bases, decisions, knowledge_snapshots
from gateway.store.versioning import DECISION_LOG, check, upgrade

ERASED_AT_ONCE: Final = 20_000
"""Rows in one transaction: lookups that log meanwhile wait for no more."""

ROWS: Final = 400
"""Decisions in one statement: their values are handed over within a millisecond."""

_WAY_OUT: Final = "put it back, or make another: mra db upgrade"
_TRIAL: Final = dict.fromkeys(COLUMNS, "mra doctor")
_INTO: Final = f"INSERT INTO decisions ({', '.join(COLUMNS)}) "
_SELECT: Final = "SELECT "
_ON_POSTGRESQL: Final = (
    _INTO
    + _SELECT
    + ", ".join(f"entry->>{place}" for place in range(len(COLUMNS)))
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

    def append(self, decisions: Sequence[Logged], snapshots: Mapping[str, Snapshot]) -> None:
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
            self._write(decisions, snapshots)
        except StoreError as error:
            if file is None or file.is_in_place():
                raise
            raise self._leave(file) from error

    def _write(self, logged: Sequence[Logged], snapshots: Mapping[str, Snapshot]) -> None:
        entries = [entry for entry, _ in logged]
        bases = {basis.name: basis for _, basis in logged}
        with self._database.write() as connection:
            is_sqlite = connection.dialect.name == "sqlite"
            for begin in range(0, len(entries), ROWS):
                some = entries[begin : begin + ROWS]
                if is_sqlite:
                    values = tuple(chain.from_iterable(some))
                    connection.exec_driver_sql(_on_sqlite(len(some)), values)
                else:
                    batch = msgspec.json.encode(some).decode()
                    connection.exec_driver_sql(_ON_POSTGRESQL, (batch,))
            # Last, because other processes that name the same wait until this one has committed.
            _write_once(connection, decision_bases, map(structs.asdict, bases.values()))
            _write_once(connection, knowledge_snapshots, _snapshot_rows(snapshots))

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
        statement = _logged().where(decisions.c.reference == reference)
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
        statement = _logged().order_by(decisions.c.id.desc()).limit(wanted.limit)
        for column, value in (
            (decisions.c.caller, wanted.caller),
            (decision_bases.c.agreement, wanted.agreement),
            (decision_bases.c.reason, wanted.reason),
            (decision_bases.c.verdict, wanted.verdict),
        ):
            if value is not None:
                statement = statement.where(column == str(value))
        if wanted.since is not None:
            statement = statement.where(decisions.c.reference >= second_in_hex(wanted.since))
        if wanted.until is not None:
            statement = statement.where(decisions.c.reference < second_in_hex(wanted.until))
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
        second = second_in_hex(before)
        with self._database.read() as connection:
            found = _count(connection, second)
        if dry_run or not found.count:
            return found
        while self._erase_some(second):
            pass
        with self._database.write() as connection:
            connection.execute(delete(decision_bases).where(decision_bases.c.name < second))
            name = knowledge_snapshots.c.name
            named = exists().where(decision_bases.c.snapshot == name)
            connection.execute(delete(knowledge_snapshots).where(~named))
        return found

    def _erase_some(self, second: str) -> int:
        reference = decisions.c.reference
        some = (
            select(decisions.c.id)
            .where(reference < second)
            .order_by(reference)
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


def _write_once(connection: Connection, table: Table, rows: Iterable[Mapping[str, object]]) -> None:
    """Insert the rows that are not there yet, in one order: two writers never wait in a ring."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    statement = dialect.insert(table).on_conflict_do_nothing()
    for some in batches(sorted(rows, key=itemgetter("name"))):
        connection.execute(statement, some)


def _snapshot_rows(snapshots: Mapping[str, Snapshot]) -> Iterator[dict[str, object]]:
    for name, snapshot in snapshots.items():
        yield {"name": name, "content": snapshot.to_bytes()}


def _logged() -> Select[Any]:
    # Outer: a decision whose basis somebody took away is told, not hidden.
    return select(decisions, decision_bases).outerjoin(
        decision_bases, decision_bases.c.name == decisions.c.basis
    )


def _count(connection: Connection, second: str) -> ErasedDecisions:
    reference = decisions.c.reference
    count, first, last = connection.execute(
        select(func.count(), func.min(reference), func.max(reference)).where(reference < second)
    ).one()
    if not count:
        return ErasedDecisions(count=0)
    return ErasedDecisions(count=count, first=_second_of(first), last=_second_of(last))


def _second_of(reference: str) -> datetime:
    return read_seconds(int(reference[:8], 16))


def _numbered(row: Row[Any]) -> Numbered:
    try:
        return _read(row)
    except (msgspec.MsgspecError, ValueError) as error:
        raise StoreError(f"decision {row.id} of the log cannot be read: {error}") from error


def _read(row: Row[Any]) -> Numbered:
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
