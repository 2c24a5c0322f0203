"""DSSE envelopes to and from protobuf; what they mean is `trust.dsse`'s business."""

from google.protobuf.message import DecodeError

from gateway.domain.errors import NotWellFormedError, TooLargeError
from gateway.pb.mra.types.v1 import envelope_pb2 as pb
from gateway.trust.dsse import Envelope, EnvelopeSignature

MAX_ENVELOPE_BYTES = 3 * 1024**2
"""An acknowledgement that names 20,000 unusable operators (ACC-10) still fits a message."""


def envelope_to_bytes(envelope: Envelope) -> bytes:
    """Serialise an envelope, once: these bytes are kept and carried."""
    return pb.Envelope(
        payload=envelope.payload,
        payload_type=envelope.payload_type,
        signatures=[
            pb.Signature(sig=one.signature, keyid=one.keyid, certificates=one.chain)
            for one in envelope.signatures
        ],
    ).SerializeToString()


def envelope_from_bytes(document: bytes) -> Envelope:
    """Parse an envelope that nobody has verified yet.

    Raises:
        TooLargeError: It is longer than any header or acknowledgement.
        NotWellFormedError: The bytes are no envelope.
    """
    # ACC-1: size before anything else
    if len(document) > MAX_ENVELOPE_BYTES:
        raise TooLargeError(
            f"the envelope has {len(document)} bytes, more than {MAX_ENVELOPE_BYTES}",
            context={"limit": str(MAX_ENVELOPE_BYTES)},
        )
    message = pb.Envelope()
    try:
        message.ParseFromString(document)
    except DecodeError as error:
        raise NotWellFormedError("the bytes are no DSSE envelope") from error
    # ACC-1: an envelope without content is cut off or something else
    if not message.payload or not message.payload_type:
        raise NotWellFormedError("the envelope has no payload or no payload type")
    return Envelope(
        payload=message.payload,
        payload_type=message.payload_type,
        signatures=tuple(
            EnvelopeSignature(keyid=one.keyid, signature=one.sig, chain=tuple(one.certificates))
            for one in message.signatures
        ),
    )
