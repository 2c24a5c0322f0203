"""One database: an engine that writes, an engine that reads, and the library's errors translated.

SQLite (file, WAL) and PostgreSQL differ here and in `bulk`, and nowhere else.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    SQLAlchemyError,
)
from sqlalchemy.exc import (
    TimeoutError as PoolTimeoutError,
)
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from gateway.domain.errors import (
    ConfigError,
    ConflictError,
    DatabaseUnavailableError,
    InvalidRequestError,
    StoreError,
)

BUSY_TIMEOUT_SECONDS = 30
"""How long a write waits for another process's write; the largest list takes about ten."""

_SQLITE_ABSENCES = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
    }
)


class Database:
    """Two engines on one database. A `with` block of `read` or `write` is one transaction."""

    def __init__(self, writer: Engine, reader: Engine) -> None:
        self._writer = writer
        self._reader = reader

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a transaction that sees one state of the database and cannot write.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: It answers with another error.
        """
        with _translated(), self._reader.begin() as connection:
            yield connection

    def read_number(self, statement: str) -> int:
        """Read one number past SQLAlchemy: an eighth of what a transaction for it would cost.

        Args:
            statement: SQL that both databases know, and nothing of which comes from outside.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: It answers with another error.
        """
        with _translated(), closing(self._reader.raw_connection()) as connection:
            cursor = connection.cursor()
            cursor.execute(statement)
            (number,) = cursor.fetchone() or (None,)
        if number is None:
            raise StoreError(f"nothing is found by: {statement}")
        return int(number)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open a transaction that is committed at the end of the block, or rolled back whole.

        Raises:
            ConflictError: A row that must be unique was written by another process first.
            DatabaseUnavailableError: The database does not answer.
            StoreError: It answers with another error.
        """
        with _translated(), self._writer.begin() as connection:
            yield connection

    def settle(self) -> None:
        """Write what SQLite keeps beside its file into it, wherever the file is now.

        Only through a connection that is there: a new one would open what is at the path now.

        Raises:
            DatabaseUnavailableError: It could not be written.
            StoreError: The same.
        """
        pool = self._writer.pool
        if self._writer.dialect.name != "sqlite" or not isinstance(pool, QueuePool):
            return
        if not pool.checkedin():
            return
        with _translated(), closing(self._writer.raw_connection()) as connection:
            (is_busy, *_) = (
                connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            )
        if is_busy:
            raise DatabaseUnavailableError("another process reads it")

    def close(self) -> None:
        """Give back all connections. May be called twice."""
        self._reader.dispose()
        self._writer.dispose()

    def __enter__(self) -> Self:
        """Return itself, to be closed at the end of a `with` block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close."""
        self.close()


def open_database(url: str) -> Database:
    """Make the engines of a database; nothing is connected yet.

    Raises:
        ConfigError: The URL is neither SQLite with a file nor PostgreSQL.
    """
    parsed = _parse(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(parsed)
    return _postgresql(parsed)


def sqlite_file(url: str) -> Path | None:
    """Return the file of an SQLite database; none for PostgreSQL.

    Raises:
        ConfigError: The URL is neither SQLite with a file nor PostgreSQL.
    """
    parsed = _parse(url)
    if parsed.get_backend_name() != "sqlite":
        return None
    return Path(parsed.database or "")


def make_private_file(file: Path) -> None:
    """Create an SQLite file that only its owner reads; the files beside it inherit that.

    Raises:
        ConfigError: The folder is missing or closed to us.
    """
    try:
        os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise ConfigError(
            f"the database {file} cannot be opened: {error.strerror}",
            context={"setting": "database.url", "file": str(file)},
        ) from error


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        # The text is not repeated: it may hold a password.
        raise ConfigError("the database URL cannot be read") from error
    match parsed.drivername:
        case "sqlite" | "sqlite+pysqlite" if parsed.database not in (None, "", ":memory:"):
            return parsed
        case "postgresql" | "postgresql+psycopg":
            return parsed.set(drivername="postgresql+psycopg")
        case _:
            raise ConfigError(
                f"the database {parsed.render_as_string()} is neither sqlite:///FILE "
                "nor postgresql+psycopg://HOST/NAME"
            )


def _sqlite(url: URL) -> Database:
    def engine(begin: str, *pragmas: str, pool_size: int) -> Engine:
        made = create_engine(
            url,
            connect_args={"timeout": BUSY_TIMEOUT_SECONDS, "check_same_thread": False},
            pool_size=pool_size,
            max_overflow=0,
        )

        # The driver would begin by itself, and only at the first write.
        @event.listens_for(made, "connect")
        def on_connect(connection: sqlite3.Connection, entry: ConnectionPoolEntry) -> None:
            del entry
            connection.isolation_level = None
            for pragma in ("foreign_keys = ON", *pragmas):
                connection.execute(f"PRAGMA {pragma}").close()

        @event.listens_for(made, "begin")
        def on_begin(connection: Connection) -> None:
            connection.exec_driver_sql(begin)

        return made

    # A transaction that reads first and then writes fails at once and ignores the timeout, so
    # writers begin IMMEDIATE. One connection: threads queue for it here instead of polling a lock.
    writer = engine("BEGIN IMMEDIATE", "journal_mode = WAL", "synchronous = FULL", pool_size=1)
    reader = engine("BEGIN", "query_only = ON", "cache_size = -65536", pool_size=16)
    return Database(writer, reader)


def _postgresql(url: URL) -> Database:
    writer = create_engine(url, pool_pre_ping=True, isolation_level="READ COMMITTED")
    # One snapshot for the whole of a reading transaction, as SQLite has it.
    reader = create_engine(
        url,
        pool_pre_ping=True,
        pool_size=16,
        isolation_level="REPEATABLE READ",
        execution_options={"postgresql_readonly": True},
    )
    return Database(writer, reader)


@contextmanager
def _translated() -> Iterator[None]:
    # The drivers' own errors come from what `bulk` does past SQLAlchemy.
    try:
        yield
    except OverflowError as error:
        raise InvalidRequestError("a number is larger than any in the database") from error
    except (IntegrityError, psycopg.IntegrityError) as error:
        raise ConflictError("another process wrote the same thing first") from error
    except (SQLAlchemyError, psycopg.Error, sqlite3.Error) as error:
        if _is_absence(error):
            raise DatabaseUnavailableError(
                f"the database does not answer: {_why(error)}"
            ) from error
        raise StoreError(f"the database refused a statement: {_why(error)}") from error


def _is_absence(error: Exception) -> bool:
    """Tell whether to try again later makes sense."""
    original = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(original, sqlite3.OperationalError):
        # SQLite gives a missing table the same class as a locked file.
        return original.sqlite_errorcode & 0xFF in _SQLITE_ABSENCES
    return isinstance(
        error, OperationalError | InterfaceError | PoolTimeoutError | psycopg.OperationalError
    )


def _why(error: Exception) -> str:
    """Return the driver's first line: without statement and parameters, which may hold data."""
    text = str(error.orig if isinstance(error, DBAPIError) else error)
    return text.splitlines()[0] if text else type(error).__name__
