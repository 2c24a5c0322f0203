"""P8: a DELTA of 100 operators on a registry of a million; P5-1M: a FULL of them beside 100,000.

One preparation for both: a million operators take longer to make than to take in.
"""

from pathlib import Path
from statistics import median

from benchmarks.ingests import prepare, prepare_deltas
from benchmarks.plan import Plan
from benchmarks.processes import Worker
from benchmarks.rows import Row, median_ratio
from gateway.domain.profiles import FeedKind

SIZE = 1_000_000
SMALLER = 10
"""Times: what a list of the usual size takes an operator is the measure of a large one."""
CHANGES = 100
GOAL_MS = 50
GOAL_PER_OPERATOR = 1.2
TURNS_OF_A_MILLION = 2


def run(plan: Plan, folder: Path) -> list[Row]:
    """Measure milliseconds by the wall for the DELTA, CPU seconds for the FULL."""
    size = plan.size(SIZE)
    large, usual = folder / "large", folder / "usual"
    for one, count in ((large, size), (usual, max(1, size // SMALLER))):
        one.mkdir()
        prepare(one, FeedKind.GRPC, count, seed=plan.seed)
    with (
        Worker("benchmarks.figures.ingest", str(large), "verified") as figure,
        Worker("benchmarks.figures.ingest", str(usual), "verified") as smaller,
    ):
        turns = min(plan.repeat, TURNS_OF_A_MILLION)
        pairs = [(figure.ask()["cpu_seconds"], smaller.ask()["cpu_seconds"]) for _ in range(turns)]
    # Of a small registry so few that nobody holds them (ACC-12).
    changes = min(CHANGES, max(1, size // 100))
    prepare_deltas(large, size, changes=changes, count=plan.repeat + 1, seed=plan.seed)
    with (
        Worker("benchmarks.figures.deltas", str(large)) as figure,
        Worker("benchmarks.floors.write_rows", str(large), str(changes)) as floor,
    ):
        # A gateway that runs has prepared its statements: the first DELTA does that.
        first = figure.ask()["seconds"] * 1000
        told = [(figure.ask(), floor.ask()) for _ in range(plan.repeat)]
    return [
        _full_row(pairs, size),
        _delta_row(
            [mine["seconds"] * 1000 for mine, _ in told],
            [bare["seconds"] * 1000 for _, bare in told],
            size,
            {"changed": told[0][0]["changed"], "first of the process ms": first},
        ),
    ]


def _full_row(pairs: list[tuple[float, float]], size: int) -> Row:
    large = [mine / size * 1e6 for mine, _ in pairs]
    usual = [smaller / max(1, size // SMALLER) * 1e6 for _, smaller in pairs]
    return Row(
        id="P5-1M",
        figure=median(large),
        floor=median(usual),
        ratio=median_ratio(large, usual),
        goal=GOAL_PER_OPERATOR,
        at_least=False,
        unit="µs CPU",
        n=size,
        raw={"µs an operator": large, f"µs an operator, 1/{SMALLER} of them": usual},
    )


def _delta_row(figures: list[float], floors: list[float], size: int, raw: dict[str, object]) -> Row:
    return Row(
        id="P8",
        figure=median(figures),
        floor=median(floors),
        ratio=median_ratio(figures, floors),
        goal=GOAL_MS,
        at_least=False,
        bounds_figure=True,
        unit="ms",
        n=size,
        raw={"figure wall ms": figures, "floor wall ms": floors, **raw},
    )
