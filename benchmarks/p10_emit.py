"""P10: a FULL list issued from the home programme, as XML, in a container and as protobuf."""

import shutil
import sqlite3
from pathlib import Path

from benchmarks.administration import BENCH, found
from benchmarks.ingests import checkpoint
from benchmarks.plan import Plan
from benchmarks.processes import Worker
from benchmarks.rows import Row
from benchmarks.synthetic import make_operators
from benchmarks.turns import row_of_turns
from gateway.domain.lists import ListedOperator
from gateway.domain.profiles import FeedKind
from gateway.ports.home_programme import HomeOperator

XML_SIZE, LARGE_SIZE = 50_000, 100_000
"""An enveloped XML list may hold half as many: more are not measured, whatever --size says."""
GOAL = 1.5
FLOOR_ONCE = 0.7 / 100_000
"""Seconds an operator, XML with a digest over its raw bytes (performance.md)."""


def run(plan: Plan, folder: Path) -> list[Row]:
    """Measure CPU seconds a list, for each feed."""
    return [
        _row(plan, folder / kind, kind, row_id=row_id, size=size)
        for kind, row_id, size in (
            (FeedKind.XML, "P10-xml", min(plan.size(XML_SIZE), XML_SIZE)),
            (FeedKind.ASICE, "P10-asice", plan.size(LARGE_SIZE)),
            (FeedKind.GRPC, "P10-grpc", plan.size(LARGE_SIZE)),
        )
    ]


def _row(plan: Plan, folder: Path, kind: FeedKind, *, row_id: str, size: int) -> Row:
    folder.mkdir()
    _prepare(folder, kind, make_operators(size, seed=plan.seed))
    with (
        Worker("benchmarks.figures.emit", str(folder)) as figure,
        Worker("benchmarks.floors.emit", str(folder), kind.value) as floor,
    ):
        return row_of_turns(
            figure,
            floor,
            row_id=row_id,
            repeat=plan.repeat,
            goal=GOAL,
            n=size,
            seen_once=FLOOR_ONCE * size,
            raw={},
        )


def _prepare(folder: Path, kind: FeedKind, operators: list[ListedOperator]) -> None:
    administration = found(folder, kind)
    gateway = administration.open()
    try:
        gateway.store.home_programme.replace(
            [HomeOperator(listed=one, consents=frozenset({"*"})) for one in operators], BENCH
        )
    finally:
        gateway.close()
    checkpoint(folder / "mra.db")
    shutil.copyfile(folder / "mra.db", folder / "template.db")
    connection = sqlite3.connect(folder / "floor-template.db")
    connection.executescript(
        "CREATE TABLE home (id TEXT PRIMARY KEY, canonical BLOB, digest BLOB);"
        "CREATE TABLE parts (number INTEGER PRIMARY KEY, content BLOB);"
    )
    with connection:
        connection.executemany(
            "INSERT INTO home VALUES (?, ?, ?)",
            ((one.operator.id, one.canonical, one.digest) for one in operators),
        )
    connection.close()
