"""Attacks on the way over gRPC: a list comes whole or not at all (issue 6)."""

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import grpc
import pytest
from msgspec.structs import replace

from gateway.domain.agreements import Review
from gateway.domain.profiles import FeedKind, PartnerProfile
from gateway.domain.transport_faults import TransportFault
from gateway.exchange.grpc_feed.channel import GrpcChannel
from gateway.pb.mra.exchange.v1 import exchange_pb2 as pb
from gateway.ports.tls import ServerTls
from tests.fakes.besieged import Besieged
from tests.fakes.besieged_ways import (
    PATIENCE,
    failed,
    fetch,
    home_tls,
    next_sealed,
    other_pki,
    partner_tls,
    reaching,
    require_repelled_on_the_way,
)
from tests.fakes.cutting_proxy import CuttingProxy
from tests.fakes.hostile_answers import HTML, http, typed
from tests.fakes.hostile_grpc import HostileGrpc, Refused, head, part, parts
from tests.fakes.partner_simulator import make_operator
from tests.fakes.partner_tls import server_tls
from tests.fakes.raw_https import Answer, RawHttps, dripping, endless, reset_after
from tests.fakes.silent_partners import silent_listener

KIND = FeedKind.GRPC

LARGE, UNTRUE = "TOO_LARGE", "SIGNATURE_INVALID"
TIMEOUT, STATUS, EMPTY = TransportFault.TIMEOUT, TransportFault.STATUS, TransportFault.EMPTY
ORDER, MALFORMED = TransportFault.OUT_OF_ORDER, TransportFault.MALFORMED
UNTRUSTED, NO_ANSWER = TransportFault.UNTRUSTED, TransportFault.NO_ANSWER
TRUNCATED, UNREACHABLE = TransportFault.TRUNCATED, TransportFault.UNREACHABLE
Told = str | TransportFault
QUICK = timedelta(seconds=1)
MANY = 2_100
"""Operators: three chunks."""
UNKNOWN_FIELD = b"\xfa\x3f\x01x"
"""Field 1023 of a message, with one byte."""


class Way:
    """The partner's good list 3 in several chunks, and servers that spoil it."""

    def __init__(self, ground: Besieged) -> None:
        self.ground = ground
        self.closing: list[Callable[[], None]] = []
        sealed = next_sealed(ground)
        self.document, self.chunks = sealed.document, sealed.chunks
        self.good = parts(self.document, self.chunks)

    def serve(
        self,
        *,
        says: bytes | Exception | None = None,
        changes: Callable[[int], Sequence[bytes] | Iterator[bytes]] | None = None,
        tls: ServerTls | None = None,
        compression: grpc.Compression = grpc.Compression.NoCompression,
        pause: float = 0.0,
    ) -> HostileGrpc:
        server = HostileGrpc(
            tls or partner_tls(self.ground),
            head=head(self.document) if says is None else says,
            changes=changes or (lambda _: self.good),
            compression=compression,
            pause=pause,
        )
        self.closing.append(server.close)
        return server

    def reached(self, port: int, patience: timedelta) -> tuple[PartnerProfile, GrpcChannel]:
        profile = reaching(self.ground, f"localhost:{port}", patience=patience)
        return profile, GrpcChannel(profile, home_tls(self.ground))

    def repel(
        self,
        port: int,
        *told: Told,
        patience: timedelta = PATIENCE,
    ) -> None:
        """Fetch from there, and then from a sound server."""
        sound = self.reached(self.serve().port, PATIENCE)
        require_repelled_on_the_way(self.ground, self.reached(port, patience), sound, told)


@pytest.fixture
def way(ground: Besieged) -> Iterator[Way]:
    made = Way(ground)
    yield made
    for close in made.closing:
        close()


@pytest.fixture
def large(ground: Besieged) -> Iterator[Way]:
    """A list of several chunks, by an agreement in which so many new operators are welcome."""
    agreement = replace(ground.profile.agreement, review=Review(mass_change_floor=10 * MANY))
    ground.profile = replace(ground.profile, agreement=agreement)
    now = ground.clock.now
    operators = ground.operators
    ground.operators = [make_operator(f"XB{number:06}", on=now) for number in range(1, MANY)]
    made = Way(ground)
    yield made
    for close in made.closing:
        close()
    ground.operators = operators


HEADS: dict[str, tuple[bytes | Exception, Told]] = {
    "no byte": (b"", EMPTY),
    "a page of HTML": (HTML, MALFORMED),
    "nothing issued, with a document": (
        pb.GetListHeadResponse(document=b"x", none_issued=True).SerializeToString(),
        EMPTY,
    ),
    "an unknown field alone": (UNKNOWN_FIELD, EMPTY),
    "a document that is none": (head(b"\xff\xff"), "NOT_WELL_FORMED"),
    "a document of HTML": (head(HTML), "NOT_WELL_FORMED"),
    "an XML head": (head(b"<?xml version='1.0'?><Head/>"), "NOT_WELL_FORMED"),
    "a message over the limit": (head(b"x" * 5 * 1024**2), LARGE),
    "a document over the limit": (head(b"x" * 1_200_000), LARGE),
    "unavailable": (Refused(grpc.StatusCode.UNAVAILABLE), NO_ANSWER),
    "a defect of theirs": (Refused(grpc.StatusCode.UNKNOWN), STATUS),
    "a status without sense": (Refused(grpc.StatusCode.DATA_LOSS, "\x1b[31m" * 100), STATUS),
    "no such stream": (Refused(grpc.StatusCode.NOT_FOUND), "NOT_FOUND"),
    "not for us": (Refused(grpc.StatusCode.PERMISSION_DENIED), "NOT_PERMITTED"),
}


@pytest.mark.parametrize(("says", "told"), HEADS.values(), ids=HEADS)
def test_the_head_does_not_come(way: Way, says: bytes | Exception, told: Told) -> None:
    way.repel(way.serve(says=says).port, told)


def test_a_head_with_an_unknown_field_of_the_call_is_a_head(way: Way) -> None:
    """A later release may say more on the way; what is signed is the same (EXC-1)."""
    server = way.serve(says=head(way.document) + UNKNOWN_FIELD)
    assert fetch(way.ground, *way.reached(server.port, PATIENCE)) == "applied"


Change = Callable[[Way], Sequence[bytes]]


def _flipped(chunk: bytes) -> bytes:
    return chunk[:-1] + bytes([chunk[-1] ^ 1])


CHANGES: dict[str, tuple[Change, Told]] = {
    "a part of no kind": (lambda way: [*way.good[:1], b"", *way.good[1:]], EMPTY),
    "a part that is none": (lambda way: [way.good[0], b"\xff\xff", *way.good[1:]], MALFORMED),
    "an unknown field alone": (lambda way: [way.good[0], UNKNOWN_FIELD], EMPTY),
    "HTML in the place of a part": (lambda way: [way.good[0], HTML], MALFORMED),
    "an empty chunk": (
        lambda way: [way.good[0], pb.ListPart(chunk=b"").SerializeToString()],
        EMPTY,
    ),
    "a chunk before the document": (lambda way: [way.good[1], way.good[0]], EMPTY),
    "chunks without a document": (lambda way: way.good[1:], EMPTY),
    "the document twice": (lambda way: [way.good[0], way.good[0], *way.good[1:]], ORDER),
    "the list twice": (lambda way: [*way.good, *way.good], ORDER),
    "no sequence": (lambda way: parts(way.document, way.chunks, 0), ORDER),
    "the sequence of a list that we have": (lambda way: parts(way.document, way.chunks, 2), ORDER),
    "a message over the limit": (lambda way: [way.good[0], part(chunk=b"x" * 5 * 1024**2)], LARGE),
    "a chunk too much": (lambda way: [*way.good, part(chunk=b"x")], UNTRUE),
    "one bit": (lambda way: [way.good[0], part(chunk=_flipped(way.chunks[0]))], UNTRUE),
    "a chunk cut in half": (
        lambda way: [way.good[0], part(chunk=way.chunks[0][: len(way.chunks[0]) // 2])],
        UNTRUE,
    ),
    "a chunk in two": (
        lambda way: [way.good[0], part(chunk=way.chunks[0][:50]), part(chunk=way.chunks[0][50:])],
        UNTRUE,
    ),
    "zeros for a chunk": (lambda way: [way.good[0], part(chunk=b"\0" * 100)], UNTRUE),
    "a document that is cut off": (
        lambda way: parts(way.document[:-9], way.chunks),
        "NOT_WELL_FORMED",
    ),
    "a document of HTML": (lambda way: parts(HTML, way.chunks), "NOT_WELL_FORMED"),
}


@pytest.mark.parametrize(("change", "told"), CHANGES.values(), ids=CHANGES)
def test_the_list_does_not_come(way: Way, change: Change, told: Told) -> None:
    hostile = change(way)
    way.repel(way.serve(changes=lambda _: hostile).port, told)


SEVERAL: dict[str, Change] = {
    "chunks reordered": lambda way: [way.good[0], *way.good[:0:-1]],
    "a chunk repeated": lambda way: [*way.good[:2], *way.good[1:]],
    "a chunk repeated in the place of another": lambda way: [
        *way.good[:2], way.good[1], *way.good[3:]
    ],
    "a chunk missing in the middle": lambda way: [*way.good[:2], *way.good[3:]],
    "the last chunk missing": lambda way: way.good[:-1],
    "the first chunk missing": lambda way: [way.good[0], *way.good[2:]],
    "all chunks in one": lambda way: [way.good[0], part(chunk=b"".join(way.chunks))],
    "chunks of another list in between": lambda way: [
        *way.good[:2], part(chunk=way.chunks[0] + way.chunks[1]), *way.good[2:]
    ],
}  # fmt: skip


@pytest.mark.parametrize("change", SEVERAL.values(), ids=SEVERAL)
def test_chunks_that_are_not_those_of_the_signed_header(large: Way, change: Change) -> None:
    assert len(large.chunks) == 3
    hostile = change(large)
    large.repel(large.serve(changes=lambda _: hostile).port, UNTRUE)


def test_no_chunks_at_all(large: Way) -> None:
    large.repel(large.serve(changes=lambda _: large.good[:1]).port, UNTRUE)


def test_chunks_without_end_are_read_to_the_limit(way: Way) -> None:
    def without_end(_: int) -> Iterator[bytes]:
        yield way.good[0]
        while True:
            yield part(chunk=b"x" * 60_000)

    way.repel(way.serve(changes=without_end).port, LARGE)


def test_lists_without_end_stop_at_the_first_that_is_none(way: Way) -> None:
    def without_end(_: int) -> Iterator[bytes]:
        for number in range(3, 1_000_000):
            yield from parts(way.document + b"\0", way.chunks, number)

    way.repel(way.serve(changes=without_end).port, "NOT_WELL_FORMED")


def test_small_chunks_without_end_stop_at_the_limit(way: Way) -> None:
    def without_end(_: int) -> Iterator[bytes]:
        yield way.good[0]
        while True:
            yield part(chunk=b"x" * 1_000)

    way.repel(way.serve(changes=without_end).port, LARGE)


@pytest.mark.parametrize("compression", [grpc.Compression.Gzip, grpc.Compression.Deflate])
def test_a_compressed_bomb_is_refused_by_what_it_unpacks_to(
    way: Way, compression: grpc.Compression
) -> None:
    bomb = part(chunk=b"\0" * 60 * 1024**2)
    server = way.serve(changes=lambda _: [way.good[0], bomb], compression=compression)
    way.repel(server.port, LARGE)


def test_a_compressed_bomb_in_the_place_of_the_head(way: Way) -> None:
    bomb = head(b"\0" * 60 * 1024**2)
    way.repel(way.serve(says=bomb, compression=grpc.Compression.Gzip).port, LARGE)


def test_a_partner_that_breaks_off_each_time_is_given_up(way: Way) -> None:
    def broken(_: int) -> Iterator[bytes]:
        yield way.good[0]
        raise Refused(grpc.StatusCode.UNAVAILABLE)

    server = way.serve(changes=broken)
    way.repel(server.port, ORDER)
    assert server.asked <= 9


def test_a_partner_that_goes_on_elsewhere_makes_no_list(large: Way) -> None:
    """Asked for the rest, it sends the chunk again that came already."""

    def repeating(number: int) -> Iterator[bytes]:
        yield from large.good[:2] if number == 0 else large.good[1:]
        if number == 0:
            raise Refused(grpc.StatusCode.UNAVAILABLE)

    large.repel(large.serve(changes=repeating).port, UNTRUE)


def test_a_slow_partner_ends_at_the_deadline(way: Way) -> None:
    def slow(number: int) -> Iterator[bytes]:
        yield from way.good[:1] if number == 0 else ()
        for byte in way.chunks[0][:3]:
            time.sleep(1.2)
            yield part(chunk=bytes([byte]))

    began = time.monotonic()
    way.repel(way.serve(changes=slow).port, TIMEOUT, patience=QUICK)
    assert time.monotonic() - began < 15


def test_a_silent_head_ends_at_the_deadline(way: Way) -> None:
    way.repel(way.serve(pause=2.5).port, TIMEOUT, patience=QUICK)


def test_a_partner_that_never_says_a_word_ends_at_the_deadline(way: Way) -> None:
    with silent_listener() as address:
        way.repel(int(address.rpartition(":")[2]), TIMEOUT, patience=QUICK)


CUTS: dict[int, tuple[TransportFault, ...]] = {
    0: (UNREACHABLE,),
    500: (UNREACHABLE,),
    3_000: (UNREACHABLE,),
    # A cut takes with it what still lies on the way.
    6_000: (NO_ANSWER, TRUNCATED),
    9_000: (TRUNCATED, NO_ANSWER),
}
"""By the bytes of each connection: in the handshake, before the answer, and within it."""


@pytest.mark.parametrize(("after", "faults"), CUTS.items(), ids=map(str, CUTS))
def test_a_link_that_is_cut_brings_no_part_of_a_list(
    large: Way, after: int, faults: tuple[TransportFault, ...]
) -> None:
    def once(number: int) -> Iterator[bytes]:
        if number:
            raise Refused(grpc.StatusCode.UNAVAILABLE)
        yield from large.good

    proxy = CuttingProxy(large.serve(changes=once).port, *[after] * 12)
    large.closing.append(proxy.close)
    large.repel(proxy.port, *faults, patience=timedelta(seconds=2))


RAW: dict[str, tuple[Answer, tuple[TransportFault, ...]]] = {
    "an HTML page with status 200": (http("200 OK", typed("text/html"), HTML), (UNREACHABLE,)),
    "no byte": (b"", (UNREACHABLE,)),
    "another protocol": (b"220 mail.invalid ESMTP\r\n", (UNREACHABLE,)),
    "frames of HTTP 2 that are none": (
        b"\0\0\x12\x04\0\0\0\0\0" + b"\xff" * 18,
        (NO_ANSWER,),
    ),
    "a frame without end": (
        endless(b"\0\0\0\x04\0\0\0\0\0", b"\xff\xff\xff\x00\0\0\0\0\1" * 999),
        # Both ends say that it is over, and gRPC tells of whichever is first.
        (NO_ANSWER, STATUS),
    ),
    "a reset before anything": (reset_after(b""), (UNREACHABLE,)),
    "a reset after the settings": (reset_after(b"\0\0\0\x04\0\0\0\0\0"), (NO_ANSWER,)),
    "one byte at a time": (dripping(b"\0\0\0\x04\0\0\0\0\0" * 99, 0.05), (TIMEOUT,)),
}


@pytest.mark.parametrize(("answer", "faults"), RAW.values(), ids=RAW)
def test_what_is_no_grpc_brings_nothing(
    way: Way, answer: Answer, faults: tuple[TransportFault, ...]
) -> None:
    server = RawHttps(partner_tls(way.ground), answer, speaks="h2")
    way.closing.append(server.close)
    way.repel(server.port, *faults, patience=QUICK)


def test_a_server_of_a_strange_authority_gets_nothing(way: Way, tmp_path: Path) -> None:
    server = way.serve(tls=server_tls(other_pki(tmp_path) / "tls.pem"))
    way.repel(server.port, UNTRUSTED, patience=QUICK)
    assert server.asked == 0


def test_a_server_with_the_partners_key_for_lists_gets_nothing(way: Way) -> None:
    server = way.serve(tls=server_tls(way.ground.partner.keys.folder / "lists.pem"))
    way.repel(server.port, UNTRUSTED, patience=QUICK)
    assert server.asked == 0


@pytest.mark.parametrize(
    ("host", "ago"), [("elsewhere.invalid", 0), ("localhost", 60)], ids=["other name", "expired"]
)
def test_a_server_with_a_wrong_certificate_gets_nothing(
    way: Way, tmp_path: Path, host: str, ago: int
) -> None:
    folder = other_pki(tmp_path, host, ago=ago)
    server = way.serve(tls=server_tls(folder / "tls.pem"))
    profile = reaching(way.ground, f"localhost:{server.port}", patience=QUICK)
    rows = way.ground.deciding_rows()
    channel = GrpcChannel(profile, home_tls(way.ground, folder / "ca.pem"))
    assert fetch(way.ground, profile, channel) == failed(UNTRUSTED)
    assert server.asked == 0
    assert way.ground.deciding_rows() == rows
