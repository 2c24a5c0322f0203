"""P3: lookups over HTTP, 16 at a time, against a bare Litestar handler that returns fixed bytes."""

import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPSConnection
from pathlib import Path
from statistics import median

from benchmarks.administration import Administration, free_addresses
from benchmarks.load_generator import tls_context
from benchmarks.lookups import codes_of, load_on, lookup_server, make_world, raw_of, take_turns
from benchmarks.plan import Plan
from benchmarks.processes import Server
from benchmarks.rows import Row, median_ratio, warnings_of

SIZE = 100_000
GOAL = 0.70
FLOOR_ONCE = 22_000.0
"""Calls a second without TLS (performance.md)."""
DECISIONS = "/lookup/v1/decisions"
BUSY = 0.9
"""CPU share of the generator from which it may itself be what limits."""


def run(plan: Plan, folder: Path) -> list[Row]:
    """Measure rate, and CPU time a call."""
    size = plan.size(SIZE)
    world = make_world(folder, size, seed=plan.seed)
    home = world.administration
    codes = codes_of(world, seed=plan.seed)
    messages = [json.dumps({"code": code}).encode() for code in codes]
    with lookup_server(home, http=True) as figure:
        answer = ask_once(home, messages[0])
        with floor_server(home, answer) as floor:
            servers = {"figure": figure, "floor": floor}
            with load_on(home, DECISIONS, messages, servers, http=True) as load:
                turns = take_turns(load, servers, repeat=plan.repeat, seconds=plan.seconds)
    mine, bare = turns["figure"], turns["floor"]
    rate = median(bare.rates)
    busiest = max(bare.generator_shares)
    busy = (f"the load generator used {busiest:.2f} of a core",) if busiest > BUSY else ()
    cpu = median_ratio(bare.server_us, mine.server_us)
    return [
        Row(
            id="P3",
            figure=median(mine.rates),
            floor=rate,
            ratio=median_ratio(mine.rates, bare.rates),
            goal=GOAL,
            at_least=True,
            unit="calls/s",
            n=size,
            raw=raw_of(turns) | {"answer bytes": len(answer), "floor / figure by CPU": cpu},
            warnings=(*warnings_of("calls/s", rate, FLOOR_ONCE, rate=True), *busy),
        )
    ]


@contextmanager
def floor_server(administration: Administration, answer: bytes) -> Iterator[Server]:
    """Run the floor's server with the same certificate and the same authorities."""
    file = administration.folder / "answer.json"
    file.write_bytes(answer)
    (address,) = free_addresses(1)
    with Server(
        address,
        "benchmarks.floors.http_server",
        *("--listen", address, "--answer", str(file), "--path", DECISIONS),
        *("--certificate", str(administration.pem("tls"))),
        *("--key", str(administration.pem("tls").with_suffix(".key"))),
        *("--authorities", str(administration.pem("ca"))),
        log=administration.folder / "floor.log",
    ) as server:
        yield server


def ask_once(administration: Administration, question: bytes) -> bytes:
    """Ask the gateway once and return its answer."""
    caller = administration.caller
    context: ssl.SSLContext = tls_context(
        administration.pem("ca"), caller, caller.with_suffix(".key"), "http/1.1"
    )
    host, _, port = administration.lookup_https_address().rpartition(":")
    connection = HTTPSConnection(host, int(port), context=context, timeout=30)
    try:
        connection.request(
            "POST", DECISIONS, question, headers={"content-type": "application/json"}
        )
        answer = connection.getresponse().read()
    finally:
        connection.close()
    assert json.loads(answer)["verdict"] == "GRANT"  # noqa: S101 - else the row would lie
    return answer
