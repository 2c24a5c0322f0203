"""P2: lookups in batches of 100, brief, against a handler that builds 100 messages."""

from pathlib import Path
from statistics import median

from benchmarks.lookups import (
    BATCH_LOOKUP,
    World,
    ask_once,
    codes_of,
    floor_server,
    load_on,
    lookup_server,
    make_world,
    raw_of,
    take_turns,
)
from benchmarks.plan import Plan
from benchmarks.rows import Row, median_ratio, warnings_of
from gateway.pb.mra.lookup.v1 import lookup_pb2

SIZE = 100_000
BATCH = 100
GOAL = 0.6
FLOOR_ONCE = 200_000.0


def run(plan: Plan, folder: Path) -> list[Row]:
    """Measure ids a second."""
    return [measure("P2", plan, make_world(folder, plan.size(SIZE), seed=plan.seed))]


def measure(row_id: str, plan: Plan, world: World) -> Row:
    """Measure them out of an index that is there."""
    home = world.administration
    codes = codes_of(world, seed=plan.seed)
    messages = [
        _request(codes[start : start + BATCH]) for start in range(0, len(codes) - BATCH + 1, BATCH)
    ]
    with lookup_server(home) as figure:
        answer = ask_once(home, codes[0], brief=True)
        with floor_server(home, answer) as floor:
            servers = {"figure": figure, "floor": floor}
            with load_on(home, BATCH_LOOKUP, messages, servers) as load:
                turns = take_turns(load, servers, repeat=plan.repeat, seconds=plan.seconds)
    mine, bare = turns["figure"], turns["floor"]
    floor_rate = BATCH * median(bare.rates)
    return Row(
        id=row_id,
        figure=BATCH * median(mine.rates),
        floor=floor_rate,
        ratio=median_ratio(mine.rates, bare.rates),
        goal=GOAL,
        at_least=True,
        unit="ids/s",
        n=len(world.operators),
        raw=raw_of(turns) | {"brief answer bytes": len(answer)},
        warnings=warnings_of("ids/s", floor_rate, FLOOR_ONCE, rate=True),
    )


def _request(codes: list[str]) -> bytes:
    return lookup_pb2.BatchLookupRequest(
        questions=[
            lookup_pb2.BatchQuestion(key=str(number), question=lookup_pb2.Question(code=code))
            for number, code in enumerate(codes)
        ],
        brief=True,
    ).SerializeToString()
