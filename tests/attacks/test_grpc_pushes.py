"""Attacks by a partner, or somebody like it, that pushes over gRPC (EXC-3, issue 6)."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from ssl import PEM_cert_to_DER_cert
from threading import Event

import grpc
import pytest
from google.rpc.error_details_pb2 import ErrorInfo
from msgspec.structs import replace

from gateway.domain.errors import NotPermittedError
from gateway.domain.lists import Stream
from gateway.domain.parties import Caller, Purpose
from gateway.domain.profiles import FeedKind, Limits
from gateway.domain.transport_faults import TransportFault
from gateway.entrypoints.rpc.exchange_server import make_server
from gateway.entrypoints.rpc.server import RpcServer, ServerOptions
from gateway.exchange.grpc_feed.channel import GrpcChannel
from gateway.exchange.grpc_feed.codec import stream_to_pb
from gateway.pb.mra.exchange.v1 import exchange_pb2 as pb
from gateway.pb.mra.types.v1.envelope_pb2 import Envelope
from gateway.ports.tls import ClientTls
from gateway.trust.pki import make_client
from tests.fakes.besieged import Besieged
from tests.fakes.besieged_ways import next_sealed, reaching, require_shut
from tests.fakes.partner_tls import client_tls, leaf, server_tls
from tests.fakes.rpc_calls import OPTIONS, details_of

KIND = FeedKind.GRPC

PATIENCE = 10.0
LONGEST_CALL = 1.5
METHOD = "/mra.exchange.v1.ListExchange/SubmitList"
UNKNOWN_FIELD = b"\xfa\x3f\x01x"


class Gate:
    """Home's server, the partner's good list 3, and connections to it."""

    def __init__(self, ground: Besieged, folder: Path) -> None:
        self.ground, self.folder = ground, folder
        self.sealed = next_sealed(ground)
        self.stream = ground.profile.receives
        registered = {
            _fingerprint(ground.partner.keys.folder / "tls.pem"): (Purpose.EXCHANGE, "XB"),
            _fingerprint(self._client("border")): (Purpose.LOOKUP, None),
            _fingerprint(self._client("other")): (Purpose.EXCHANGE, "XC"),
        }

        def identify(der: bytes) -> Caller:
            found = registered.get(sha256(der).hexdigest())
            if found is None:
                raise NotPermittedError("unknown certificate")
            return Caller(
                name="caller",
                fingerprint=sha256(der).hexdigest(),
                purposes=(found[0],),
                partner=found[1],
                added_at=ground.clock.now,
            )

        self.server: RpcServer = make_server(
            ground.desk,
            identify,
            lambda: ground.clock.now,
            tls=server_tls(ground.keys.folder / "tls.pem", ground.partner.keys.folder / "ca.pem"),
            listen="localhost:0",
            limits=Limits(max_body_bytes=1024**2),
            options=ServerOptions(threads=2, longest_call=LONGEST_CALL),
        )
        self.server.start()

    def _client(self, name: str) -> Path:
        authority = self.ground.partner.keys.folder
        return make_client(self.folder, name, authority=authority, now=self.ground.clock.now)

    def tls(self, name: str | None = None) -> ClientTls:
        """Return what the partner shows, or somebody else under its CA."""
        shown = self.folder / f"{name}.pem" if name else self.ground.partner.keys.folder / "tls.pem"
        return client_tls(shown, self.ground.keys.folder / "ca.pem")

    def ask(
        self,
        requests: Iterable[bytes],
        tls: ClientTls | None = None,
        *,
        compression: grpc.Compression = grpc.Compression.NoCompression,
    ) -> str:
        """Push bytes; return reason and fault of the refusal, or the status where it has none."""
        tls = tls or self.tls()
        credentials = grpc.ssl_channel_credentials(tls.authorities, tls.key, tls.certificate)
        options = (*OPTIONS, ("grpc.max_send_message_length", -1))
        with grpc.secure_channel(f"localhost:{self.server.port}", credentials, options) as channel:
            call = submitting(channel)
            status, _, details = details_of(
                lambda: call(iter(requests), timeout=PATIENCE, compression=compression)
            )
        info = details.get(ErrorInfo)
        if info is None:
            return status.name
        return " ".join([info.reason, info.metadata["fault"]]).strip()

    def parts(self, stream: Stream | None = None) -> list[bytes]:
        """Return the good push as it travels."""
        return [named(stream or self.stream), document(self.sealed.document),
                *(chunk(one) for one in self.sealed.chunks)]  # fmt: skip

    def push(self) -> None:
        """Push the good list as the partner does."""
        profile = reaching(self.ground, f"localhost:{self.server.port}")
        channel = GrpcChannel(profile, self.tls())
        channel.submit_list(self.stream, self.sealed)
        channel.close()


def _fingerprint(path: Path) -> str:
    return sha256(PEM_cert_to_DER_cert(leaf(path))).hexdigest()


def submitting(channel: grpc.Channel) -> "grpc.StreamUnaryMultiCallable[bytes, bytes]":
    """Return the call for pushes, in raw bytes."""
    return channel.stream_unary(METHOD, bytes, bytes)


def named(stream: Stream) -> bytes:
    return pb.SubmitListRequest(stream=stream_to_pb(stream)).SerializeToString()


def document(content: bytes) -> bytes:
    return pb.SubmitListRequest(list=pb.ListPart(document=content)).SerializeToString()


def chunk(content: bytes) -> bytes:
    return pb.SubmitListRequest(list=pb.ListPart(chunk=content)).SerializeToString()


@pytest.fixture
def gate(ground: Besieged, tmp_path: Path) -> Iterator[Gate]:
    made = Gate(ground, tmp_path)
    yield made
    made.server.stop(0)


Make = Callable[[Gate], Iterable[bytes]]
INVALID, LARGE, UNTRUE = "REQUEST_INVALID", "TOO_LARGE", "SIGNATURE_INVALID"
NONE = "NOT_WELL_FORMED"
EMPTY = f"{INVALID} {TransportFault.EMPTY}"
ORDER = f"{INVALID} {TransportFault.OUT_OF_ORDER}"


def _without_end(gate: Gate) -> Iterator[bytes]:
    yield from gate.parts()[:2]
    while True:
        yield chunk(b"x" * 60_000)


def _flipped(content: bytes) -> bytes:
    return content[:-1] + bytes([content[-1] ^ 1])


def _signed_otherwise(gate: Gate) -> bytes:
    """One bit of what is signed."""
    envelope = Envelope.FromString(gate.sealed.document)
    envelope.payload = _flipped(envelope.payload)
    return envelope.SerializeToString()


PUSHES: Mapping[str, tuple[Make, str]] = {
    "nothing": (lambda _: [], INVALID),
    "the stream alone": (lambda it: it.parts()[:1], EMPTY),
    "the stream twice": (lambda it: [it.parts()[0], *it.parts()], EMPTY),
    "no stream": (lambda it: it.parts()[1:], INVALID),
    "the stream behind the list": (lambda it: [*it.parts()[1:], it.parts()[0]], INVALID),
    "a chunk before the document": (
        lambda it: [it.parts()[0], it.parts()[2], it.parts()[1]],
        ORDER,
    ),
    "the document twice": (lambda it: [*it.parts()[:2], *it.parts()[1:]], ORDER),
    "a part of no kind": (lambda it: [*it.parts()[:2], b"", it.parts()[2]], EMPTY),
    "an empty part": (lambda it: [*it.parts()[:2], chunk(b""), it.parts()[2]], EMPTY),
    "a part that is none": (lambda it: [*it.parts()[:2], b"\xff\xff"], "INTERNAL"),
    "an unknown field alone": (lambda it: [*it.parts()[:2], UNKNOWN_FIELD], EMPTY),
    "a page of HTML": (lambda it: [it.parts()[0], b"<!doctype html>"], "INTERNAL"),
    "a document of HTML": (lambda it: [it.parts()[0], document(b"<html></html>")], NONE),
    "a chunk too much": (lambda it: [*it.parts(), chunk(b"x")], UNTRUE),
    "a chunk repeated": (lambda it: [*it.parts(), it.parts()[2]], UNTRUE),
    "a chunk missing": (lambda it: it.parts()[:2], UNTRUE),
    "one bit of a chunk": (
        lambda it: [*it.parts()[:2], chunk(_flipped(it.sealed.chunks[0]))],
        UNTRUE,
    ),
    "one bit of the document": (
        lambda it: [it.parts()[0], document(_signed_otherwise(it)), it.parts()[2]],
        UNTRUE,
    ),
    "a document that is cut off": (
        lambda it: [it.parts()[0], document(it.sealed.document[:-9]), it.parts()[2]],
        NONE,
    ),
    "chunks without end": (_without_end, LARGE),
    "a list over the limit": (
        lambda it: [*it.parts()[:2], chunk(b"x" * 1_200_000)],
        LARGE,
    ),
    "a message over the limit": (
        lambda it: [*it.parts()[:2], chunk(b"x" * 5 * 1024**2)],
        "RESOURCE_EXHAUSTED",
    ),
}


@pytest.mark.parametrize(("make", "code"), PUSHES.values(), ids=PUSHES)
def test_a_hostile_push_is_refused_and_the_good_one_taken(
    gate: Gate, make: Make, code: str
) -> None:
    require_shut(gate, lambda: gate.ask(make(gate)), code)


STREAMS: Mapping[str, Callable[[Stream], Stream]] = {
    "another agreement": lambda it: _with(it, agreement="XA-XC"),
    "another issuer": lambda it: _with(it, issuer="XC"),
    "another recipient": lambda it: _with(it, recipient="XC"),
    "the test stream": lambda it: _with(it, test=True),
    "another epoch": lambda it: _with(it, epoch=2),
    "the way back": lambda it: _with(it, issuer=it.recipient, recipient=it.issuer),
}


def _with(stream: Stream, **changes: object) -> Stream:

    return replace(stream, **changes)


@pytest.mark.parametrize("change", STREAMS.values(), ids=STREAMS)
def test_a_push_for_another_stream_finds_none(
    gate: Gate, change: Callable[[Stream], Stream]
) -> None:
    require_shut(gate, lambda: gate.ask(gate.parts(change(gate.stream))), "NOT_FOUND")


@pytest.mark.parametrize("compression", [grpc.Compression.Gzip, grpc.Compression.Deflate])
def test_a_compressed_bomb_is_refused_by_what_it_unpacks_to(
    gate: Gate, compression: grpc.Compression
) -> None:
    bomb = [*gate.parts()[:2], chunk(b"\0" * 60 * 1024**2)]
    require_shut(gate, lambda: gate.ask(bomb, compression=compression), "RESOURCE_EXHAUSTED")


def test_a_push_that_stalls_gives_its_thread_back(gate: Gate) -> None:
    over = Event()

    def stalling() -> Iterator[bytes]:
        yield from gate.parts()[:2]
        over.wait(PATIENCE)

    require_shut(gate, lambda: gate.ask(stalling()), "CANCELLED")
    over.set()


def test_a_push_byte_by_byte_is_not_waited_for(gate: Gate) -> None:
    over = Event()

    def slow() -> Iterator[bytes]:
        yield from gate.parts()[:2]
        for byte in gate.sealed.chunks[0]:
            if over.wait(0.1):
                return
            yield chunk(bytes([byte]))

    require_shut(gate, lambda: gate.ask(slow()), "CANCELLED")
    over.set()


def test_a_push_that_is_given_up_is_no_push(gate: Gate) -> None:
    over = Event()

    def given_up() -> str:
        tls = gate.tls()
        credentials = grpc.ssl_channel_credentials(tls.authorities, tls.key, tls.certificate)
        channel = grpc.secure_channel(f"localhost:{gate.server.port}", credentials, OPTIONS)

        def halting() -> Iterator[bytes]:
            yield from gate.parts()
            over.wait(PATIENCE)

        call = submitting(channel).future(halting())
        time.sleep(0.3)
        call.cancel()  # type: ignore[no-untyped-call]  # of the library
        channel.close()
        over.set()
        return "given up"

    require_shut(gate, given_up, "given up")


@pytest.mark.parametrize(
    ("name", "code"),
    [("border", "NOT_PERMITTED"), ("stranger", "NOT_PERMITTED"), ("other", "NOT_FOUND")],
)
def test_somebody_else_under_the_partners_ca_pushes_nothing(
    gate: Gate, name: str, code: str
) -> None:
    if name == "stranger":
        gate._client(name)
    require_shut(gate, lambda: gate.ask(gate.parts(), gate.tls(name)), code)


def test_a_certificate_of_another_authority_opens_no_connection(gate: Gate) -> None:
    tls = client_tls(gate.ground.stranger.folder / "tls.pem", gate.ground.keys.folder / "ca.pem")
    require_shut(gate, lambda: gate.ask(gate.parts(), tls), "UNAVAILABLE")
