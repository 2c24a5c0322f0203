"""A gRPC list for openssl: envelope and chunks as received, and the signed bytes written out."""

from ssl import DER_cert_to_PEM_cert

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from gateway.domain.documents import Unverified
from gateway.domain.errors import GatewayError
from gateway.exchange.grpc_feed.envelope_codec import envelope_from_bytes
from gateway.exchange.grpc_feed.fields import parse
from gateway.pb.mra.types.v1 import list_pb2
from gateway.ports.evidence import Witness
from gateway.trust.algorithms import algorithms_for, is_signed
from gateway.trust.certificates import UNREADABLE
from gateway.trust.dsse import Envelope, EnvelopeSignature, pae
from gateway.trust.openssl import verify_command


def take_apart(document: Unverified) -> Witness:
    """Write down the envelope, its chunks, the bytes that were signed, and how openssl checks."""
    files = {"envelope.pb": document.document}
    names = [f"chunk-{number:06}.pb" for number in range(1, len(document.chunks) + 1)]
    files |= dict(zip(names, document.chunks, strict=True))
    try:
        envelope = envelope_from_bytes(document.document)
    except GatewayError:
        return Witness(files=files, commands=("# the bytes are no DSSE envelope",), claimed=None)
    signed = pae(envelope.payload_type, envelope.payload)
    files |= {"payload.pb": envelope.payload, "signed.pae": signed}
    commands = _body_commands(envelope, with_chunks=bool(names))
    if not envelope.signatures:
        return Witness(files=files, commands=("# no signature", *commands), claimed=None)
    checks = ["# signed.pae is the DSSE pre-authentication encoding of payload.pb: what was signed"]
    for number, signature in enumerate(envelope.signatures, start=1):
        # The second is that of a hybrid stream (SIG-4).
        suffix = "" if number == 1 else f"-{number}"
        claimed = signature.chain[0] if signature.chain else None
        files[f"signature{suffix}.bin"] = signature.signature
        if suffix and claimed is not None:
            files[f"signer{suffix}.pem"] = DER_cert_to_PEM_cert(claimed).encode("ascii")
        checks += _signature_commands(signature, claimed, signed, suffix)
    first = envelope.signatures[0].chain
    return Witness(files=files, commands=(*checks, *commands), claimed=first[0] if first else None)


def _signature_commands(
    signature: EnvelopeSignature, claimed: bytes | None, signed: bytes, suffix: str
) -> tuple[str, ...]:
    if claimed is None:
        return ("# the envelope carries no certificate",)
    try:
        key = x509.load_der_x509_certificate(claimed).public_key()
        possible = algorithms_for(key)
    except (*UNREADABLE, UnsupportedAlgorithm):
        return ("# the envelope's certificate cannot be read",)
    matching = (each for each in possible if is_signed(each, key, signature.signature, signed))
    algorithm = next(matching, None) or next(iter(possible), None)
    if algorithm is None:
        return ("# the envelope's key is of a kind that may not sign",)
    return (
        f"openssl x509 -in signer{suffix}.pem -pubkey -noout > signer{suffix}.pub",
        verify_command(
            algorithm,
            key=f"signer{suffix}.pub",
            signature=f"signature{suffix}.bin",
            data="signed.pae",
        ),
    )


def _body_commands(envelope: Envelope, *, with_chunks: bool) -> tuple[str, ...]:
    try:
        signed = parse(list_pb2.SignedHeader, envelope.payload, "signed header")
    except GatewayError:
        return ("# the payload is no header of a list",)
    body = "cat chunk-*.pb" if with_chunks else "printf ''"
    return (
        f"# the signed header pins {signed.chunk_count} chunks by this digest:",
        f'test "$({body} | openssl dgst -sha256 -r | cut -d" " -f1)" = {signed.body_digest.hex()}',
    )
