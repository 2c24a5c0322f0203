from datetime import datetime
from hashlib import sha256

import pytest
from msgspec import structs

from gateway.domain.documents import SealedList, Unverified
from gateway.domain.errors import (
    CertificateError,
    GatewayError,
    NotWellFormedError,
    SchemaViolationError,
    SignatureError,
    TooLargeError,
    UnknownSignerError,
    UnknownVersionError,
)
from gateway.domain.lists import ListKind, StatusList
from gateway.domain.profiles import KeyUse, Limits
from gateway.exchange.grpc_feed.envelope_codec import MAX_ENVELOPE_BYTES, envelope_to_bytes
from gateway.exchange.grpc_feed.feed import LIST_TYPE, GrpcFeed
from gateway.pb.mra.types.v1 import envelope_pb2, list_pb2
from gateway.trust import dsse
from tests.fakes.sealed_lists import (
    DAY,
    NOW,
    anchors_of,
    make_acknowledgement,
    make_ed25519_key,
    make_header,
    make_key,
    make_operators,
)

LIST_KEY = make_key()
ACKNOWLEDGEMENT_KEY = make_key(use="acknowledgements")
FEED = GrpcFeed(LIST_KEY, ACKNOWLEDGEMENT_KEY)
ANCHORS = anchors_of(LIST_KEY)
OPERATORS = make_operators(1_200)
HEADER = make_header(OPERATORS)
SEALED = FEED.sealer.seal_list(StatusList(HEADER, OPERATORS))
LIMITS = Limits()


def _received(sealed: SealedList = SEALED) -> Unverified:
    return Unverified(document=sealed.document, chunks=sealed.chunks)


def _read(
    received: Unverified, *, feed: GrpcFeed = FEED, limits: Limits = LIMITS, now: datetime = NOW
) -> StatusList:
    verified = feed.opener.open(received, ANCHORS, limits, now)
    return feed.opener.decode(verified, ANCHORS, limits)


def test_list_comes_back_as_it_was_sealed() -> None:
    status_list = _read(_received())
    assert status_list.header == HEADER
    assert status_list.operators == OPERATORS


def test_head_is_the_envelope_alone() -> None:
    verified = FEED.opener.open(Unverified(document=SEALED.head), ANCHORS, LIMITS, NOW)
    assert FEED.opener.decode_head(verified, ANCHORS) == HEADER


def test_list_without_operators_is_a_list() -> None:
    sealed = FEED.sealer.seal_list(StatusList(make_header(()), ()))
    assert not _read(_received(sealed)).operators


def test_list_signed_with_ed25519_is_opened() -> None:
    key = make_ed25519_key()
    sealed = GrpcFeed(key, key).sealer.seal_list(StatusList(HEADER, OPERATORS))
    verified = FEED.opener.open(_received(sealed), anchors_of(key), LIMITS, NOW)
    assert verified.signer.algorithm == "ed25519"


def test_sig_3_changed_chunk_is_refused_before_it_is_decoded() -> None:
    tampered = SEALED.chunks[0].replace(b"XA0000000001", b"XA0000000009")
    received = structs.replace(_received(), chunks=(tampered, SEALED.chunks[1]))
    with pytest.raises(SignatureError):
        FEED.opener.open(received, ANCHORS, LIMITS, NOW)


def test_sig_3_missing_chunk_is_refused() -> None:
    received = structs.replace(_received(), chunks=SEALED.chunks[:1])
    with pytest.raises(SignatureError):
        FEED.opener.open(received, ANCHORS, LIMITS, NOW)


def test_sig_3_chunks_in_another_order_are_refused() -> None:
    received = structs.replace(_received(), chunks=SEALED.chunks[::-1])
    with pytest.raises(SignatureError):
        FEED.opener.open(received, ANCHORS, LIMITS, NOW)


def test_sig_3_same_bytes_cut_into_other_chunks_are_refused() -> None:
    received = structs.replace(_received(), chunks=(b"".join(SEALED.chunks),))
    with pytest.raises(SignatureError):
        FEED.opener.open(received, ANCHORS, LIMITS, NOW)


def test_sig_3_chunk_added_to_an_empty_list_is_refused() -> None:
    sealed = FEED.sealer.seal_list(StatusList(make_header(()), ()))
    received = Unverified(document=sealed.document, chunks=SEALED.chunks[:1])
    with pytest.raises(SignatureError):
        FEED.opener.open(received, ANCHORS, LIMITS, NOW)


def test_sig_3_head_is_never_read_as_an_empty_list() -> None:
    with pytest.raises(SignatureError, match="missing"):
        _read(Unverified(document=SEALED.head))


def test_sig_3_changed_payload_is_refused() -> None:
    envelope = envelope_pb2.Envelope.FromString(SEALED.document)
    envelope.payload = envelope.payload.replace(b"XA-1", b"XA-2")
    with pytest.raises(SignatureError):
        _read(structs.replace(_received(), document=envelope.SerializeToString()))


def test_sig_3_acknowledgement_is_no_list() -> None:
    document = FEED.sealer.seal_acknowledgement(make_acknowledgement())
    anchors = anchors_of(ACKNOWLEDGEMENT_KEY)
    with pytest.raises(SignatureError):
        FEED.opener.open(Unverified(document=document), anchors, LIMITS, NOW)


def test_sig_5_certificate_that_was_not_valid_at_issue_is_refused() -> None:
    header = structs.replace(HEADER, issued_at=NOW - 2 * DAY)
    sealed = FEED.sealer.seal_list(StatusList(header, OPERATORS))
    with pytest.raises(CertificateError):
        _read(_received(sealed))


def test_list_by_a_stranger_is_refused() -> None:
    stranger = GrpcFeed(make_key(), ACKNOWLEDGEMENT_KEY)
    with pytest.raises(UnknownSignerError):
        _read(_received(stranger.sealer.seal_list(StatusList(HEADER, OPERATORS))))


def test_acc_1_more_bytes_than_the_limit_are_refused() -> None:
    with pytest.raises(TooLargeError):
        FEED.opener.open(_received(), ANCHORS, Limits(max_body_bytes=1000), NOW)


def test_acc_1_header_that_promises_too_many_operators_is_refused() -> None:
    header = structs.replace(make_header(()), quantity=LIMITS.max_operators + 1)
    with pytest.raises(TooLargeError):
        _read(_received(FEED.sealer.seal_list(StatusList(header, ()))))


def test_acc_1_huge_envelope_is_refused() -> None:
    received = Unverified(document=b"\0" * (MAX_ENVELOPE_BYTES + 1))
    with pytest.raises(TooLargeError):
        FEED.opener.open(received, ANCHORS, LIMITS, NOW)


BROKEN: dict[str, bytes] = {
    "empty": b"",
    "page of a proxy": b"<html><body>502 Bad Gateway</body></html>",
    "cut off": SEALED.document[:-5],
    "without payload": envelope_pb2.Envelope(payload_type=LIST_TYPE).SerializeToString(),
    "without payload type": envelope_pb2.Envelope(payload=b"x").SerializeToString(),
}


@pytest.mark.parametrize("document", BROKEN.values(), ids=BROKEN.keys())
def test_acc_1_bytes_that_are_no_envelope_are_refused(document: bytes) -> None:
    with pytest.raises(NotWellFormedError):
        FEED.opener.open(Unverified(document=document), ANCHORS, LIMITS, NOW)


def _seal(payload: bytes, *chunks: bytes) -> Unverified:
    envelope = dsse.seal(payload, LIST_TYPE, LIST_KEY)
    return Unverified(document=envelope_to_bytes(envelope), chunks=chunks)


SIGNED = list_pb2.SignedHeader.FromString(envelope_pb2.Envelope.FromString(SEALED.document).payload)


def test_acc_3_signed_bytes_that_are_no_header_are_refused() -> None:
    with pytest.raises(SchemaViolationError):
        _read(_seal(b"\xff\xff\xff"))


def test_acc_3_signed_header_without_header_is_refused() -> None:
    payload = list_pb2.SignedHeader(body_digest=sha256(b"").digest()).SerializeToString()
    with pytest.raises(SchemaViolationError):
        _read(_seal(payload))


def test_sta_1_unknown_field_beside_the_header_is_refused() -> None:
    payload = SIGNED.SerializeToString() + b"\xfa\x3f\x01x"
    with pytest.raises(SchemaViolationError, match="does not know"):
        _read(_seal(payload, *SEALED.chunks))


def test_acc_3_higher_version_is_refused_as_such() -> None:
    signed = list_pb2.SignedHeader()
    signed.CopyFrom(SIGNED)
    signed.header.version = 2
    with pytest.raises(UnknownVersionError):
        _read(_seal(signed.SerializeToString() + b"\xfa\x3f\x01x", *SEALED.chunks))


def test_delta_is_decoded_into_changes() -> None:
    chunk = list_pb2.OperatorChunk(
        changes=[list_pb2.Change(action=list_pb2.ACTION_REMOVE, operator_id="XA1")]
    ).SerializeToString()
    signed = list_pb2.SignedHeader(chunk_count=1, body_digest=sha256(chunk).digest())
    signed.header.CopyFrom(SIGNED.header)
    signed.header.kind = list_pb2.LIST_KIND_DELTA
    status_list = _read(_seal(signed.SerializeToString(), chunk))
    assert status_list.header.kind is ListKind.DELTA
    assert [change.operator_id for change in status_list.changes] == ["XA1"]


def test_acknowledgement_comes_back_as_it_was_sealed() -> None:
    anchors = anchors_of(ACKNOWLEDGEMENT_KEY, KeyUse.ACKNOWLEDGEMENTS)
    document = FEED.sealer.seal_acknowledgement(make_acknowledgement())
    assert FEED.opener.open_acknowledgement(document, anchors, NOW) == make_acknowledgement()


def test_sig_6_acknowledgement_by_the_list_key_is_refused() -> None:
    anchors = anchors_of(ACKNOWLEDGEMENT_KEY, KeyUse.ACKNOWLEDGEMENTS)
    document = GrpcFeed(LIST_KEY, LIST_KEY).sealer.seal_acknowledgement(make_acknowledgement())
    with pytest.raises(UnknownSignerError):
        FEED.opener.open_acknowledgement(document, anchors, NOW)


@pytest.mark.parametrize("step", range(1, 60))
def test_any_damage_ends_in_an_error_of_ours(step: int) -> None:
    document = bytearray(SEALED.document)
    for position in range(step, len(document), 61):
        document[position] ^= step
    with pytest.raises(GatewayError):
        _read(structs.replace(_received(), document=bytes(document)))
