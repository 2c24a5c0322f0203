"""Whatever frames a registered caller sends, the lookup server answers as declared and stays well.

With `ARGS=--hypothesis-profile=deep` a hundred thousand connections, and as many documents for each
decoder.
"""

import logging
import resource
from collections.abc import Callable, Iterator
from contextlib import suppress
from random import Random

import grpc
import pytest
from hypothesis import settings

from gateway.domain.errors import DocumentError
from gateway.domain.parties import Purpose
from gateway.entrypoints.rpc.lookup_server import make_server
from gateway.entrypoints.rpc.server import ServerOptions
from gateway.pb.mra.lookup.v1 import lookup_pb2 as pb
from gateway.pb.mra.lookup.v1.lookup_pb2_grpc import LookupStub
from gateway.ports.tls import ClientTls
from tests.fakes.desks import Doorkeeper, FakeLookupDesk, FakeRecord, make_clock
from tests.fakes.http2_frames import Drawn, converse, statuses
from tests.fakes.mutations import DEEP
from tests.fakes.registry_desks import no_registry_calls
from tests.fakes.rpc_calls import connected
from tests.fuzz.test_decoders import DECODERS

LOG = logging.getLogger(__name__)
SEED = 20_261_125
FEW, MANY = 400, 100_000
WARM = 200
ROOM = 24 * 1024**2
"""Bytes that a process may grow by, whatever the number of inputs: arenas and bounded caches."""
GENUINE = pb.LookupRequest(question=pb.Question(code="xa1"))
UNFORESEEN = grpc.StatusCode.UNKNOWN.value[0]
"""What the library answers when an error gets past everything."""


class Served:
    """A lookup server, and a caller whose calls are all in order."""

    def __init__(self, port: int, tls: ClientTls, channel: grpc.Channel) -> None:
        self.port, self.tls = port, tls
        self._stub = LookupStub(channel)

    def answers(self) -> bool:
        return self._stub.Lookup(GENUINE, timeout=20).answer.code == "xa1"


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    door = Doorkeeper()
    tls = door.client_tls("border", Purpose.LOOKUP)
    server = make_server(
        FakeLookupDesk(),
        door,
        make_clock(),
        no_registry_calls(),
        record=FakeRecord(),
        tls=door.server_tls(),
        listen="localhost:0",
        options=ServerOptions(threads=2),
    )
    server.start()
    with connected(server.port, tls) as channel:
        yield Served(server.port, tls, channel)
    server.stop(0)


@pytest.fixture
def unlogged() -> Iterator[None]:
    """Say nothing: the runner of the tests keeps whatever is logged until a test ends."""
    logging.disable(logging.ERROR)
    yield
    logging.disable(logging.NOTSET)


def contents() -> list[bytes]:
    drawn = Random(SEED)  # noqa: S311 - repeatable on purpose, draws no secret
    genuine = GENUINE.SerializeToString()
    return [genuine, b"", *(spoiled(drawn, genuine) for _ in range(30))]


def spoiled(drawn: Random, document: bytes) -> bytes:
    """Change some bytes, and sometimes the length."""
    changed = bytearray(document)
    for _ in range(drawn.randrange(1, 5)):
        place = drawn.randrange(len(changed) + 1)
        changed[place : place + drawn.randrange(3)] = drawn.randbytes(drawn.randrange(3))
    return bytes(
        changed[: drawn.randrange(len(changed) + 1)] if not drawn.randrange(5) else changed
    )


def grown_by(work: Callable[[int], object]) -> int:
    """Return the bytes by which the greatest size of this process rose after it was warm."""
    inputs = MANY if settings.get_current_profile_name() == DEEP else FEW
    for number in range(WARM):
        work(number)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for number in range(WARM, WARM + inputs):
        work(number)
    grown = 1024 * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
    LOG.critical("%d inputs, grown by %d bytes", inputs, grown)
    return grown


@pytest.mark.usefixtures("unlogged")
def test_any_frames_are_answered_as_declared_and_the_server_stays_as_small_as_it_was(
    served: Served,
) -> None:
    bodies = contents()
    seen: set[int] = set()

    def send(number: int) -> None:
        frames = converse(served.port, served.tls, Drawn(SEED + number, bodies).pieces())
        found = statuses(frames)
        seen.update(found)
        assert UNFORESEEN not in found, f"seed {SEED + number}"
        if not number % 50:
            assert served.answers(), f"seed {SEED + number}"

    assert grown_by(send) <= ROOM
    # The frames are no mere noise: some calls are answered, others refused in their own ways.
    assert seen >= {
        grpc.StatusCode.OK.value[0],
        grpc.StatusCode.UNIMPLEMENTED.value[0],
        grpc.StatusCode.INTERNAL.value[0],
    }


@pytest.mark.parametrize("number", range(len(DECODERS)), ids=[one.__name__ for one, _ in DECODERS])
def test_decoders_keep_nothing_of_what_they_refuse(number: int) -> None:
    decode, genuine = DECODERS[number]
    drawn = Random(SEED)  # noqa: S311 - repeatable on purpose, draws no secret

    def read(_: int) -> None:
        with suppress(DocumentError):
            decode(spoiled(drawn, genuine))

    assert grown_by(read) <= ROOM
