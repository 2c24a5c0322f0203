"""The server for partners that exchange lists over gRPC (section 6)."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from hashlib import sha256

from gateway.domain.documents import SealedList, Unverified
from gateway.domain.errors import (
    GoneError,
    InvalidRequestError,
    NotFoundError,
    SchemaViolationError,
    TransportError,
)
from gateway.domain.field_rules import LARGEST_NUMBER
from gateway.domain.lists import Stream
from gateway.domain.parties import Caller
from gateway.domain.profiles import Limits
from gateway.entrypoints.calls_in_hand import CallsInHand
from gateway.entrypoints.desks import Clock, Identify, PartnerDesk
from gateway.entrypoints.rpc.guard import Guard
from gateway.entrypoints.rpc.server import RpcServer, ServerOptions
from gateway.exchange.grpc_feed.codec import stream_from_pb
from gateway.exchange.grpc_feed.received_parts import ReceivedParts
from gateway.pb.mra.exchange.v1 import exchange_pb2 as pb
from gateway.pb.mra.types.v1 import list_pb2
from gateway.ports.tls import ServerTls

SHARE = 4
"""One partner may hold a fourth of the threads: a head, a list each way and an answer at once."""
SERVICE = pb.DESCRIPTOR.services_by_name["ListExchange"]


def make_server(
    desk: PartnerDesk,
    identify: Identify,
    clock: Clock,
    *,
    tls: ServerTls,
    listen: str,
    limits: Limits = Limits(),  # noqa: B008 - a frozen value
    options: ServerOptions = ServerOptions(),  # noqa: B008 - a frozen value
) -> RpcServer:
    """Make the server, bound to its port and not yet started.

    `limits` are the widest of any partner: what a push may send before the profile's own limits
    are looked at.

    Raises:
        ConfigError: The address is taken or is none, or the TLS keys are refused.
    """
    calls = ExchangeCalls(desk, clock, limits)
    return RpcServer(
        listen=listen,
        tls=tls,
        service=SERVICE,
        handlers={
            "GetListHead": calls.get_list_head,
            "GetList": calls.get_list,
            "GetChanges": calls.get_changes,
            "SubmitList": calls.submit_list,
            "Acknowledge": calls.acknowledge,
        },
        ready=lambda: True,
        guard=Guard(
            identify=identify,
            longest_call=options.longest_call,
            # Two, because a call may still be ending here when its caller has heard and goes on.
            in_hand=CallsInHand(max(2, options.threads // SHARE)),
        ),
        options=options,
    )


class ExchangeCalls:
    """The handlers: between messages and the desk."""

    def __init__(self, desk: PartnerDesk, clock: Clock, limits: Limits) -> None:
        self._desk = desk
        self._clock = clock
        self._limits = limits

    def get_list_head(
        self, request: pb.GetListHeadRequest, caller: Caller | None
    ) -> pb.GetListHeadResponse:
        """Answer with the newest head and the acknowledgement that we hold (EXC-1)."""
        head, held = self._desk.head(
            known(caller),
            stream_of(request.stream),
            request.acknowledgement or None,
            now=self._clock(),
        )
        return pb.GetListHeadResponse(
            document=head or b"",
            acknowledgement=held or b"",
            none_issued=head is None,
        )

    def get_list(self, request: pb.GetListRequest, caller: Caller | None) -> Iterator[pb.ListPart]:
        """Stream the bytes of one list as they were signed (EXC-2, PUB-4)."""
        if not request.sequence:
            raise InvalidRequestError("sequence is missing", context={"field": "sequence"})
        stream = stream_of(request.stream)
        if request.sequence > LARGEST_NUMBER:
            raise NotFoundError(f"no sequence {request.sequence}")
        return _parts(
            self._desk.get_list(known(caller), stream, request.sequence, now=self._clock())
        )

    def get_changes(
        self, request: pb.GetChangesRequest, caller: Caller | None
    ) -> Iterator[pb.ListPart]:
        """Stream every list after one, or a FULL; go on where a connection broke (EXC-2)."""
        partner, stream = known(caller), stream_of(request.stream)
        if request.full and request.since:
            raise InvalidRequestError("full and since exclude each other")
        since = request.since
        if request.HasField("resume"):
            since = request.resume.sequence
            yield from self._rest(request.resume, partner, stream)
        for sequence in self._wanted(request, since, partner, stream):
            sealed = self._desk.get_list(partner, stream, sequence, now=self._clock())
            yield from _parts(sealed, sequence)

    def _rest(self, resume: pb.Resume, caller: Caller, stream: Stream) -> Iterator[pb.ListPart]:
        if not 1 <= resume.sequence <= LARGEST_NUMBER:
            raise NotFoundError(f"no sequence {resume.sequence}")
        sealed = self._desk.get_list(caller, stream, resume.sequence, now=self._clock())
        # EXC-2: chunks of another document would never make a list with those that came
        if sha256(sealed.document).digest() != resume.document_digest:
            message = f"list {resume.sequence} is not the one that was begun"
            raise GoneError(message, context={"sequence": str(resume.sequence)})
        for chunk in sealed.chunks[resume.chunks :]:
            yield pb.ListPart(chunk=chunk)

    def _wanted(
        self, request: pb.GetChangesRequest, since: int, caller: Caller, stream: Stream
    ) -> Sequence[int]:
        if not request.full:
            return self._desk.changes(caller, stream, since)
        is_under_way = request.HasField("resume")
        return () if is_under_way else (self._desk.full(caller, stream, now=self._clock()),)

    def submit_list(
        self, requests: Iterator[pb.SubmitListRequest], caller: Caller | None
    ) -> pb.SubmitListResponse:
        """Take in a pushed list and answer with our acknowledgement (EXC-3)."""
        partner = known(caller)
        first = next(requests, None)
        if first is None or first.WhichOneof("part") != "stream":
            raise InvalidRequestError("the first part does not name the stream")
        stream = stream_of(first.stream)
        document = self._receive(requests)
        now: datetime = self._clock()
        return pb.SubmitListResponse(
            acknowledgement=self._desk.submit(partner, stream, document, now=now)
        )

    def acknowledge(
        self, request: pb.AcknowledgeRequest, caller: Caller | None
    ) -> pb.AcknowledgeResponse:
        """Take in the caller's answer to one of our lists (EXC-4)."""
        if not request.document:
            raise InvalidRequestError("document is missing", context={"field": "document"})
        self._desk.acknowledge(
            known(caller), stream_of(request.stream), request.document, now=self._clock()
        )
        return pb.AcknowledgeResponse()

    def _receive(self, requests: Iterator[pb.SubmitListRequest]) -> Unverified:
        parts = ReceivedParts(limits=self._limits)
        try:
            for request in requests:
                parts.add(request.list if request.WhichOneof("part") == "list" else None)
            return parts.whole()
        except TransportError as error:
            raise InvalidRequestError(
                f"the parts do not make a list: {error.message}", context=error.context
            ) from error


def _parts(sealed: SealedList, sequence: int = 0) -> Iterator[pb.ListPart]:
    yield pb.ListPart(document=sealed.document, sequence=sequence)
    for chunk in sealed.chunks:
        yield pb.ListPart(chunk=chunk)


def stream_of(message: list_pb2.Stream) -> Stream:
    """Return the stream that a request names.

    Raises:
        InvalidRequestError: It is missing or malformed.
    """
    try:
        return stream_from_pb(message)
    except SchemaViolationError as error:
        raise InvalidRequestError(error.message, context=error.context) from error


def known(caller: Caller | None) -> Caller:
    """Return the caller that the permission table has asked for."""
    assert caller is not None  # noqa: S101 - the permission table asks for a purpose
    return caller
