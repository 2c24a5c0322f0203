"""The index of a lookup process: its memory, its start, how it follows a list that moves; P2-1M.

One preparation for all: a million operators take longer to make than to load.
"""

import subprocess
import sys
import time
from pathlib import Path
from statistics import mean, median

from benchmarks import p2_batch_lookup
from benchmarks.administration import accept, issue_delta
from benchmarks.lookups import World, ask_once, codes_of, lookup_server, make_world
from benchmarks.plan import Plan
from benchmarks.processes import ROOT, Worker
from benchmarks.rows import Row, median_ratio
from benchmarks.synthetic import change_some
from gateway.domain.profiles import FeedKind

SIZE = 1_000_000
CHANGES = 100
STARTS = 3
BYTES_GOAL = 450
START_GOAL = 5.0
REFRESH_GOAL_MS = 50
STALL_GOAL_MS = 10
"""What a lookup may wait: less than two switches of the interpreter between threads."""


def run(plan: Plan, folder: Path) -> list[Row]:
    """Measure bytes an operator, seconds to the first answer, and milliseconds of a refresh."""
    world = make_world(folder, plan.size(SIZE), seed=plan.seed)
    starts = [_start(world) for _ in range(min(plan.repeat, STARTS))]
    batches = p2_batch_lookup.measure("P2-1M", plan, world)
    codes = folder / "codes.txt"
    codes.write_text("\n".join(codes_of(world, seed=plan.seed)), "ascii")
    told = []
    with Worker("benchmarks.figures.index", str(folder), str(codes)) as figure:
        figure.ask()  # nothing moved: what comes up once does so now
        for number in range(plan.repeat):
            world = _moved(world, number, plan)
            told.append(figure.ask())
    return [
        _bytes_row(world, told[0]["resident_bytes"]),
        _start_row(world, starts),
        *_moves(world, told),
        batches,
    ]


def _start(world: World) -> tuple[float, float, float]:
    """Start the lookup until its first answer; read the list with nothing else."""
    home = world.administration
    begin = time.perf_counter()
    with lookup_server(home) as server:
        ask_once(home, world.operators[0].operator.id)
        ready, used = time.perf_counter() - begin, server.cpu_seconds()
    begin = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "benchmarks.floors.read_list", str(home.folder / "mra.db")],
        cwd=ROOT,
        check=True,
    )
    return ready, used, time.perf_counter() - begin


def _moved(world: World, number: int, plan: Plan) -> World:
    """Let home accept a DELTA."""
    home, size = world.administration, len(world.operators)
    # Of a small registry so few that nobody holds them (ACC-12).
    share = min(CHANGES, max(1, size // 100)) / size
    operators = change_some(world.operators, seed=plan.seed + number, share=share)
    feed, profile = home.partner_feed(FeedKind.GRPC), home.profile()
    before = (world.header, world.operators)
    header, sealed = issue_delta(feed, profile, operators, before)
    accept(home, sealed)
    return World(administration=home, operators=operators, header=header)


def _bytes_row(world: World, resident: int) -> Row:
    size = len(world.operators)
    bare = mean(len(listed.canonical) for listed in world.operators)
    return Row(
        id="INDEX-bytes",
        figure=resident / size,
        floor=bare,
        ratio=resident / size / bare,
        goal=BYTES_GOAL,
        at_least=False,
        bounds_figure=True,
        unit="B",
        n=size,
        raw={"resident MB": resident / 1e6},
    )


def _start_row(world: World, starts: list[tuple[float, float, float]]) -> Row:
    ready, used, bare = (list(each) for each in zip(*starts, strict=True))
    return Row(
        id="INDEX-start",
        figure=median(ready),
        floor=median(bare),
        ratio=median_ratio(ready, bare),
        goal=START_GOAL,
        at_least=False,
        bounds_figure=True,
        unit="s",
        n=len(world.operators),
        raw={
            "seconds to the first answer": ready,
            "of these CPU seconds": used,
            "floor, seconds": bare,
        },
    )


def _moves(world: World, told: list[dict[str, float]]) -> list[Row]:
    refresh = [1000 * one["seconds"] for one in told]
    longest = [1000 * one["longest"] for one in told]
    calm = [1000 * one["longest_calm"] for one in told]
    rows: tuple[tuple[str, float, float, dict[str, object]], ...] = (
        ("INDEX-refresh", median(refresh), REFRESH_GOAL_MS, {"ms": refresh}),
        (
            "INDEX-stall",
            median(longest),
            STALL_GOAL_MS,
            {"ms": longest, "ms, nothing moving": calm},
        ),
    )
    return [
        Row(
            id=row_id,
            figure=figure,
            floor=median(calm),
            ratio=figure / median(calm),
            goal=goal,
            at_least=False,
            bounds_figure=True,
            unit="ms",
            n=len(world.operators),
            raw=raw,
        )
        for row_id, figure, goal, raw in rows
    ]
