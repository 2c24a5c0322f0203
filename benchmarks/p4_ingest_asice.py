"""P4 for containers: a list in ASiC-E, 1 % changed, from received bytes to the commit; its memory.

P4-1M, what an operator of a million costs beside one of a tenth of them, is a row of its own,
because a million operators take longer to make than to take in.
"""

from pathlib import Path
from statistics import median

from benchmarks.ingests import prepare
from benchmarks.plan import Plan
from benchmarks.processes import Worker
from benchmarks.rows import Row, median_ratio
from benchmarks.turns import row_of_turns
from gateway.domain.profiles import FeedKind

SIZE, LARGE = 100_000, 1_000_000
SMALLER = 10
GOAL = 1.5
GOAL_BYTES = 1500
GOAL_PER_OPERATOR = 1.2
FLOOR_ONCE = 2.2 / 100_000
"""Seconds an operator (performance.md)."""
TURNS_OF_A_MILLION = 2


def run(plan: Plan, folder: Path) -> list[Row]:
    """Measure CPU seconds a list, and the peak of memory that the same run takes."""
    size = plan.size(SIZE)
    _, received = prepare(folder, FeedKind.ASICE, size, seed=plan.seed)
    with (
        Worker("benchmarks.figures.ingest", str(folder), "with-verifying") as figure,
        Worker("benchmarks.floors.ingest_asice", str(folder)) as floor,
    ):
        row = row_of_turns(
            figure,
            floor,
            row_id="P4-asice",
            repeat=plan.repeat,
            goal=GOAL,
            n=size,
            seen_once=FLOOR_ONCE * size,
            raw={"bytes": received},
        )
        mine = figure.ask()["peak_bytes"] / size
        bare = floor.ask()["peak_bytes"] / size
    memory = Row(
        id="P4-memory",
        figure=mine,
        floor=bare,
        ratio=mine / bare,
        goal=GOAL_BYTES,
        at_least=False,
        bounds_figure=True,
        unit="B an operator",
        n=size,
    )
    return [row, memory]


def run_large(plan: Plan, folder: Path) -> list[Row]:
    """Measure CPU time an operator of a million beside that of a tenth of them."""
    size = plan.size(LARGE)
    large, usual = folder / "large", folder / "usual"
    for one, count in ((large, size), (usual, max(1, size // SMALLER))):
        one.mkdir()
        prepare(one, FeedKind.ASICE, count, seed=plan.seed)
    with (
        Worker("benchmarks.figures.ingest", str(large), "with-verifying") as figure,
        Worker("benchmarks.figures.ingest", str(usual), "with-verifying") as smaller,
    ):
        turns = min(plan.repeat, TURNS_OF_A_MILLION)
        pairs = [(figure.ask(), smaller.ask()) for _ in range(turns)]
    mine = [one["cpu_seconds"] / size * 1e6 for one, _ in pairs]
    bare = [one["cpu_seconds"] / max(1, size // SMALLER) * 1e6 for _, one in pairs]
    return [
        Row(
            id="P4-1M",
            figure=median(mine),
            floor=median(bare),
            ratio=median_ratio(mine, bare),
            goal=GOAL_PER_OPERATOR,
            at_least=False,
            unit="µs CPU",
            n=size,
            raw={
                "µs an operator": mine,
                f"µs an operator, 1/{SMALLER} of them": bare,
                "peak bytes an operator": [one["peak_bytes"] / size for one, _ in pairs],
            },
        )
    ]
