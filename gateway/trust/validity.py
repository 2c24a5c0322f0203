"""Until when certificates and revocation lists are good, for those who have to renew them."""

from datetime import datetime

from cryptography import x509
from msgspec import Struct

from gateway.domain.errors import ConfigError


class Validity(Struct, frozen=True, kw_only=True):
    """One certificate or revocation list."""

    name: str
    begins_at: datetime
    expires_at: datetime | None
    """None for a revocation list without an end, which is never fresh (SIG-5)."""


def validity_of_certificates(pem: str) -> list[Validity]:
    """Return the validity of every certificate in a PEM text.

    Raises:
        ConfigError: It holds none.
    """
    try:
        certificates = x509.load_pem_x509_certificates(pem.encode())
    except ValueError as error:
        raise ConfigError(f"not a pem certificate: {error}") from error
    return [
        Validity(
            name=each.subject.rfc4514_string(),
            begins_at=each.not_valid_before_utc,
            expires_at=each.not_valid_after_utc,
        )
        for each in certificates
    ]


def validity_of_revocation_list(pem: str) -> Validity:
    """Return the validity of a revocation list.

    Raises:
        ConfigError: It is none.
    """
    try:
        crl = x509.load_pem_x509_crl(pem.encode())
    except ValueError as error:
        raise ConfigError(f"not a pem revocation list: {error}") from error
    return Validity(
        name=crl.issuer.rfc4514_string(),
        begins_at=crl.last_update_utc,
        expires_at=crl.next_update_utc,
    )
