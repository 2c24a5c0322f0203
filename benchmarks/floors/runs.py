"""What both ingest floors do around their reading: a fresh copy of the database for each run."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.floors.state import Row, apply, make_database, open_database, root_of
from benchmarks.lines import serve_lines, timed
from benchmarks.parts import read_parts

Read = Callable[[Sequence[bytes]], list[Row]]


def serve_runs(folder: Path, read: Read) -> None:
    """Take list 1 in; then, on each order, list 2 over a fresh copy, with the root it must have."""
    template, run = folder / "floor-template.db", folder / "floor-run.db"
    make_database(template, read(read_parts(folder / "list-1.parts")))
    parts = read_parts(folder / "list-2.parts")
    root = (folder / "list-2.root").read_text("ascii")

    def work(_order: Mapping[str, Any]) -> dict[str, Any]:
        for file in folder.glob("floor-run.db*"):
            file.unlink()
        shutil.copyfile(template, run)
        connection = open_database(run)
        changed: list[int] = []

        def ingest() -> None:
            rows = read(parts)
            if root_of((row[0], row[2]) for row in rows).hex() != root:
                raise ValueError("the floor computes another root")
            changed.append(apply(connection, 2, rows))

        told = timed(ingest)
        connection.close()
        return told | {"changed": changed[0]}

    serve_lines(work)
