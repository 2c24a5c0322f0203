"""The floor of a cold start: a new interpreter that reads the accepted list with bare sqlite3."""

import sqlite3
import sys

LIST = (
    "SELECT operator_id, canonical, unusable FROM operator_versions"
    " WHERE stream_id = 1 AND replaced_by IS NULL ORDER BY operator_id"
)


def main() -> None:
    """Read it into lists and end."""
    rows = sqlite3.connect(sys.argv[1]).execute(LIST)
    while rows.fetchmany(1000):
        pass


if __name__ == "__main__":
    main()
