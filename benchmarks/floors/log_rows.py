"""The floor of the decision log: the same rows and index with `sqlite3` alone, row by row."""

import json
import sqlite3
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.lines import serve_lines, timed

BATCH = 500
"""Decisions in one commit: what a busy process brings in a tenth of a second."""
COLUMNS = 6


def main() -> None:
    """Insert the rows of the turn that a line names."""
    folder = Path(sys.argv[1])
    connection = sqlite3.connect(folder / "floor.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    columns = ", ".join(f"c{number}" for number in range(COLUMNS))
    connection.execute(f"CREATE TABLE decisions (id INTEGER PRIMARY KEY, {columns})")
    connection.execute("CREATE INDEX reference ON decisions (c0)")
    places = ", ?" * COLUMNS
    statement = f"INSERT INTO decisions VALUES (NULL{places})"  # noqa: S608 - places alone

    def work(order: Mapping[str, Any]) -> dict[str, Any]:
        rows = json.loads((folder / f"{order['turn']}.json").read_text("ascii"))
        return dict(timed(partial(_insert, connection, statement, rows)))

    serve_lines(work)


def _insert(connection: sqlite3.Connection, statement: str, rows: list[list[str | int]]) -> None:
    for begin in range(0, len(rows), BATCH):
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(statement, rows[begin : begin + BATCH])
        connection.execute("COMMIT")


if __name__ == "__main__":
    main()
