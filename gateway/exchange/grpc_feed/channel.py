"""The way to one partner over gRPC (`ports.feed.Channel`).

Every call has a total deadline, but for a watch (`head_watch`). Nothing that is missing is read as
empty: the Python library can return `None` for a frame that it could not read (SYN-7).
"""

from collections.abc import Iterable, Iterator

import grpc

from gateway.domain.documents import SealedList, Unverified
from gateway.domain.errors import ConfigError, TransportError
from gateway.domain.lists import Stream
from gateway.domain.profiles import PartnerProfile
from gateway.domain.transport_faults import TransportFault
from gateway.exchange.grpc_feed.codec import stream_to_pb
from gateway.exchange.grpc_feed.head_watch import watch
from gateway.exchange.grpc_feed.received_parts import ReceivedParts, nothing, receive_changes
from gateway.exchange.grpc_feed.refusals import error_from_rpc
from gateway.exchange.grpc_feed.request_ids import NamesCalls
from gateway.pb.mra.exchange.v1 import exchange_pb2 as pb
from gateway.pb.mra.exchange.v1.exchange_pb2_grpc import HeadWatchStub, ListExchangeStub
from gateway.ports.feed import PublishedHead
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
        self._tls = tls
        self._watch_address = profile.endpoint.watch_address or profile.endpoint.address
        self._channel = self._connect(profile.endpoint.address)
        self._watched: grpc.Channel | None = None
        self._stub = ListExchangeStub(self._channel)

    def fetch_head(self, stream: Stream, acknowledgement: bytes | None) -> PublishedHead:
        """Return the signed head of the newest list, and our answer that the partner holds."""
        request = pb.GetListHeadRequest(
            stream=stream_to_pb(stream), acknowledgement=acknowledgement or b""
        )
        try:
            answer = self._stub.GetListHead(request, timeout=self._timeout)
        except grpc.RpcError as error:
            raise error_from_rpc(error, "GetListHead") from error
        # SYN-7: the library returns nothing for a frame that it could not read
        if answer is None:
            raise nothing("GetListHead")
        # SYN-7: that nothing is issued is said in words, not by silence
        if answer.none_issued is bool(answer.document):
            raise nothing("GetListHead")
        return PublishedHead(
            document=Unverified(document=answer.document) if answer.document else None,
            held=answer.acknowledgement or None,
        )

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

    def fetch_changes(self, stream: Stream, since: int) -> Iterator[Unverified]:
        """Yield every list after `since` in order, each whole (EXC-2)."""
        request = pb.GetChangesRequest(stream=stream_to_pb(stream), since=since)
        return receive_changes(self._ask_changes, request, self._limits)

    def fetch_full(self, stream: Stream) -> Unverified:
        """Ask for a FULL: a new one, or the newest (EXC-2, SEQ-1)."""
        request = pb.GetChangesRequest(stream=stream_to_pb(stream), full=True)
        lists = list(receive_changes(self._ask_changes, request, self._limits))
        # SYN-7: a FULL was asked for, so one list is the answer
        if len(lists) != 1:
            message = f"GetChanges: {len(lists)} lists came, not a FULL"
            raise TransportError(message, TransportFault.OUT_OF_ORDER)
        return lists[0]

    def watch_heads(
        self, stream: Stream, acknowledgement: bytes | None
    ) -> Iterator[Unverified | None]:
        """Yield the newest head on opening, then each new one; none is a beat (EXC-5)."""
        request = pb.WatchHeadsRequest(
            stream=stream_to_pb(stream), acknowledgement=acknowledgement or b""
        )
        if self._watched is None:
            self._watched = self._connect(self._watch_address)
        return watch(HeadWatchStub(self._watched).WatchHeads(request))

    def submit_list(self, stream: Stream, sealed: SealedList) -> bytes:
        """Push a list; return the partner's sealed acknowledgement (EXC-3)."""
        try:
            answer = self._stub.SubmitList(_submission(stream, sealed), timeout=self._timeout)
        except grpc.RpcError as error:
            raise error_from_rpc(error, "SubmitList") from error
        # SYN-7: the library returns nothing for a frame that it could not read
        if answer is None:
            raise nothing("SubmitList")
        # SYN-7: a list without an acknowledgement is a list that may not have arrived
        if not answer.acknowledgement:
            raise nothing("SubmitList")
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
            raise nothing("Acknowledge")

    def collect_acknowledgements(self, stream: Stream, since: int) -> Iterator[bytes]:
        """Yield nothing: the partner calls."""
        del stream, since
        return iter(())

    def close(self) -> None:
        """Give back connections, and end a watch. May be called twice, and by another thread."""
        self._channel.close()
        if self._watched is not None:
            self._watched.close()

    def _ask_changes(self, request: pb.GetChangesRequest) -> Iterable[pb.ListPart]:
        return self._stub.GetChanges(request, timeout=self._timeout)

    def _connect(self, address: str) -> grpc.Channel:
        credentials = grpc.ssl_channel_credentials(
            self._tls.authorities, self._tls.key, self._tls.certificate
        )
        channel = grpc.secure_channel(address, credentials, options=_OPTIONS)
        return grpc.intercept_channel(channel, NamesCalls())


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
