"""P1: unary lookups over gRPC, 16 at a time, against a handler that returns fixed bytes."""

import re
import shutil
import subprocess
from pathlib import Path
from statistics import median

from benchmarks.lookups import (
    LOOKUP,
    STREAMS,
    World,
    ask_once,
    codes_of,
    floor_server,
    load_on,
    lookup_server,
    make_world,
    questions,
    raw_of,
    take_turns,
)
from benchmarks.plan import Plan
from benchmarks.processes import Server, Worker
from benchmarks.rows import Row, median_ratio, warnings_of

SIZE = 100_000
GOAL = 0.80
P99_GOAL = 1.5
FLOOR_ONCE, P99_ONCE = 8_400.0, 3.3
"""Calls a second over TLS, and milliseconds (performance.md)."""
BUSY = 0.9
"""CPU share of the generator from which it may itself be what limits."""


def run(plan: Plan, folder: Path) -> list[Row]:
    """Measure rate and 99th percentile."""
    size = plan.size(SIZE)
    world = make_world(folder, size, seed=plan.seed)
    home = world.administration
    codes = codes_of(world, seed=plan.seed)
    messages = questions(codes)
    with lookup_server(home) as figure:
        answer = ask_once(home, codes[0])
        with floor_server(home, answer) as floor:
            servers = {"figure": figure, "floor": floor}
            with load_on(home, LOOKUP, messages, servers) as load:
                turns = take_turns(load, servers, repeat=plan.repeat, seconds=plan.seconds)
    raw = raw_of(turns) | {"answer bytes": len(answer)} | _check_generator(world, answer, plan)
    mine, bare = turns["figure"], turns["floor"]
    rate, p99 = median(bare.rates), 1000 * median(bare.p99)
    busiest = max(bare.generator_shares)
    busy = (f"the load generator used {busiest:.2f} of a core",) if busiest > BUSY else ()
    return [
        Row(
            id="P1",
            figure=median(mine.rates),
            floor=rate,
            ratio=median_ratio(mine.rates, bare.rates),
            goal=GOAL,
            at_least=True,
            unit="calls/s",
            n=size,
            raw=raw,
            warnings=(*warnings_of("calls/s", rate, FLOOR_ONCE, rate=True), *busy),
        ),
        Row(
            id="P1-p99",
            figure=1000 * median(mine.p99),
            floor=p99,
            ratio=median_ratio(mine.p99, bare.p99),
            goal=P99_GOAL,
            at_least=False,
            unit="ms",
            n=size,
            warnings=warnings_of("ms", p99, P99_ONCE),
        ),
    ]


def _check_generator(world: World, answer: bytes, plan: Plan) -> dict[str, object]:
    """Load one floor with our generator and with h2load, which is written in C.

    h2load cannot show a client certificate, so this floor asks for none; the frames are the same.
    """
    if shutil.which("h2load") is None:
        return {"h2load": "not installed"}
    if plan.seconds < 1:
        return {"h2load": "counts whole seconds; these turns are shorter"}
    home = world.administration
    (message,) = questions([world.operators[0].operator.id])
    with (
        floor_server(home, answer, any_client=True) as floor,
        load_on(home, LOOKUP, [message], {"floor": floor}) as ours,
    ):
        rates = [_both(ours, floor, home.folder / "one.bin", message, plan) for _ in range(3)]
    return {
        "same floor without client certificates, our generator calls/s": [one for one, _ in rates],
        "same floor without client certificates, h2load calls/s": [two for _, two in rates],
    }


def _both(
    ours: Worker, floor: Server, file: Path, message: bytes, plan: Plan
) -> tuple[float, float]:
    seconds = round(plan.seconds)
    rate = ours.ask(target="floor", seconds=seconds)["rate"]
    file.write_bytes(b"\x00" + len(message).to_bytes(4, "big") + message)
    said = subprocess.run(
        [
            *("h2load", f"-D{seconds}", f"-c{STREAMS}", "-m1", "-t1", f"-d{file}"),
            *("-H", "content-type: application/grpc", "-H", "te: trailers"),
            f"https://{floor.address}{LOOKUP}",
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=seconds + 30,
    ).stdout
    finished = re.search(r"finished in [^,]+, ([0-9.]+) req/s", said)
    return rate, float(finished[1]) if finished else 0.0
