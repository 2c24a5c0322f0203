"""DSSE envelopes and the chunks that a signed header pins (SIG-3), with cryptography alone."""

from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from tests.e2e.checker.canonical import Document
from tests.e2e.checker.protobuf import Contract, header_of, operator_of

LIST_TYPE = "application/vnd.mra-gateway.list.v1+protobuf"
ACK_TYPE = "application/vnd.mra-gateway.ack.v1+protobuf"


@dataclass(frozen=True)
class Change:
    """What a DELTA says of one operator: ADD, CHANGE with all of it, or REMOVE."""

    action: str
    operator_id: str
    operator: Document | None


@dataclass(frozen=True)
class ReadList:
    """A list after its signature was verified: operators of a FULL, changes of a DELTA."""

    header: Document
    operators: list[Document]
    changes: list[Change]


def pae(payload_type: str, payload: bytes) -> bytes:
    kind = payload_type.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def open_envelope(
    contract: Contract, document: bytes, payload_type: str, signer: x509.Certificate
) -> bytes:
    """Return the payload if this certificate signed it."""
    envelope = contract.read("mra.types.v1.Envelope", document)
    assert envelope["payloadType"] == payload_type
    (signature,) = envelope["signatures"]
    assert signature["keyid"] == fingerprint(signer)
    payload = b64decode(envelope["payload"])
    _verify(signer, b64decode(signature["sig"]), pae(payload_type, payload))
    return payload


def open_list(
    contract: Contract, document: bytes, chunks: Sequence[bytes], signer: x509.Certificate
) -> ReadList:
    """Verify and read a list that came over gRPC."""
    payload = open_envelope(contract, document, LIST_TYPE, signer)
    signed = contract.read("mra.types.v1.SignedHeader", payload)
    assert len(chunks) == signed.get("chunkCount", 0)
    assert sha256(b"".join(chunks)).digest() == b64decode(signed["bodyDigest"])
    read = [contract.read("mra.types.v1.OperatorChunk", chunk) for chunk in chunks]
    return ReadList(
        header_of(signed["header"]),
        [operator_of(operator) for chunk in read for operator in chunk.get("operators", [])],
        [_change(change) for chunk in read for change in chunk.get("changes", [])],
    )


def open_acknowledgement(contract: Contract, document: bytes, signer: x509.Certificate) -> Document:
    """Verify an acknowledgement and return outcome, reasons and the list that it answers."""
    payload = open_envelope(contract, document, ACK_TYPE, signer)
    message = contract.read("mra.types.v1.Acknowledgement", payload)
    return {
        "outcome": message["outcome"].removeprefix("OUTCOME_"),
        "sequence": int(message["sequence"]),
        "listDigest": b64decode(message["listDigest"]).hex(),
        "appliedRoot": b64decode(message.get("appliedRoot", "")).hex() or None,
        "reasons": [reason["code"] for reason in message.get("reasons", [])],
    }


def _change(message: Document) -> Change:
    operator = operator_of(message["operator"]) if "operator" in message else None
    return Change(message["action"].removeprefix("ACTION_"), message["operatorId"], operator)


def fingerprint(certificate: x509.Certificate) -> str:
    return sha256(certificate.public_bytes(Encoding.DER)).hexdigest()


def _verify(signer: x509.Certificate, signature: bytes, data: bytes) -> None:
    key = signer.public_key()
    if isinstance(key, ed25519.Ed25519PublicKey):
        key.verify(signature, data)
    elif isinstance(key, ec.EllipticCurvePublicKey):
        strong = isinstance(key.curve, ec.SECP384R1)
        key.verify(signature, data, ec.ECDSA(hashes.SHA384() if strong else hashes.SHA256()))
    elif isinstance(key, rsa.RSAPublicKey):
        pss = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)
        key.verify(signature, data, pss, hashes.SHA256())
    else:
        raise TypeError(f"no rule for {type(key).__name__}")
