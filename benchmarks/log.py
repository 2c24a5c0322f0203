"""LOG: decisions written to the decision log in batches, beside the same rows written bare."""

import json
from hashlib import sha256
from pathlib import Path
from statistics import median

from benchmarks.plan import Plan
from benchmarks.processes import Worker
from benchmarks.rows import Row, median_ratio
from benchmarks.synthetic import make_operators

SIZE = 20_000
"""Decisions of one turn."""
A_SECOND = 5_000
"""As many as one lookup process gives: so many references begin alike."""
GOAL = 2.0


def run(plan: Plan, folder: Path) -> list[Row]:
    """Measure microseconds of CPU a decision; the log grows from turn to turn, as logs do."""
    size = plan.size(SIZE)
    codes = [one.operator.id for one in make_operators(min(size, 1000), seed=plan.seed)]
    for turn in range(plan.repeat):
        rows = [_row(number, codes) for number in range(turn * size, (turn + 1) * size)]
        (folder / f"{turn}.json").write_text(json.dumps(rows), "ascii")
    with (
        Worker("benchmarks.figures.log", str(folder)) as figure,
        Worker("benchmarks.floors.log_rows", str(folder)) as floor,
    ):
        told = [(figure.ask(turn=turn), floor.ask(turn=turn)) for turn in range(plan.repeat)]
    mine = [1e6 * one["cpu_seconds"] / size for one, _ in told]
    bare = [1e6 * one["cpu_seconds"] / size for _, one in told]
    return [
        Row(
            id="LOG",
            figure=median(mine),
            floor=median(bare),
            ratio=median_ratio(mine, bare),
            goal=GOAL,
            at_least=False,
            unit="µs CPU",
            n=size,
            raw={"figure µs a decision": mine, "floor µs a decision": bare},
        )
    ]


def _row(number: int, codes: list[str]) -> list[str]:
    """Return a decision in the order of the log's columns, as long as real ones are."""
    digest = sha256(b"%d" % number).hexdigest()
    second, code = f"{1_800_000_000 + number // A_SECOND:08x}", codes[number % len(codes)]
    reference = f"{second}-{digest[:6]}-{digest[6:12]}-{digest[12:18]}-{digest[18:24]}"
    return [reference, "border", f'{{"code":"{code}"}}', code, digest, f"{second}-{'a' * 16}"]
