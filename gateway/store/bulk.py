"""Writing many rows at once, the fastest way of each database."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeAlias, TypeVar

from psycopg import Connection as PsycopgConnection
from psycopg.sql import SQL, Identifier
from sqlalchemy import Connection, Select, Table
from sqlalchemy.types import TypeEngine

Cell: TypeAlias = str | bytes | int | None
Thing = TypeVar("Thing")

BATCH = 1000
"""Values in one `IN (…)`: far below the 32,766 parameters of SQLite and the 65,535 of psycopg."""


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


def batches(things: Iterable[Thing], size: int = BATCH) -> Iterator[list[Thing]]:
    """Yield the things in lists of at most `size`, none empty."""
    iterator = iter(things)
    while batch := list(islice(iterator, size)):
        yield batch


def _copy(
    connection: Connection, table: Table, columns: Sequence[str], rows: Iterable[tuple[Cell, ...]]
) -> None:
    driver = connection.connection.driver_connection
    assert isinstance(driver, PsycopgConnection)  # noqa: S101 - what the dialect name says already
    # Binary: a third of the time of text, which writes every byte of a document as two digits.
    statement = SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(
        Identifier(table.name), SQL(", ").join(map(Identifier, columns))
    )
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types([_type_name(table.c[column].type, connection) for column in columns])
        for row in rows:
            copy.write_row(row)


def _type_name(kind: TypeEngine[object], connection: Connection) -> str:
    """Return the server's name of a column's type, without its collation: `bigint`, `bytea`."""
    return kind.compile(connection.dialect).partition(" ")[0].lower()
