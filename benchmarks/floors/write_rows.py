"""The floor of P8: so many rows of a large table ended and written anew, in one SQLite commit."""

import sqlite3
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.lines import serve_lines, timed

CONTENT = b"c" * 500
"""About as long as an operator's canonical form."""


def main() -> None:
    """Work on a table of its own, beside the registry's in the copied database."""
    folder, count = Path(sys.argv[1]), int(sys.argv[2])
    connection = sqlite3.connect(folder / "floor-rows.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE rows (id INTEGER PRIMARY KEY, content BLOB, ended INTEGER)")
    connection.execute("BEGIN")
    rows = ((number, CONTENT, None) for number in range(100 * count))
    connection.executemany("INSERT INTO rows VALUES (?, ?, ?)", rows)
    connection.execute("COMMIT")
    written = [100 * count]

    def write() -> None:
        first = written[0]
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(
            "UPDATE rows SET ended = 1 WHERE id = ?", ((number * 97,) for number in range(count))
        )
        connection.executemany(
            "INSERT INTO rows VALUES (?, ?, NULL)",
            ((number, CONTENT) for number in range(first, first + count)),
        )
        connection.execute("COMMIT")
        written[0] += count

    def work(_order: Mapping[str, Any]) -> dict[str, Any]:
        return dict(timed(write))

    serve_lines(work)


if __name__ == "__main__":
    main()
