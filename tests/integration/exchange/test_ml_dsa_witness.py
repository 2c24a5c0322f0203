"""A second implementation of ML-DSA-65 as outside witness of hybrid signatures (SIG-4).

Pure, not pre-hashed, with an empty context, over the bytes that DSSE describes, which are built
here once more. XML has no name for ML-DSA: only the envelopes of gRPC carry it. The witness is
slow: each side signs a few documents.
"""

from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PrivateKey
from dilithium_py.ml_dsa import HASH_ML_DSA_65_WITH_SHA512, ML_DSA_65
from msgspec import structs

from gateway.domain.documents import Unverified
from gateway.domain.errors import SignatureError
from gateway.domain.lists import StatusList
from gateway.domain.profiles import Limits
from gateway.exchange.grpc_feed.feed import GrpcFeed
from gateway.pb.mra.types.v1.envelope_pb2 import Envelope
from tests.fakes.certificates import anchors, issue
from tests.fakes.sealed_lists import NOW, make_acknowledgement, make_header, make_operators

DAY = timedelta(days=1)
FIRST = issue("lists", number=1, since=NOW - DAY, until=NOW + DAY)
SECOND = issue("lists hybrid", kind="mldsa65", since=NOW - DAY, until=NOW + DAY)
assert isinstance(SECOND.key, MLDSA65PrivateKey)
OURS = SECOND.key.public_key().public_bytes_raw()
PUBLIC, PRIVATE = ML_DSA_65.key_derive(SECOND.key.private_bytes_raw())
KEY = replace(FIRST.signing_key(), beside=SECOND.signing_key())
FEED = GrpcFeed(KEY, KEY)
ANCHORS = structs.replace(anchors(pinned=(FIRST, SECOND)), hybrid_since=NOW)


def _sealed_list() -> Unverified:
    operators = make_operators(3)
    assert FEED.hybrid is not None
    sealed = FEED.hybrid.seal_list(StatusList(make_header(operators), operators))
    return Unverified(document=sealed.document, chunks=sealed.chunks)


def _sealed_acknowledgement() -> bytes:
    assert FEED.hybrid is not None
    return FEED.hybrid.seal_acknowledgement(make_acknowledgement())


def _signed(envelope: Envelope) -> bytes:
    """Return the bytes that DSSE signs (protocol.md of the specification, PAE)."""
    kind, payload = envelope.payload_type.encode(), envelope.payload
    sizes = str(len(kind)).encode(), str(len(payload)).encode()
    return b" ".join((b"DSSEv1", sizes[0], kind, sizes[1], payload))


def _flipped(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


def test_sig_4_both_derive_the_same_public_key_from_a_seed() -> None:
    assert PUBLIC == OURS


@pytest.mark.parametrize(
    "document",
    [_sealed_list().document, _sealed_acknowledgement()],
    ids=["list", "acknowledgement"],
)
def test_sig_4_the_witness_verifies_what_we_sign(document: bytes) -> None:
    envelope = Envelope.FromString(document)
    signed, signature = _signed(envelope), envelope.signatures[1].sig
    assert ML_DSA_65.verify(PUBLIC, signed, signature)
    assert not ML_DSA_65.verify(PUBLIC, signed, _flipped(signature))
    assert not ML_DSA_65.verify(PUBLIC, _flipped(signed), signature)
    assert not ML_DSA_65.verify(PUBLIC, signed, signature, ctx=b"mra")
    assert not HASH_ML_DSA_65_WITH_SHA512.verify(PUBLIC, signed, signature)


def _opened_with(signature: bytes) -> object:
    """Open our list with this for its second signature."""
    sealed = _sealed_list()
    envelope = Envelope.FromString(sealed.document)
    envelope.signatures[1].sig = signature
    return FEED.opener.open(
        Unverified(document=envelope.SerializeToString(), chunks=sealed.chunks),
        ANCHORS, Limits(), NOW,
    )  # fmt: skip


def test_sig_4_we_verify_what_the_witness_signs() -> None:
    signed = _signed(Envelope.FromString(_sealed_list().document))
    signature = ML_DSA_65.sign(PRIVATE, signed)
    assert _opened_with(signature)
    with pytest.raises(SignatureError):
        _opened_with(_flipped(signature))
    with pytest.raises(SignatureError):
        _opened_with(ML_DSA_65.sign(PRIVATE, _flipped(signed)))


def test_sig_4_we_refuse_another_context_and_a_pre_hash_of_the_witness() -> None:
    signed = _signed(Envelope.FromString(_sealed_list().document))
    with pytest.raises(SignatureError):
        _opened_with(ML_DSA_65.sign(PRIVATE, signed, ctx=b"mra"))
    with pytest.raises(SignatureError):
        _opened_with(HASH_ML_DSA_65_WITH_SHA512.sign(PRIVATE, signed))
