"""The way to one partner over gRPC (`ports.feed.Channel`).

Every call has a total deadline. Nothing that is missing is read as empty: the Python library can
return `None` for a frame that it could not read (SYN-7).
"""

from collections.abc import Iterator

import grpc
from msgspec import Struct

from gateway.domain.documents import SealedList, Unverified
from gateway.domain.errors import ConfigError, TooLargeError, TransportError
from gateway.domain.lists import Stream
from gateway.domain.profiles import Limits, PartnerProfile
from gateway.exchange.grpc_feed.codec import stream_to_pb
from gateway.exchange.grpc_feed.refusals import error_from_rpc
from gateway.pb.mra.exchange.v1 import exchange_pb2 as pb
from gateway.pb.mra.exchange.v1.exchange_pb2_grpc import ListExchangeStub
from gateway.ports.tls import ClientTls

MAX_MESSAGE_BYTES = 4 * 1024**2


class GrpcChannel:
    """Reaches one partner; made for one run, or kept for several.

    Raises:
        ConfigError: The profile has no endpoint.
    """

    def __init__(self, profile: PartnerProfile, tls: ClientTls) -> None:
        if profile.endpoint is None:
            raise ConfigError(f"the profile of {profile.partner} has no endpoint")
        self._limits = profile.limits
        self._timeout = profile.limits.fetch_timeout.total_seconds()
        self._channel = grpc.secure_channel(
            profile.endpoint.address,
            grpc.ssl_channel_credentials(tls.authorities, tls.key, tls.certificate),
            options=_OPTIONS,
        )
        self._stub = ListExchangeStub(self._channel)

    def fetch_head(self, stream: Stream, acknowledgement: bytes | None) -> Unverified | None:
        """Return the signed head of the partner's newest list; none if none is issued (EXC-1)."""
        request = pb.GetListHeadRequest(
            stream=stream_to_pb(stream), acknowledgement=acknowledgement or b""
        )
        try:
            answer = self._stub.GetListHead(request, timeout=self._timeout)
        except grpc.RpcError as error:
            raise error_from_rpc(error, "GetListHead") from error
        # SYN-7: the library returns nothing for a frame that it could not read
        if answer is None:
            raise _nothing("GetListHead")
        # SYN-7: that nothing is issued is said in words, not by silence
        if answer.none_issued is bool(answer.document):
            raise _nothing("GetListHead")
        return Unverified(document=answer.document) if answer.document else None

    def fetch_list(self, stream: Stream, sequence: int) -> Unverified:
        """Return one list, whole (EXC-2)."""
        request = pb.GetListRequest(stream=stream_to_pb(stream), sequence=sequence)
        parts = ReceivedParts(limits=self._limits)
        try:
            for part in self._stub.GetList(request, timeout=self._timeout):
                parts.add(part)
        except grpc.RpcError as error:
            raise error_from_rpc(error, "GetList") from error
        return parts.whole()

    def submit_list(self, stream: Stream, sealed: SealedList) -> bytes:
        """Push a list; return the partner's sealed acknowledgement (EXC-3)."""
        try:
            answer = self._stub.SubmitList(_submission(stream, sealed), timeout=self._timeout)
        except grpc.RpcError as error:
            raise error_from_rpc(error, "SubmitList") from error
        # SYN-7: the library returns nothing for a frame that it could not read
        if answer is None:
            raise _nothing("SubmitList")
        # SYN-7: a list without an acknowledgement is a list that may not have arrived
        if not answer.acknowledgement:
            raise _nothing("SubmitList")
        return answer.acknowledgement

    def deliver_acknowledgement(self, stream: Stream, document: bytes) -> None:
        """Hand over our signed answer; returns when the partner has it (EXC-4)."""
        request = pb.AcknowledgeRequest(stream=stream_to_pb(stream), document=document)
        try:
            answer = self._stub.Acknowledge(request, timeout=self._timeout)
        except grpc.RpcError as error:
            raise error_from_rpc(error, "Acknowledge") from error
        # SYN-7: nothing is no receipt
        if answer is None:
            raise _nothing("Acknowledge")

    def close(self) -> None:
        """Give back connections. May be called twice."""
        self._channel.close()


class ReceivedParts(Struct, kw_only=True):
    """A list as it arrives: counted against the limits part by part (ACC-1)."""

    limits: Limits
    document: bytes | None = None
    chunks: list[bytes] = []
    size: int = 0

    def add(self, part: pb.ListPart | None) -> None:
        """Take the next part.

        Raises:
            TooLargeError: More bytes or chunks than the limits allow.
            TransportError: The parts do not make a list (SYN-7).
        """
        kind = part.WhichOneof("part") if part is not None else None
        # SYN-7: nothing where a part should be
        if part is None or kind is None:
            raise _nothing("a part of the list")
        # SYN-7: the document comes first, and once
        if (kind == "document") is not (self.document is None):
            raise TransportError("the parts of the list came in the wrong order")
        self._count(len(part.document) + len(part.chunk))
        if kind == "document":
            self.document = part.document
        else:
            self.chunks.append(part.chunk)

    def _count(self, received: int) -> None:
        # SYN-7: an empty part says nothing
        if not received:
            raise _nothing("a part of the list")
        self.size += received
        # ACC-1: reading stops where the limit is passed
        if self.size > self.limits.max_body_bytes:
            raise TooLargeError(f"the list has more than {self.limits.max_body_bytes} bytes")
        # ACC-1: chunks that are not empty hold an operator each at least
        if len(self.chunks) > self.limits.max_operators:
            raise TooLargeError(f"the list has more than {self.limits.max_operators} chunks")

    def whole(self) -> Unverified:
        """Return what came; whether it is all of it, the signed header says (SIG-3).

        Raises:
            TransportError: Nothing came (SYN-7).
        """
        # SYN-7: an answer without a document is no empty list
        if self.document is None:
            raise _nothing("the list")
        return Unverified(document=self.document, chunks=tuple(self.chunks))


_OPTIONS = (
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
    # No proxy from the environment: the profile alone says where the partner is.
    ("grpc.enable_http_proxy", 0),
    # Channels with other certificates never share a connection.
    ("grpc.use_local_subchannel_pool", 1),
)


def _submission(stream: Stream, sealed: SealedList) -> Iterator[pb.SubmitListRequest]:
    yield pb.SubmitListRequest(stream=stream_to_pb(stream))
    yield pb.SubmitListRequest(list=pb.ListPart(document=sealed.document))
    for chunk in sealed.chunks:
        yield pb.SubmitListRequest(list=pb.ListPart(chunk=chunk))


def _nothing(what: str) -> TransportError:
    return TransportError(f"{what}: the partner's answer holds nothing that could be read")
