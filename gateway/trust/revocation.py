"""Revocation lists (RFC 5280): the library parses and verifies, here is decided what they mean."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from gateway.domain.errors import CertificateError, StaleRevocationError
from gateway.trust.registered import Registered


def check_not_revoked(
    path: Sequence[x509.Certificate],
    registered: Registered,
    moments: Sequence[datetime],
    *,
    grace: timedelta,
) -> datetime | None:
    """Check every issued certificate of a path against the registered CRLs.

    A profile that registers CRLs wants them used: a CA of the path without one is refused. For a
    pinned certificate only its own issuer's CRLs count, if there are any. An issuer is known by its
    key: a CA that changes it has two under one name for a time, each with CRLs of its own.

    Returns:
        When the CRL ended that was taken in its grace; none if all are fresh.

    Raises:
        CertificateError: Revoked, or the CRL is missing, not signed by a registered CA, or of a
            kind that is not understood.
        StaleRevocationError: The CRL ended, and so did its grace.
    """
    if not registered.revocation_lists:
        return None
    if len(path) == 1:
        return _check_pinned(path[0], registered, moments, grace)
    ended: list[datetime | None] = []
    for certificate, issuer in pairwise(path):
        lists = _lists_for(certificate, [issuer], registered)
        # SIG-5: no word about revocation is not a good word
        if not lists:
            name = issuer.subject.rfc4514_string()
            raise CertificateError(f"no revocation list of {name} is registered for its key")
        ended.append(_check_lists(certificate, lists, moments, grace))
    return min(filter(None, ended), default=None)


def _check_pinned(
    certificate: x509.Certificate,
    registered: Registered,
    moments: Sequence[datetime],
    grace: timedelta,
) -> datetime | None:
    issuers = [each for each in registered.authorities if _is_issued_by(certificate, each)]
    lists = _lists_for(certificate, issuers, registered)
    return _check_lists(certificate, lists, moments, grace) if lists else None


def _lists_for(
    certificate: x509.Certificate, issuers: Sequence[x509.Certificate], registered: Registered
) -> list[x509.CertificateRevocationList]:
    """Return the CRLs that `issuers`, the certificate's own, signed; not those of namesakes."""
    named = [crl for crl in registered.revocation_lists if crl.issuer == certificate.issuer]
    lists = [crl for crl in named if _is_signed_by(crl, issuers)]
    namesakes = [each for each in registered.authorities if each.subject == certificate.issuer]
    # SIG-5: a revocation list that no CA signed says nothing
    if not lists and not all(_is_signed_by(crl, namesakes) for crl in named):
        name = certificate.issuer.rfc4514_string()
        raise CertificateError(f"revocation list of {name} is not signed by a registered ca")
    return lists


def _is_issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _is_signed_by(
    crl: x509.CertificateRevocationList, authorities: Sequence[x509.Certificate]
) -> bool:
    return any(_fits(crl, authority) for authority in authorities)


def _fits(crl: x509.CertificateRevocationList, authority: x509.Certificate) -> bool:
    try:
        return crl.is_signature_valid(authority.public_key())  # type: ignore[arg-type] # other kinds of key raise TypeError
    except TypeError:
        return False


def _check_lists(
    certificate: x509.Certificate,
    lists: Sequence[x509.CertificateRevocationList],
    moments: Sequence[datetime],
    grace: timedelta,
) -> datetime | None:
    for crl in lists:
        _check_whole(crl)
        revoked_at = _revoked_at(certificate, crl)
        # SIG-5: not revoked at any of the moments
        if revoked_at is not None and revoked_at <= max(moments):
            message = f"{certificate.subject.rfc4514_string()} was revoked at {_at(revoked_at)}"
            raise CertificateError(message)
    until = max((crl.next_update_utc for crl in lists if crl.next_update_utc), default=None)
    # SIG-5, SIG-9: a stale list may not know of the newest revocation; the grace bears that
    if until is None or until + grace < max(moments):
        ended = "without end date" if until is None else _at(until)
        name = certificate.issuer.rfc4514_string()
        raise StaleRevocationError(f"revocation list of {name} is stale ({ended})")
    return until if until < max(moments) else None


def _check_whole(crl: x509.CertificateRevocationList) -> None:
    # SIG-5: a critical extension may mean that it is a part or a delta (RFC 5280 5.2)
    if any(extension.critical for extension in crl.extensions):
        name = crl.issuer.rfc4514_string()
        raise CertificateError(f"revocation list of {name} is only a part, a whole one is needed")


def _revoked_at(
    certificate: x509.Certificate, crl: x509.CertificateRevocationList
) -> datetime | None:
    revoked = crl.get_revoked_certificate_by_serial_number(certificate.serial_number)
    if revoked is None:
        return None
    try:
        invalid = revoked.extensions.get_extension_for_class(x509.InvalidityDate).value
    except x509.ExtensionNotFound:
        return revoked.revocation_date_utc
    # The key may have been lost before the CA was told (RFC 5280 5.3.2).
    return min(revoked.revocation_date_utc, invalid.invalidity_date_utc)


def _at(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
