"""FLOOD: lookups, and the lists of another partner, while one partner floods the exchange."""

import json
import time
from pathlib import Path
from statistics import median

from benchmarks.administration import HOME, Administration, befriend, issue
from benchmarks.lookups import (
    LOOKUP,
    codes_of,
    exchange_server,
    load_on,
    lookup_server,
    make_world,
    questions,
)
from benchmarks.p6_lookup_beside_list import submit
from benchmarks.plan import Plan
from benchmarks.processes import Worker
from benchmarks.rows import Row, median_ratio
from gateway.domain.documents import SealedList
from gateway.domain.profiles import FeedKind

SIZE = 20_000
GOAL = 2.0
FLOODING = "XC"
RATE = 250.0
"""Lookups a second, sent at fixed moments: far below what the server can do."""
PAUSE = 0.05
"""Seconds between two lists of the other partner."""


def run(plan: Plan, folder: Path) -> list[Row]:
    """Measure in turn with and without the flood."""
    size = plan.size(SIZE)
    world = make_world(folder, size, seed=plan.seed)
    home = world.administration
    keys = befriend(home, FLOODING, FeedKind.GRPC)
    messages = questions(codes_of(world, seed=plan.seed))
    # A list that home has already: read, hashed, found and answered, each time the same work.
    feed, profile = home.partner_feed(FeedKind.GRPC), home.profile()
    _, known = issue(feed, profile, world.operators[: size // 2], world.header)
    seen: dict[str, list[tuple[float, float]]] = {"calm": [], "flood": []}
    answers: list[object] = []
    with (
        lookup_server(home) as lookup,
        exchange_server(home),
        load_on(home, LOOKUP, messages, {"lookup": lookup}) as load,
        Worker(
            "benchmarks.flooding",
            *("--address", home.exchange_address(), "--keys", str(keys)),
            *("--authorities", str(home.pem("ca")), "--stream", _stream()),
        ) as flood,
    ):
        submit(home, known)
        for _ in range(plan.repeat):
            seen["calm"].append(_turn(home, known, load, plan.seconds))
            flood.tell(seconds=plan.seconds + 1)
            # Connections come up.
            time.sleep(min(0.5, plan.seconds))
            seen["flood"].append(_turn(home, known, load, plan.seconds))
            answers.append(flood.heard()["answers"])
    return [
        Row(
            id=f"FLOOD-{name}",
            figure=1000 * median(one[place] for one in seen["flood"]),
            floor=1000 * median(one[place] for one in seen["calm"]),
            ratio=median_ratio(
                [one[place] for one in seen["flood"]], [one[place] for one in seen["calm"]]
            ),
            goal=GOAL,
            at_least=False,
            unit="ms",
            n=size,
            raw={f"ms {when}": [1000 * one[place] for one in turns] for when, turns in seen.items()}
            | {"answers to the flood": answers},
        )
        for place, name in enumerate(("lookup", "sync"))
    ]


def _turn(
    home: Administration, known: SealedList, load: Worker, seconds: float
) -> tuple[float, float]:
    """Return the 99th percentile of lookups, and the median of the other partner's lists."""
    load.tell(target="lookup", seconds=seconds, rate=RATE)
    lengths = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        lengths.append(submit(home, known))
        time.sleep(PAUSE)
    return load.heard()["latencies"][1], median(lengths)


def _stream() -> str:
    return json.dumps(
        {
            "agreement": f"{HOME}-{FLOODING}",
            "issuer": FLOODING,
            "recipient": HOME,
            "epoch": 1,
        }
    )
