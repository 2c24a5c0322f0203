"""P6: the 99th percentile of lookups while the exchange process applies a list, against idle."""

import time
from pathlib import Path
from statistics import median

from msgspec.structs import replace

from benchmarks.administration import Administration, issue
from benchmarks.lookups import (
    LOOKUP,
    codes_of,
    exchange_server,
    load_on,
    lookup_server,
    make_world,
    questions,
)
from benchmarks.plan import Plan
from benchmarks.processes import Worker
from benchmarks.rows import Row, median_ratio
from benchmarks.synthetic import change_some
from gateway.domain.documents import SealedList
from gateway.domain.profiles import Endpoint, FeedKind
from gateway.exchange.grpc_feed.channel import GrpcChannel
from gateway.ports.tls import ClientTls

SIZE = 100_000
GOAL = 2.0
TURNS = 3
"""Times as many as of other rows: of the 400 lookups of one turn, four make its percentile."""
RATE = 250.0
"""Lookups a second, sent at fixed moments: far below what the server can do."""
AFTER = 1.0
"""Seconds after the answer in which the lookup takes the new list over."""


def run(plan: Plan, folder: Path) -> list[Row]:
    """Measure both percentiles in turn."""
    size = plan.size(SIZE)
    world = make_world(folder, size, seed=plan.seed)
    home = world.administration
    messages = questions(codes_of(world, seed=plan.seed))
    feed, profile = home.partner_feed(FeedKind.GRPC), home.profile()
    header, operators = world.header, world.operators
    idle, busy, applying, counts = [], [], [], []
    with (
        lookup_server(home) as lookup,
        exchange_server(home),
        load_on(home, LOOKUP, messages, {"lookup": lookup}) as load,
    ):
        length = 0.0
        for turn in range(TURNS * plan.repeat + 1):
            operators = change_some(operators, seed=plan.seed + turn)
            header, sealed = issue(feed, profile, operators, header)
            if not turn:
                length = submit(home, sealed)  # warm, and how long one takes
                continue
            calm = load.ask(target="lookup", seconds=plan.seconds, rate=RATE)
            load.tell(target="lookup", seconds=length + 2 * AFTER, rate=RATE, each=True)
            begin = time.perf_counter()
            length = submit(home, sealed)
            applying.append(length)
            calls = _during(load, begin, begin + length + AFTER)
            counts.append(len(calls))
            busy.append(_p99(calls))
            idle.append(calm["latencies"][1])
    return [
        Row(
            id="P6",
            figure=1000 * median(busy),
            floor=1000 * median(idle),
            ratio=median_ratio(busy, idle),
            goal=GOAL,
            at_least=False,
            unit="ms",
            n=size,
            raw={
                "p99 ms idle": [1000 * one for one in idle],
                "p99 ms while applied": [1000 * one for one in busy],
                "lookups while applied": counts,
                "seconds to apply": applying,
                "lookups/s sent": RATE,
            },
        )
    ]


def submit(home: Administration, sealed: SealedList) -> float:
    """Push a list as the partner does; return the seconds until its acknowledgement."""
    keys = home.partner_keys
    tls = ClientTls(
        certificate=(keys / "tls.pem").read_bytes(),
        key=(keys / "tls.key").read_bytes(),
        authorities=home.pem("ca").read_bytes(),
    )
    endpoint = Endpoint(address=home.exchange_address(), server_authorities=())
    profile = home.profile()
    channel = GrpcChannel(replace(profile, endpoint=endpoint), tls)
    try:
        begin = time.perf_counter()
        channel.submit_list(profile.receives, sealed)
        return time.perf_counter() - begin
    finally:
        channel.close()


def _during(load: Worker, begin: float, end: float) -> list[float]:
    return [length for start, length in load.heard()["calls"] if begin <= start <= end]


def _p99(lengths: list[float]) -> float:
    return sorted(lengths)[int(len(lengths) * 0.99)]
