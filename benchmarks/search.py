"""Search: names with a typing error among 100,000 operators, against rapidfuzz over all names."""

from pathlib import Path
from random import Random
from statistics import median

from benchmarks.parts import write_parts
from benchmarks.plan import Plan
from benchmarks.processes import Worker
from benchmarks.rows import Row, median_ratio
from benchmarks.synthetic import make_operators

SIZE = 100_000
GOAL_MS = 50
QUERIES = 20
"""Of one turn."""


def run(plan: Plan, folder: Path) -> list[Row]:
    """Measure milliseconds of CPU a search: others may use the machine meanwhile."""
    size = plan.size(SIZE)
    operators = make_operators(size, seed=plan.seed)
    random = Random(plan.seed)  # noqa: S311 - repeatable on purpose, draws no secret
    chosen = random.choices(operators, k=plan.repeat * QUERIES)
    queries = [_with_error(one.operator.names[0].text, random) for one in chosen]
    file = folder / "operators.parts"
    write_parts(file, [one.canonical for one in operators])
    turns = [queries[start : start + QUERIES] for start in range(0, len(queries), QUERIES)]
    with (
        Worker("benchmarks.figures.search", str(file)) as figure,
        Worker("benchmarks.floors.search_names", str(file)) as floor,
    ):
        told = [(figure.ask(queries=turn), floor.ask(queries=turn)) for turn in turns]
    mine = [one["cpu_seconds"] * 1000 / QUERIES for one, _ in told]
    bare = [one["cpu_seconds"] * 1000 / QUERIES for _, one in told]
    return [
        Row(
            id="search",
            figure=median(mine),
            floor=median(bare),
            ratio=median_ratio(mine, bare),
            goal=GOAL_MS,
            at_least=False,
            bounds_figure=True,
            unit="ms CPU",
            n=size,
            raw={
                "figure ms": mine,
                "floor ms": bare,
                "memory MiB": told[-1][0]["memory_mib"],
                "found": sum(one["found"] for one, _ in told),
                "of": len(queries),
            },
        )
    ]


def _with_error(name: str, random: Random) -> str:
    at = random.randrange(1, len(name) - 1)
    return name[:at] + name[at + 1 :]
