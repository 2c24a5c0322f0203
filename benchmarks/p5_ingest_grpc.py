"""P5: a list over gRPC, 1 % changed, from verified bytes to the committed registry on SQLite."""

from pathlib import Path

from benchmarks.ingests import prepare
from benchmarks.plan import Plan
from benchmarks.processes import Worker
from benchmarks.rows import Row
from benchmarks.turns import row_of_turns
from gateway.domain.profiles import FeedKind

SIZE = 100_000
GOAL = 1.5
FLOOR_ONCE = 0.9 / 100_000
"""Seconds an operator (performance.md)."""


def run(plan: Plan, folder: Path) -> list[Row]:
    """Measure CPU seconds a list."""
    size = plan.size(SIZE)
    _, received = prepare(folder, FeedKind.GRPC, size, seed=plan.seed)
    with (
        Worker("benchmarks.figures.ingest", str(folder), "verified") as figure,
        Worker("benchmarks.floors.ingest_grpc", str(folder)) as floor,
    ):
        row = row_of_turns(
            figure,
            floor,
            row_id="P5",
            repeat=plan.repeat,
            goal=GOAL,
            n=size,
            seen_once=FLOOR_ONCE * size,
            raw={"bytes": received},
        )
    return [row]
