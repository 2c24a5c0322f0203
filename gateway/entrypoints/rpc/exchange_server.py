"""The server for partners that exchange lists over gRPC (section 6)."""

from collections.abc import Iterator
from datetime import datetime

from gateway.domain.documents import SealedList, Unverified
from gateway.domain.errors import (
    InvalidRequestError,
    NotFoundError,
    SchemaViolationError,
    TransportError,
)
from gateway.domain.field_rules import LARGEST_NUMBER
from gateway.domain.lists import Stream
from gateway.domain.parties import Caller
from gateway.domain.profiles import Limits
from gateway.entrypoints.desks import Clock, Identify, PartnerDesk
from gateway.entrypoints.rpc.guard import Guard
from gateway.entrypoints.rpc.server import RpcServer, ServerOptions
from gateway.exchange.grpc_feed.channel import ReceivedParts
from gateway.exchange.grpc_feed.codec import stream_from_pb
from gateway.pb.mra.exchange.v1 import exchange_pb2 as pb
from gateway.pb.mra.types.v1 import list_pb2
from gateway.ports.tls import ServerTls

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
            "SubmitList": calls.submit_list,
            "Acknowledge": calls.acknowledge,
        },
        ready=lambda: True,
        guard=Guard(identify=identify, longest_call=options.longest_call),
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
        sealed, held = self._desk.head(
            _known(caller),
            _stream(request.stream),
            request.acknowledgement or None,
            now=self._clock(),
        )
        return pb.GetListHeadResponse(
            document=sealed.head if sealed else b"",
            acknowledgement=held or b"",
            none_issued=sealed is None,
        )

    def get_list(self, request: pb.GetListRequest, caller: Caller | None) -> Iterator[pb.ListPart]:
        """Stream the bytes of one list as they were signed (EXC-2, PUB-4)."""
        if not request.sequence:
            raise InvalidRequestError("sequence is missing", context={"field": "sequence"})
        stream = _stream(request.stream)
        if request.sequence > LARGEST_NUMBER:
            raise NotFoundError(f"no sequence {request.sequence}")
        sealed = self._desk.get_list(_known(caller), stream, request.sequence, now=self._clock())
        return _parts(sealed)

    def submit_list(
        self, requests: Iterator[pb.SubmitListRequest], caller: Caller | None
    ) -> pb.SubmitListResponse:
        """Take in a pushed list and answer with our acknowledgement (EXC-3)."""
        known = _known(caller)
        first = next(requests, None)
        if first is None or first.WhichOneof("part") != "stream":
            raise InvalidRequestError("the first part does not name the stream")
        stream = _stream(first.stream)
        document = self._receive(requests)
        now: datetime = self._clock()
        return pb.SubmitListResponse(
            acknowledgement=self._desk.submit(known, stream, document, now=now)
        )

    def acknowledge(
        self, request: pb.AcknowledgeRequest, caller: Caller | None
    ) -> pb.AcknowledgeResponse:
        """Take in the caller's answer to one of our lists (EXC-4)."""
        if not request.document:
            raise InvalidRequestError("document is missing", context={"field": "document"})
        self._desk.acknowledge(
            _known(caller), _stream(request.stream), request.document, now=self._clock()
        )
        return pb.AcknowledgeResponse()

    def _receive(self, requests: Iterator[pb.SubmitListRequest]) -> Unverified:
        parts = ReceivedParts(limits=self._limits)
        try:
            for request in requests:
                parts.add(request.list if request.WhichOneof("part") == "list" else None)
            return parts.whole()
        except TransportError as error:
            raise InvalidRequestError("the parts do not make a list") from error


def _parts(sealed: SealedList) -> Iterator[pb.ListPart]:
    yield pb.ListPart(document=sealed.document)
    for chunk in sealed.chunks:
        yield pb.ListPart(chunk=chunk)


def _stream(message: list_pb2.Stream) -> Stream:
    try:
        return stream_from_pb(message)
    except SchemaViolationError as error:
        raise InvalidRequestError(error.message, context=error.context) from error


def _known(caller: Caller | None) -> Caller:
    assert caller is not None  # noqa: S101 - the permission table asks for a purpose
    return caller
