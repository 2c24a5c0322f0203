"""What a profile registers for one use, read from its PEM texts."""

from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from gateway.domain.errors import ConfigError
from gateway.domain.profiles import TrustAnchors


@dataclass(frozen=True, slots=True)
class Registered:
    """Certificates and CRLs of `TrustAnchors`. The system trust store is never used (SIG-5)."""

    pinned: tuple[x509.Certificate, ...]
    authorities: tuple[x509.Certificate, ...]
    revocation_lists: tuple[x509.CertificateRevocationList, ...]

    def find_pinned(self, keyid: str) -> bytes | None:
        """Return the DER of the pinned certificate with this hex SHA-256, or none."""
        pinned = (each for each in self.pinned if each.fingerprint(hashes.SHA256()).hex() == keyid)
        found = next(pinned, None)
        return None if found is None else found.public_bytes(Encoding.DER)


def read_anchors(anchors: TrustAnchors) -> Registered:
    """Parse the PEM texts of a profile.

    Raises:
        ConfigError: One of them is not readable; the profile is ours, so the fault is too.
    """
    return Registered(
        pinned=tuple(_read_pinned(text, anchors) for text in anchors.pinned),
        authorities=tuple(
            certificate
            for text in anchors.authorities
            for certificate in _read_certificates(text, anchors)
        ),
        revocation_lists=tuple(_read_crl(text, anchors) for text in anchors.revocation_lists),
    )


def _read_pinned(text: str, anchors: TrustAnchors) -> x509.Certificate:
    certificates = _read_certificates(text, anchors)
    # A file with its CA behind the signer would pin the CA as a signer.
    if len(certificates) != 1:
        message = f"a pinned certificate of {anchors.issuer} for {anchors.use} is not alone"
        raise ConfigError(message)
    return certificates[0]


def _read_certificates(text: str, anchors: TrustAnchors) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(text.encode())
    except ValueError as error:
        message = f"a certificate of {anchors.issuer} for {anchors.use} is not readable"
        raise ConfigError(message) from error


def _read_crl(text: str, anchors: TrustAnchors) -> x509.CertificateRevocationList:
    try:
        return x509.load_pem_x509_crl(text.encode())
    except ValueError as error:
        message = f"a revocation list of {anchors.issuer} for {anchors.use} is not readable"
        raise ConfigError(message) from error
