"""Lists as they arrive over gRPC, part by part: counted, and taken up again where one broke off."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from hashlib import sha256
from typing import Final

import grpc
from msgspec import Struct

from gateway.domain.documents import Unverified
from gateway.domain.errors import TooLargeError, TransportError
from gateway.domain.profiles import Limits
from gateway.domain.transport_faults import TransportFault
from gateway.exchange.grpc_feed.refusals import error_from_rpc
from gateway.pb.mra.exchange.v1 import exchange_pb2 as pb

RESUMPTIONS: Final = 8
"""How often one answer is taken up again: each attempt has a deadline of its own, so a partner that
trickles costs this many of them at most."""

Ask = Callable[[pb.GetChangesRequest], Iterable[pb.ListPart]]


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
            raise nothing("a part of the list")
        # SYN-7: the document comes first, and once
        if (kind == "document") is not (self.document is None):
            message = "the parts of the list came in the wrong order"
            raise TransportError(message, TransportFault.OUT_OF_ORDER)
        self._count(len(part.document) + len(part.chunk))
        if kind == "document":
            self.document = part.document
        else:
            self.chunks.append(part.chunk)

    def _count(self, received: int) -> None:
        # SYN-7: an empty part says nothing
        if not received:
            raise nothing("a part of the list")
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
            raise nothing("the list")
        return Unverified(document=self.document, chunks=tuple(self.chunks))


def receive_changes(
    ask: Ask, request: pb.GetChangesRequest, limits: Limits
) -> Iterator[Unverified]:
    """Yield the lists that answer a request for changes or for a FULL, each whole (EXC-2).

    Raises:
        TransportError: Broken off without having brought anything, or once too often; or the
            parts do not make lists.
        TooLargeError: A list has more bytes or chunks than the limits allow.
        GatewayError: What the partner says of our request (`domain.refusals`).
    """
    coming = ComingLists(limits=limits, since=request.since)
    for _ in range(1 + RESUMPTIONS):
        before = coming.parts_taken
        call = ask(coming.request_for(request))
        try:
            yield from coming.take(call)
        except grpc.RpcError as error:
            broken = error_from_rpc(error, "GetChanges", has_begun=coming.parts_taken > 0)
            # What cannot be read did not break off.
            is_cut = (
                isinstance(broken, TransportError) and broken.fault is not TransportFault.MALFORMED
            )
            # EXC-2: what broke is taken up again, as long as each attempt brings something
            if not is_cut or coming.parts_taken == before:
                raise broken from error
        else:
            return
        finally:
            _give_up(call)
    message = f"GetChanges: broken off {1 + RESUMPTIONS} times"
    raise TransportError(message, TransportFault.TRUNCATED)


class ComingLists(Struct, kw_only=True):
    """Where one is in an answer of several lists."""

    limits: Limits
    since: int
    """The newest list that is whole."""
    sequence: int = 0
    """The list in progress."""
    parts: ReceivedParts | None = None
    parts_taken: int = 0

    def request_for(self, first: pb.GetChangesRequest) -> pb.GetChangesRequest:
        """Return the request that goes on from here."""
        request = pb.GetChangesRequest(stream=first.stream, since=self.since, full=first.full)
        if first.full:
            request.since = 0
        if self.parts is not None and self.parts.document is not None:
            request.resume.sequence = self.sequence
            request.resume.document_digest = sha256(self.parts.document).digest()
            request.resume.chunks = len(self.parts.chunks)
        return request

    def take(self, answer: Iterable[pb.ListPart | None]) -> Iterator[Unverified]:
        """Take what comes, and yield each list when it is whole."""
        for part in answer:
            begins = part is not None and part.WhichOneof("part") == "document"
            if part is not None and begins:
                # Before the list in progress counts as whole: the next one is what says so.
                self._require_next(part.sequence)
                yield from self._ended()
                self._begin(part.sequence)
            # SYN-7: a chunk that belongs to no list
            if self.parts is None:
                raise nothing("GetChanges")
            self.parts.add(part)
            self.parts_taken += 1
        yield from self._ended()

    def _require_next(self, sequence: int) -> None:
        before = self.since if self.parts is None else self.sequence
        # SYN-7: each list once and in order
        if sequence <= before:
            message = f"GetChanges: list {sequence} came after list {before}"
            raise TransportError(
                message, TransportFault.OUT_OF_ORDER, context={"sequence": str(sequence)}
            )

    def _begin(self, sequence: int) -> None:
        self.sequence = sequence
        self.parts = ReceivedParts(limits=self.limits)

    def _ended(self) -> Iterator[Unverified]:
        if self.parts is not None:
            whole, self.parts, self.since = self.parts.whole(), None, self.sequence
            yield whole


def nothing(what: str) -> TransportError:
    """Return the error for an answer that says nothing (SYN-7)."""
    message = f"{what}: the partner's answer holds nothing that could be read"
    return TransportError(message, TransportFault.EMPTY)


def _give_up(call: object) -> None:
    """End a call whose answer is not read to its end."""
    if isinstance(call, grpc.Future):
        with suppress(grpc.RpcError):
            call.cancel()
