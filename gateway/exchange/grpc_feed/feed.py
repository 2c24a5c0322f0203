"""The gRPC feed: opens and seals lists as DSSE envelopes with pinned chunks (SIG-3).

The order matters: signature, then the digest over the chunks' bytes, and only then are the chunks
decoded. What was signed is carried and kept; nothing is serialised again in order to verify.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import sha256

from gateway.domain.acknowledgements import Acknowledgement
from gateway.domain.documents import Packaging, SealedList, Unverified, Verified
from gateway.domain.errors import SignatureError, TooLargeError
from gateway.domain.lists import ListHeader, ListKind, StatusList
from gateway.domain.profiles import Limits, TrustAnchors
from gateway.exchange.grpc_feed.acknowledgement_codec import (
    acknowledgement_from_pb,
    acknowledgement_to_pb,
)
from gateway.exchange.grpc_feed.codec import (
    changes_from_pb,
    chunks_to_pb,
    header_from_pb,
    header_to_pb,
    operators_from_pb,
    require_room,
)
from gateway.exchange.grpc_feed.envelope_codec import envelope_from_bytes, envelope_to_bytes
from gateway.exchange.grpc_feed.fields import parse, require_known
from gateway.pb.mra.types.v1 import acknowledgement_pb2, list_pb2
from gateway.ports.feed import KnownMembers, no_members
from gateway.trust import dsse
from gateway.trust.certificates import require_valid_when_issued
from gateway.trust.keys import SigningKey

LIST_TYPE = "application/vnd.mra-gateway.list.v1+protobuf"
ACKNOWLEDGEMENT_TYPE = "application/vnd.mra-gateway.ack.v1+protobuf"


class GrpcOpener:
    """`ports.feed.Opener` for DSSE documents."""

    def open(
        self, sealed: Unverified, anchors: TrustAnchors, limits: Limits, now: datetime
    ) -> Verified[bytes]:
        """Check size and signature; of a list with chunks also that they are the signed ones.

        A head is the same envelope without its chunks.

        Raises:
            TooLargeError: More bytes than the limits allow.
            NotWellFormedError: The bytes are no envelope.
            SchemaViolationError: The signed bytes are no header.
            TrustError: Signature, signer, certificate or algorithm are refused, or the chunks are
                not those that were signed.
        """
        size = len(sealed.document) + sum(map(len, sealed.chunks))
        # ACC-1: size before anything else
        if size > limits.max_body_bytes:
            raise TooLargeError(f"the list has {size} bytes, more than {limits.max_body_bytes}")
        envelope = envelope_from_bytes(sealed.document)
        verified = dsse.open_envelope(envelope, LIST_TYPE, anchors, now=now)
        signed = _signed_header(verified)
        if sealed.chunks or not signed.chunk_count:
            # SIG-3: the chunks are those that were signed, before any of them is decoded
            verified = dsse.attach_chunks(
                verified,
                sealed.chunks,
                body_digest=signed.body_digest,
                chunk_count=signed.chunk_count,
            )
        return verified

    def decode(
        self,
        verified: Verified[bytes],
        anchors: TrustAnchors,
        limits: Limits,
        known: KnownMembers = no_members,
    ) -> StatusList:
        """Decode a verified list.

        Raises:
            SignatureError: Only a head was opened: the chunks are missing.
            CertificateError: The signer's certificate was not valid at `issued_at` (SIG-5).
            UnknownVersionError: It is written in a higher version than known here.
            SchemaViolationError: A field breaks the rules.
            TooLargeError: More operators than the limits allow.
        """
        signed = _signed_header(verified)
        # SIG-3: a head is no list, and its missing chunks never read as an empty one (SYN-7)
        if signed.chunk_count != len(verified.chunks):
            raise SignatureError("the chunks of the list are missing")
        header = self.decode_head(verified, anchors)
        require_room(header.quantity, limits.max_operators)
        if header.kind is ListKind.DELTA:
            return changes_from_pb(header, verified.chunks, limits.max_operators)
        return operators_from_pb(header, verified.chunks, limits.max_operators, known())

    def decode_head(self, verified: Verified[bytes], anchors: TrustAnchors) -> ListHeader:
        """Decode a verified head.

        Raises:
            CertificateError: The signer's certificate was not valid at `issued_at` (SIG-5).
            UnknownVersionError: It is written in a higher version than known here.
            SchemaViolationError: A field breaks the rules.
        """
        signed = _signed_header(verified)
        header = header_from_pb(signed.header)
        require_known(signed, "signed header")
        # SIG-5: the signer's certificate was valid when the list was issued
        require_valid_when_issued(verified, anchors, header.issued_at)
        return header

    def open_acknowledgement(
        self, document: bytes, anchors: TrustAnchors, now: datetime
    ) -> Acknowledgement:
        """Verify and decode an acknowledgement.

        Raises:
            DocumentError: It is no acknowledgement, or a field breaks the rules.
            TrustError: Signature, signer, certificate or algorithm are refused.
        """
        envelope = envelope_from_bytes(document)
        verified = dsse.open_envelope(envelope, ACKNOWLEDGEMENT_TYPE, anchors, now=now)
        message = parse(acknowledgement_pb2.Acknowledgement, verified.content, "acknowledgement")
        return acknowledgement_from_pb(message)


class GrpcSealer:
    """`ports.feed.Sealer` with home's keys: some for lists, others for acknowledgements (SIG-6)."""

    def __init__(
        self, list_keys: Sequence[SigningKey], acknowledgement_keys: Sequence[SigningKey]
    ) -> None:
        self.signer = " ".join(key.fingerprint for key in list_keys)
        self._list_keys = list_keys
        self._acknowledgement_keys = acknowledgement_keys

    def seal_list(self, status_list: StatusList) -> SealedList:
        """Encode and sign a list, FULL or DELTA; its head is the envelope itself."""
        chunks = tuple(chunks_to_pb(status_list))
        header = header_to_pb(status_list.header)
        signed = list_pb2.SignedHeader(
            header=header, body_digest=_body_digest(chunks), chunk_count=len(chunks)
        )
        envelope = dsse.seal(signed.SerializeToString(), LIST_TYPE, *self._list_keys)
        document = envelope_to_bytes(envelope)
        return SealedList(packaging=Packaging.DSSE, document=document, chunks=chunks, head=document)

    def seal_acknowledgement(self, acknowledgement: Acknowledgement) -> bytes:
        """Encode and sign an acknowledgement."""
        payload = acknowledgement_to_pb(acknowledgement).SerializeToString()
        envelope = dsse.seal(payload, ACKNOWLEDGEMENT_TYPE, *self._acknowledgement_keys)
        return envelope_to_bytes(envelope)

    def made(self, acknowledgement: bytes) -> bool:
        """Tell whether it is an envelope, which no XML begins like, with as many signatures."""
        if acknowledgement.startswith(b"<"):
            return False
        signatures = envelope_from_bytes(acknowledgement).signatures
        return len(signatures) == len(self._acknowledgement_keys)


class GrpcFeed:
    """`ports.feed.Feed` for gRPC."""

    def __init__(self, list_key: SigningKey, acknowledgement_key: SigningKey) -> None:
        self.opener = GrpcOpener()
        self.sealer = GrpcSealer((list_key,), (acknowledgement_key,))
        self.hybrid: GrpcSealer | None = None
        lists, answers = list_key.beside, acknowledgement_key.beside
        if lists is not None and answers is not None:
            self.hybrid = GrpcSealer((list_key, lists), (acknowledgement_key, answers))


def _signed_header(verified: Verified[bytes]) -> list_pb2.SignedHeader:
    return parse(list_pb2.SignedHeader, verified.content, "signed header")


def _body_digest(chunks: Iterable[bytes]) -> bytes:
    whole = sha256()
    for chunk in chunks:
        whole.update(chunk)
    return whole.digest()
