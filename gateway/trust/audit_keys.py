"""Home's key for the head of the audit trail, and whether a head was signed with one (SIG-8)."""

from collections.abc import Collection

from cryptography import x509

from gateway.domain.audit_heads import SignedHead
from gateway.trust.algorithms import algorithms_for, is_signed
from gateway.trust.certificates import fingerprint
from gateway.trust.dsse import pae
from gateway.trust.keys import SigningKey
from gateway.trust.openssl import verify_command

PAYLOAD_TYPE = "application/vnd.mra-gateway.audit-head.v1+json"


def signed_bytes(statement: bytes) -> bytes:
    """Return what is signed: DSSE's encoding, so that no other signature is ever a head's."""
    return pae(PAYLOAD_TYPE, statement)


def sign_head(key: SigningKey, statement: bytes) -> SignedHead:
    """Sign a statement about the head."""
    return SignedHead(
        statement=statement,
        signature=key.sign(signed_bytes(statement)),
        certificate=key.certificate,
    )


def is_head_signed(signed: SignedHead, own: Collection[str]) -> bool:
    """Tell whether one of home's keys signed, when its certificate was valid.

    Args:
        signed: The head.
        own: Fingerprints of home's certificates for the trail, now and before.
    """
    # SIG-8: the certificate beside a head is a hint; home's settings say which are its own
    if fingerprint(signed.certificate) not in own:
        return False
    certificate = x509.load_der_x509_certificate(signed.certificate)
    # SIG-8: it verifies also after the certificate has expired, but not from before or after it
    if not certificate.not_valid_before_utc <= signed.head.at <= certificate.not_valid_after_utc:
        return False
    key, data = certificate.public_key(), signed_bytes(signed.statement)
    # Over these very bytes (SIG-8)
    return any(is_signed(each, key, signed.signature, data) for each in algorithms_for(key))


def openssl_commands(signed: SignedHead) -> tuple[str, ...]:
    """Return the commands that check an exported head, with a comment where none is known."""
    key = x509.load_der_x509_certificate(signed.certificate).public_key()
    data = signed_bytes(signed.statement)
    fitting = (each for each in algorithms_for(key) if is_signed(each, key, signed.signature, data))
    algorithm = next(fitting, None)
    if algorithm is None:
        return ("# the signature does not match the certificate",)
    files = {"key": "signer.pub", "signature": "signature.bin", "data": "signed.pae"}
    return (
        "$ openssl x509 -in signer.pem -pubkey -noout > signer.pub",
        f"$ {verify_command(algorithm, **files)}",
    )
