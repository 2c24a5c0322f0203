"""P4: an enveloped XML list, 1 % changed, from received bytes to the committed registry."""

from pathlib import Path

from benchmarks.ingests import prepare
from benchmarks.plan import Plan
from benchmarks.processes import Worker
from benchmarks.rows import Row
from benchmarks.turns import row_of_turns
from gateway.domain.profiles import FeedKind

SIZE = 50_000
"""As many as an enveloped list may hold: more are not measured, whatever --size says."""
GOAL = 1.5
FLOOR_ONCE = 1.7 / 100_000
"""Seconds an operator (performance.md)."""


def run(plan: Plan, folder: Path) -> list[Row]:
    """Measure CPU seconds a list."""
    size = min(plan.size(SIZE), SIZE)
    _, received = prepare(folder, FeedKind.XML, size, seed=plan.seed)
    with (
        Worker("benchmarks.figures.ingest", str(folder), "with-verifying") as figure,
        Worker("benchmarks.floors.ingest_xml", str(folder)) as floor,
    ):
        row = row_of_turns(
            figure,
            floor,
            row_id="P4",
            repeat=plan.repeat,
            goal=GOAL,
            n=size,
            seen_once=FLOOR_ONCE * size,
            raw={"bytes": received},
        )
    return [row]
