"""Who signed, and whether they might: pinned certificates, pinned CAs, dates, CRLs, country.

A certificate that came with a document is a claim. What a profile registers for the *use* at hand
decides; the anchors of another use never match (SIG-6), nor does the system trust store (SIG-5).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import verification
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from gateway.domain.documents import Content, SignerIdentity, Verified
from gateway.domain.errors import (
    CertificateError,
    ConfigError,
    SignatureError,
    UnknownSignerError,
    WeakAlgorithmError,
)
from gateway.domain.profiles import KeyUse, TrustAnchors
from gateway.trust.algorithms import algorithms_for, check_key_strength
from gateway.trust.registered import Registered, read_anchors
from gateway.trust.revocation import check_not_revoked

MAX_SIGNING_TIME_OFFSET = timedelta(minutes=5)
"""SIG-5: `SigningTime` and `IssueDateTime`."""

MAX_CHAIN = 4
"""Certificates that may come beside a signer's: more is no chain but an attempt to cost time."""

UNREADABLE = (
    ValueError,
    TypeError,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)
"""What the library says of a certificate of whatever bytes, beside an algorithm that it does not
know."""

_TLS_PURPOSES = frozenset({ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH})


def fingerprint(der: bytes) -> str:
    """Return the hex SHA-256 of a DER certificate."""
    return sha256(der).hexdigest()


def fingerprint_of_pem(pem: str) -> str:
    """Return the fingerprint of the first certificate in a PEM text.

    Raises:
        ConfigError: There is none.
    """
    try:
        certificate = x509.load_pem_x509_certificate(pem.encode())
    except ValueError as error:
        raise ConfigError(f"not a pem certificate: {error}") from error
    return fingerprint(certificate.public_bytes(Encoding.DER))


def check_signer(
    der: bytes, chain: Sequence[bytes], anchors: TrustAnchors, *, moments: Sequence[datetime]
) -> SignerIdentity:
    """Check that a certificate may sign for `anchors.issuer` at every one of `moments`.

    Args:
        der: The signer's certificate as claimed.
        chain: Certificates that came beside it, nearest first: a hint for finding the path.
        anchors: What the profile registers for this use.
        moments: First receipt, `IssueDateTime`, or both (SIG-5).

    Returns:
        The identity, with the first registered algorithm that its key can sign with.

    Raises:
        SignatureError: `der` or `chain` are no certificates.
        UnknownSignerError: Neither pinned nor issued by a pinned CA for this use.
        CertificateError: Expired, not yet valid, revoked, compromised, or of another country.
        StaleRevocationError: The CRL is stale, for longer than the profile's grace.
        WeakAlgorithmError: The key is too weak, or of no registered algorithm.
        ConfigError: The profile's certificates are not readable.
    """
    signer = _read_claimed(der)
    claimed = _read_chain(chain)
    registered = read_anchors(anchors)
    path = _find_path(signer, claimed, registered, anchors, moments)
    _check_dates(path, moments)
    _check_not_compromised(path, anchors, moments)
    crl_ended_at = check_not_revoked(path, registered, moments, grace=anchors.crl_grace)
    _check_country(signer, anchors)
    return SignerIdentity(
        fingerprint=fingerprint(der),
        subject=signer.subject.rfc4514_string(),
        country=_country_of(signer),
        algorithm=_algorithm_of(path, anchors),
        certificate=der,
        chain=tuple(chain),
        crl_ended_at=crl_ended_at,
    )


def require_valid_when_issued(
    verified: Verified[Content], anchors: TrustAnchors, issued_at: datetime
) -> None:
    """Check a signer once more, at `IssueDateTime`, which only the decoder knows (SIG-5).

    Raises:
        CertificateError: Not valid then, or XAdES `SigningTime` is more than 5 minutes off.
        UnknownSignerError: Not issued by a registered CA then.
        WeakAlgorithmError: As `check_signer`.
        ConfigError: As `check_signer`.
    """
    signer = verified.signer
    # SIG-5: valid and not revoked at IssueDateTime too
    check_signer(signer.certificate, signer.chain, anchors, moments=(issued_at,))
    if signer.beside is not None:
        beside, registered = signer.beside, anchors.post_quantum
        # SIG-4, SIG-5: so was the certificate of a hybrid stream's second signature
        check_signer(beside.certificate, beside.chain, registered, moments=(issued_at,))
    # DSSE states no signing time.
    if verified.signed_at is None:
        return
    # SIG-5: SigningTime within 5 minutes of IssueDateTime
    if abs(verified.signed_at - issued_at) > MAX_SIGNING_TIME_OFFSET:
        message = f"signed at {_at(verified.signed_at)}, but issued at {_at(issued_at)}"
        raise CertificateError(message)


def require_separate_uses(trust: Sequence[TrustAnchors]) -> None:
    """Refuse a profile that registers one key for two uses (SIG-6).

    Raises:
        ConfigError: Two uses share a pinned certificate, a CA, or their keys.
    """
    uses: dict[bytes, str] = {}
    for anchors in trust:
        registered = read_anchors(anchors)
        for certificate in (*registered.pinned, *registered.authorities):
            key = certificate.public_key().public_bytes(
                Encoding.DER, PublicFormat.SubjectPublicKeyInfo
            )
            # SIG-6: one registration, one use
            if uses.setdefault(key, anchors.use) != anchors.use:
                name = certificate.subject.rfc4514_string()
                message = f"{name} is registered for {uses[key]} and for {anchors.use}"
                raise ConfigError(message)


def own_anchors(
    issuer: str, use: KeyUse, certificates: Sequence[bytes], algorithm: str
) -> TrustAnchors:
    """Return what believes our own documents when somebody shows them to us (EXC-1).

    Args:
        issuer: Home.
        use: Of the documents.
        certificates: DER, that of `algorithm` first, then that of a second signature, if any.
        algorithm: Of the first.
    """
    pinned = [x509.load_der_x509_certificate(der) for der in certificates]
    return TrustAnchors(
        use=use,
        issuer=issuer,
        countries=tuple({_country_of(certificate) or "" for certificate in pinned}),
        pinned=tuple(one.public_bytes(Encoding.PEM).decode("ascii") for one in pinned),
        algorithms=(algorithm,),
    )


def _read_claimed(der: bytes) -> x509.Certificate:
    try:
        certificate = x509.load_der_x509_certificate(der)
        # Parsed lazily: they raise only when they are looked at.
        certificate.subject.rfc4514_string()
        tuple(certificate.extensions)
        certificate.public_key()
    except UnsupportedAlgorithm as error:
        raise WeakAlgorithmError("signer's key is of a kind that may not sign") from error
    except UNREADABLE as error:
        raise SignatureError("signer's certificate is not readable") from error
    return certificate


def _read_chain(chain: Sequence[bytes]) -> list[x509.Certificate]:
    if len(chain) > MAX_CHAIN:
        raise SignatureError(f"{len(chain)} certificates beside the signer's, at most {MAX_CHAIN}")
    return [_read_claimed(der) for der in chain]


def _find_path(
    signer: x509.Certificate,
    claimed: list[x509.Certificate],
    registered: Registered,
    anchors: TrustAnchors,
    moments: Sequence[datetime],
) -> tuple[x509.Certificate, ...]:
    if signer in registered.pinned:
        return (signer,)
    # Its own beginning tells whose it is; whether it was good at the moments is asked later, so
    # that an expired certificate is not called a stranger's.
    paths = (
        _issued_path(signer, claimed, registered, moment)
        for moment in (*moments, signer.not_valid_before_utc)
    )
    path = next((path for path in paths if path is not None), None)
    # SIG-5: registered by the partner for this use, or issued by its CA
    if path is None:
        message = f"{_name(signer)} is not registered for {anchors.use} of {anchors.issuer}"
        raise UnknownSignerError(message, context={"subject": _name(signer)})
    # SIG-6: a CA issues for every use; a certificate made for TLS signs nothing
    if _is_for_tls(signer):
        raise UnknownSignerError(f"{_name(signer)} is a tls certificate, not for {anchors.use}")
    # SIG-5: what issues certificates, or was not made for signatures, signs no document either
    if not _is_for_signatures(signer):
        raise CertificateError(f"{_name(signer)} is a certificate that may not sign documents")
    return path


def _issued_path(
    signer: x509.Certificate,
    claimed: list[x509.Certificate],
    registered: Registered,
    moment: datetime,
) -> tuple[x509.Certificate, ...] | None:
    if not registered.authorities:
        return None
    verifier = (
        verification.PolicyBuilder()
        .store(verification.Store(list(registered.authorities)))
        .time(moment)
        .max_chain_depth(MAX_CHAIN)
        .extension_policies(
            # A signer's certificate needs no DNS name, unlike one for TLS.
            ee_policy=verification.ExtensionPolicy.permit_all(),
            ca_policy=verification.ExtensionPolicy.webpki_defaults_ca(),
        )
        .build_client_verifier()
    )
    try:
        return tuple(verifier.verify(signer, claimed).chain)
    except (verification.VerificationError, ValueError):
        return None


def _is_for_tls(signer: x509.Certificate) -> bool:
    try:
        usage = signer.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return False
    return not _TLS_PURPOSES.isdisjoint(usage)


def _is_for_signatures(signer: x509.Certificate) -> bool:
    """Tell whether a certificate is no CA's, and its key usage lets it sign (RFC 5280, 4.2.1.3)."""
    extensions = {type(one.value): one.value for one in signer.extensions}
    constraints = extensions.get(x509.BasicConstraints)
    if isinstance(constraints, x509.BasicConstraints) and constraints.ca:
        return False
    usage = extensions.get(x509.KeyUsage)
    if not isinstance(usage, x509.KeyUsage):
        return True
    return usage.digital_signature or usage.content_commitment


def _check_dates(path: tuple[x509.Certificate, ...], moments: Sequence[datetime]) -> None:
    for certificate in path:
        for moment in moments:
            # SIG-5: not yet valid
            if moment < certificate.not_valid_before_utc:
                start = _at(certificate.not_valid_before_utc)
                message = (
                    f"{_name(certificate)} is not valid before {start}, asked for {_at(moment)}"
                )
                raise CertificateError(message)
            # SIG-5: expired
            if moment > certificate.not_valid_after_utc:
                end = _at(certificate.not_valid_after_utc)
                message = f"{_name(certificate)} expired at {end}, asked for {_at(moment)}"
                raise CertificateError(message)


def _check_not_compromised(
    path: tuple[x509.Certificate, ...], anchors: TrustAnchors, moments: Sequence[datetime]
) -> None:
    signer = path[0]
    own = fingerprint(signer.public_bytes(Encoding.DER))
    for key in anchors.compromised:
        # SIG-9: what came before stays good; what comes since may be anybody's
        if key.fingerprint == own and max(moments) >= key.since:
            message = f"the key of {_name(signer)} is compromised since {_at(key.since)}"
            raise CertificateError(message, context={"fingerprint": own})


def _check_country(signer: x509.Certificate, anchors: TrustAnchors) -> None:
    country = _country_of(signer)
    # SIG-5: the country is one that the profile registers for that issuer
    if country not in anchors.countries:
        allowed = ", ".join(anchors.countries)
        message = f"{_name(signer)} is of country {country or 'none'}, registered are {allowed}"
        raise CertificateError(message)


def _country_of(signer: x509.Certificate) -> str | None:
    countries = signer.subject.get_attributes_for_oid(NameOID.COUNTRY_NAME)
    # Two countries are none: the profile would not know which one it registered.
    return str(countries[0].value) if len(countries) == 1 else None


def _algorithm_of(path: tuple[x509.Certificate, ...], anchors: TrustAnchors) -> str:
    for certificate in path:
        check_key_strength(certificate.public_key())
    names = [algorithm.name for algorithm in algorithms_for(path[0].public_key())]
    fitting = [name for name in anchors.algorithms if name in names]
    # SIG-4: exactly the profile's algorithms may sign
    if not fitting:
        message = (
            f"a key for {names[0]} may not sign, registered are {', '.join(anchors.algorithms)}"
        )
        raise WeakAlgorithmError(message)
    return fitting[0]


def _name(certificate: x509.Certificate) -> str:
    return certificate.subject.rfc4514_string() or "certificate without subject"


def _at(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
