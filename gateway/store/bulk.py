"""Writing and reading many rows, the fastest way of each database."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any, TypeAlias, TypeVar, TypeVarTuple

from psycopg import Connection as PsycopgConnection
from psycopg.sql import SQL, Identifier
from sqlalchemy import Connection, Select, Table
from sqlalchemy.types import TypeEngine

Cell: TypeAlias = str | bytes | int | None
Columns = TypeVarTuple("Columns")
Thing = TypeVar("Thing")

BATCH = 1000
"""Values in one `IN (…)`: far below the 32,766 parameters of SQLite and the 65,535 of psycopg."""
ONE_PASS_CACHE = -2048
"""KiB, as SQLite wants them."""


def insert_rows(
    connection: Connection, table: Table, columns: Sequence[str], rows: Iterable[tuple[Cell, ...]]
) -> None:
    """Insert rows whose cells are as the driver takes them: moments as seconds.

    Past SQLAlchemy's own parameter handling, which takes longer than the databases.
    """
    if connection.dialect.name == "postgresql":
        _copy(connection, table, columns, rows)
        return
    marks = ", ".join("?" * len(columns))
    statement = f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608 - names from the schema
    for batch in batches(rows, 20 * BATCH):
        connection.exec_driver_sql(statement, batch)


def read_pairs(connection: Connection, statement: Select[tuple[str, bytes]]) -> dict[str, bytes]:
    """Read a text and bytes a row into a map, as the driver gives them.

    Past SQLAlchemy's rows, which take as long again as the databases.
    """
    cursor = connection.execute(statement).cursor
    assert cursor is not None  # noqa: S101 - a SELECT has rows
    pairs: dict[str, bytes] = dict(cursor.fetchall())
    return pairs


def stream_rows(
    connection: Connection, statement: Select[*Columns], size: int
) -> Iterator[Sequence[tuple[*Columns]]]:
    """Yield the rows as the driver gives them, in lists of `size`; never all of them in memory."""
    reading = _read_binary if connection.dialect.name == "postgresql" else _read_once
    with reading(connection, statement) as cursor:
        while rows := cursor.fetchmany(size):
            yield rows


@contextmanager
def _read_binary(connection: Connection, statement: Select[*Columns]) -> Iterator[Any]:
    """Read by a cursor of the server, in binary: text writes every byte as two digits."""
    compiled = statement.compile(connection, compile_kwargs={"literal_binds": True})
    with _driver(connection).cursor("rows", binary=True) as cursor:
        cursor.execute(str(compiled).encode())
        yield cursor


@contextmanager
def _read_once(connection: Connection, statement: Select[*Columns]) -> Iterator[Any]:
    """Keep SQLite from filling its cache with pages that are read once: they stay resident."""
    usual: int = connection.exec_driver_sql("PRAGMA cache_size").scalar_one()
    connection.exec_driver_sql(f"PRAGMA cache_size = {ONE_PASS_CACHE}")
    try:
        yield connection.execute(statement).cursor
    finally:
        connection.exec_driver_sql(f"PRAGMA cache_size = {usual}")


def batches(things: Iterable[Thing], size: int = BATCH) -> Iterator[list[Thing]]:
    """Yield the things in lists of at most `size`, none empty."""
    iterator = iter(things)
    while batch := list(islice(iterator, size)):
        yield batch


def _copy(
    connection: Connection, table: Table, columns: Sequence[str], rows: Iterable[tuple[Cell, ...]]
) -> None:
    # Binary: a third of the time of text, which writes every byte of a document as two digits.
    statement = SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(
        Identifier(table.name), SQL(", ").join(map(Identifier, columns))
    )
    with _driver(connection).cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types([_type_name(table.c[column].type, connection) for column in columns])
        for row in rows:
            copy.write_row(row)


def _driver(connection: Connection) -> PsycopgConnection:
    driver = connection.connection.driver_connection
    assert isinstance(driver, PsycopgConnection)  # noqa: S101 - what the dialect name says already
    return driver


def _type_name(kind: TypeEngine[object], connection: Connection) -> str:
    """Return the server's name of a column's type, without its collation: `bigint`, `bytea`."""
    return kind.compile(connection.dialect).partition(" ")[0].lower()
