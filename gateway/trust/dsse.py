"""DSSE envelopes (SIG-3): signed bytes travel as they were signed and are never made again.

How an envelope looks on a wire is the feed's business; the signature covers only the payload and
its type.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

import msgspec
from cryptography import x509

from gateway.domain.documents import Content, SignerIdentity, Verified
from gateway.domain.errors import SignatureError, UnknownSignerError, WeakAlgorithmError
from gateway.domain.profiles import POST_QUANTUM, TrustAnchors
from gateway.trust.algorithms import algorithms_for, is_signed
from gateway.trust.certificates import check_signer, fingerprint
from gateway.trust.keys import SigningKey
from gateway.trust.registered import read_anchors


@dataclass(frozen=True, slots=True)
class EnvelopeSignature:
    """One signature with hints about who made it."""

    keyid: str
    """Hex SHA-256 of the signer's DER certificate."""
    signature: bytes
    chain: tuple[bytes, ...] = ()
    """DER certificates, the signer's first."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """A payload with its type and signatures."""

    payload: bytes
    payload_type: str
    signatures: tuple[EnvelopeSignature, ...]


def pae(payload_type: str, payload: bytes) -> bytes:
    """Return the bytes that are signed (DSSE v1, pre-authentication encoding)."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def seal(payload: bytes, payload_type: str, *keys: SigningKey) -> Envelope:
    """Sign a payload with each of the keys, in their order."""
    signed = pae(payload_type, payload)
    signatures = (
        EnvelopeSignature(
            keyid=key.fingerprint, signature=key.sign(signed), chain=(key.certificate, *key.chain)
        )
        for key in keys
    )
    return Envelope(payload=payload, payload_type=payload_type, signatures=tuple(signatures))


def open_envelope(
    envelope: Envelope, payload_type: str, anchors: TrustAnchors, *, now: datetime
) -> Verified[bytes]:
    """Verify an envelope and return its payload as signed.

    Args:
        envelope: As received.
        payload_type: The only one that is read here.
        anchors: Of the use at hand: lists or acknowledgements (SIG-6).
        now: First receipt.

    Raises:
        SignatureError: Of another type, unsigned, signed more often than the profile states, or
            not over these bytes.
        UnknownSignerError: The key is not registered for this use.
        CertificateError: As `check_signer`.
        WeakAlgorithmError: As `check_signer`, or a hybrid stream's second signature is missing.
        ConfigError: As `check_signer`.
    """
    # SIG-3: a payload of another type was signed to say something else
    if envelope.payload_type != payload_type:
        raise SignatureError(f"payload type is {envelope.payload_type!r}, not {payload_type}")
    needed = (anchors, anchors.post_quantum) if anchors.is_hybrid(now) else (anchors,)
    count = len(envelope.signatures)
    # SIG-4: a hybrid stream never falls back to one signature
    if 0 < count < len(needed):
        raise WeakAlgorithmError(f"signed once, not by {POST_QUANTUM} too, in a hybrid stream")
    # SIG-4: exactly the registered algorithms sign; two at once are for hybrid streams only
    if count != len(needed):
        raise SignatureError(f"envelope has {count} signatures, needed: {len(needed)}")
    signed = pae(envelope.payload_type, envelope.payload)
    signers: list[SignerIdentity] = []
    for signature, registered in zip(envelope.signatures, needed, strict=True):
        certificate, chain = _find_certificate(signature, registered)
        identity = check_signer(certificate, chain, registered, moments=(now,))
        # ACC-2, SIG-3: nothing is believed before the signature over these very bytes
        identity = _check_signed(signature.signature, signed, identity, registered)
        signers.append(identity)
    first, *second = signers
    signer = msgspec.structs.replace(first, beside=second[0] if second else None)
    return Verified(content=envelope.payload, signer=signer, signed_at=None)


def attach_chunks(
    verified: Verified[Content], chunks: Sequence[bytes], *, body_digest: bytes, chunk_count: int
) -> Verified[Content]:
    """Add the chunks that a verified header pins.

    Args:
        verified: The opened envelope.
        chunks: As received, in order.
        body_digest: SHA-256 from the verified header, 32 bytes.
        chunk_count: From the verified header.

    Raises:
        SignatureError: Other chunks than those that were signed.
    """
    # SIG-3: as many chunks as the signed header says
    if len(chunks) != chunk_count:
        raise SignatureError(f"{len(chunks)} chunks received, {chunk_count} were signed")
    body = sha256()
    for chunk in chunks:
        body.update(chunk)
    # SIG-3: the body is decoded only after its digest matches
    if body.digest() != body_digest:
        raise SignatureError("chunks do not match the signed body digest")
    return msgspec.structs.replace(verified, chunks=tuple(chunks))


def _find_certificate(
    signature: EnvelopeSignature, anchors: TrustAnchors
) -> tuple[bytes, tuple[bytes, ...]]:
    pinned = read_anchors(anchors).find_pinned(signature.keyid)
    if pinned is not None:
        return pinned, ()
    for position, der in enumerate(signature.chain):
        if fingerprint(der) == signature.keyid:
            return der, signature.chain[position + 1 :]
    message = f"no certificate for key {signature.keyid[:16]}… of {anchors.issuer}"
    raise UnknownSignerError(message, context={"fingerprint": signature.keyid})


def _check_signed(
    signature: bytes, signed: bytes, identity: SignerIdentity, anchors: TrustAnchors
) -> SignerIdentity:
    # The envelope does not name an algorithm, and must not: the profile does.
    key = x509.load_der_x509_certificate(identity.certificate).public_key()
    possible = [each for each in algorithms_for(key) if each.name in anchors.algorithms]
    matching = next((each for each in possible if is_signed(each, key, signature, signed)), None)
    # SIG-3: the signature is verified over the bytes as received
    if matching is None:
        raise SignatureError("signature does not match the signed bytes")
    return msgspec.structs.replace(identity, algorithm=matching.name)
