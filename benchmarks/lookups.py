"""What the rows about lookups share: an index, two servers, a load generator, turns."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

import grpc

from benchmarks.administration import Administration, accept, found, free_addresses, issue
from benchmarks.load_generator import write_messages
from benchmarks.processes import Server, Worker
from benchmarks.synthetic import make_operators
from gateway.config.settings import load_settings
from gateway.domain.lists import ListedOperator, ListHeader
from gateway.domain.profiles import FeedKind
from gateway.pb.mra.lookup.v1 import lookup_pb2, lookup_pb2_grpc

STREAMS = 16
LOOKUP = "/mra.lookup.v1.Lookup/Lookup"
BATCH_LOOKUP = "/mra.lookup.v1.Lookup/BatchLookup"
ASKED = 20_000
"""Different codes that are asked about, in turn and at random places of the list."""


@dataclass(frozen=True, kw_only=True)
class World:
    """Home with one accepted list."""

    administration: Administration
    operators: list[ListedOperator]
    header: ListHeader


def make_world(folder: Path, size: int, *, seed: int) -> World:
    """Make home, and let it accept a list of the partner."""
    administration = found(folder, FeedKind.GRPC)
    operators = make_operators(size, seed=seed)
    feed = administration.partner_feed(FeedKind.GRPC)
    header, sealed = issue(feed, administration.profile(), operators, None)
    accept(administration, sealed)
    return World(administration=administration, operators=operators, header=header)


def codes_of(world: World, *, seed: int) -> list[str]:
    """Draw codes to ask about, all of them listed."""
    random = Random(seed)  # noqa: S311 - repeatable on purpose, draws no secret
    return [listed.operator.id for listed in random.choices(world.operators, k=ASKED)]


def questions(codes: list[str]) -> list[bytes]:
    """Return a serialised LookupRequest about each code."""
    return [
        lookup_pb2.LookupRequest(question=lookup_pb2.Question(code=code)).SerializeToString()
        for code in codes
    ]


@contextmanager
def exchange_server(administration: Administration) -> Iterator[None]:
    """Run the gateway's own exchange process."""
    with Server(
        administration.exchange_address(),
        "gateway",
        *("serve", "--role", "exchange", "--config", str(administration.settings)),
        log=administration.folder / "exchange.log",
    ):
        yield


@contextmanager
def lookup_server(administration: Administration, *, http: bool = False) -> Iterator[Server]:
    """Run the gateway's own lookup process; it is reached over gRPC, or over HTTP."""
    with Server(
        administration.lookup_https_address() if http else administration.lookup_address(),
        "gateway",
        *("serve", "--role", "lookup", "--config", str(administration.settings)),
        log=administration.folder / "lookup.log",
    ) as server:
        yield server


@contextmanager
def floor_server(
    administration: Administration, answer: bytes, *, any_client: bool = False
) -> Iterator[Server]:
    """Run the floor's server with the same certificate and the same authorities."""
    file = administration.folder / "answer.bin"
    file.write_bytes(answer)
    (address,) = free_addresses(1)
    with Server(
        address,
        "benchmarks.floors.lookup_server",
        *("--listen", address, "--answer", str(file)),
        *("--certificate", str(administration.pem("tls"))),
        *("--key", str(administration.pem("tls").with_suffix(".key"))),
        *("--authorities", str(administration.pem("ca"))),
        *("--threads", str(load_settings(administration.settings, {}).lookup.threads)),
        *(("--any-client",) if any_client else ()),
        log=administration.folder / "floor.log",
    ) as server:
        yield server


def ask_once(administration: Administration, code: str, *, brief: bool = False) -> bytes:
    """Ask the gateway about one code and return its answer as a serialised LookupResponse."""
    caller = administration.caller
    credentials = grpc.ssl_channel_credentials(
        administration.pem("ca").read_bytes(),
        caller.with_suffix(".key").read_bytes(),
        caller.read_bytes(),
    )
    with grpc.secure_channel(administration.lookup_address(), credentials) as channel:
        stub = lookup_pb2_grpc.LookupStub(channel)
        question = lookup_pb2.Question(code=code)
        request = lookup_pb2.BatchLookupRequest(
            questions=[lookup_pb2.BatchQuestion(question=question)], brief=brief
        )
        (one,) = stub.BatchLookup(request, timeout=30, wait_for_ready=True).answers
    assert one.answer.verdict == lookup_pb2.VERDICT_GRANT  # noqa: S101 - else the row would lie
    return lookup_pb2.LookupResponse(answer=one.answer).SerializeToString()


@contextmanager
def load_on(
    administration: Administration,
    path: str,
    messages: list[bytes],
    targets: dict[str, Server],
    *,
    http: bool = False,
) -> Iterator[Worker]:
    """Run the load generator, connected to every target as the registered border system."""
    file = administration.folder / "messages.bin"
    write_messages(file, messages)
    with Worker(
        "benchmarks.load_generator",
        *(f"--target={name}={server.address}" for name, server in targets.items()),
        *("--path", path, "--messages", str(file), "--streams", str(STREAMS)),
        *(("--http",) if http else ()),
        *("--authorities", str(administration.pem("ca"))),
        *("--certificate", str(administration.caller)),
        *("--key", str(administration.caller.with_suffix(".key"))),
    ) as load:
        yield load


@dataclass(kw_only=True)
class Turns:
    """What single turns on one server gave."""

    rates: list[float]
    p99: list[float]
    generator_shares: list[float]
    server_us: list[float]
    """CPU microseconds of the server per call."""


def take_turns(
    load: Worker, servers: dict[str, Server], *, repeat: int, seconds: float
) -> dict[str, Turns]:
    """Let the servers take turns, so that both see the same weather on a shared machine."""
    turns = {name: Turns(rates=[], p99=[], generator_shares=[], server_us=[]) for name in servers}
    for name in servers:
        load.ask(target=name, seconds=min(0.3, seconds))  # warm
    for _ in range(repeat):
        for name, server in servers.items():
            before = server.cpu_seconds()
            told = load.ask(target=name, seconds=seconds)
            used = server.cpu_seconds() - before
            turns[name].rates.append(told["rate"])
            turns[name].p99.append(told["latencies"][1])
            turns[name].generator_shares.append(told["cpu_share"])
            turns[name].server_us.append(1e6 * used / (told["rate"] * told["wall"]))
    return turns


def raw_of(turns: dict[str, Turns]) -> dict[str, object]:
    """Return all turns, by name."""
    return {
        f"{name} {what}": values
        for name, each in turns.items()
        for what, values in (
            ("calls/s", each.rates),
            ("p99 ms", [1000 * one for one in each.p99]),
            ("server CPU us/call", each.server_us),
            ("generator CPU share", each.generator_shares),
        )
    }
