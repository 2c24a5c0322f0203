"""A PKI for trials: one CA, and a key for each use (SIG-6).

For laptops, tests and joint trials. In production the administration's own CA issues the same
certificates; nothing else changes.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from gateway.domain.errors import ConfigError
from gateway.trust.key_files import write_new, writing

CLOCK_SKEW = timedelta(minutes=5)
"""Certificates begin this long before they are made, for machines whose clocks differ."""

CLIENT_DAYS = 365

_DOCUMENT_SIGNING = ObjectIdentifier("1.3.6.1.5.5.7.3.36")
"""id-kp-documentSigning (RFC 9336)."""

_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class TrialPki:
    """Where the certificates lie; the key of `X.pem` is in `X.key` beside it."""

    authority: Path
    tls: Path
    lists: Path
    acknowledgements: Path
    audit: Path


def make_trial_pki(
    folder: Path,
    *,
    administration: str,
    country: str,
    hosts: Sequence[str],
    now: datetime,
    days: int,
) -> TrialPki:
    """Make a CA, and certificates for TLS (server and client), lists, acknowledgements, audit.

    Args:
        folder: Made if missing; gets `ca`, `tls`, `lists`, `acknowledgements`, `audit`, each as
            `.pem` and `.key`.
        administration: Organisation in every subject.
        country: ISO 3166-1 alpha-2 in every subject; partners register it (SIG-5).
        hosts: DNS names and IP addresses of the server.
        now: Validity begins here, less `CLOCK_SKEW`.
        days: Validity.

    Raises:
        ConfigError: A file exists already, cannot be written, or an argument does not fit.
    """
    names = ("ca", "tls", "lists", "acknowledgements", "audit")
    _make_folder(folder)
    _require_free(folder, names)
    authority = _Authority.make(_subject(administration, country, "trial CA"), now, days)
    _write_pair(folder, "ca", authority.certificate, authority.key)
    addresses = x509.SubjectAlternativeName([_general_name(host) for host in hosts])
    _issue(
        folder,
        "tls",
        authority=authority,
        subject=_subject(administration, country, "gateway"),
        purposes=(ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH),
        addresses=addresses,
        now=now,
        days=days,
    )
    for name in ("lists", "acknowledgements", "audit"):
        _issue(
            folder,
            name,
            authority=authority,
            subject=_subject(administration, country, name),
            purposes=(_DOCUMENT_SIGNING,),
            now=now,
            days=days,
        )
    return TrialPki(*(folder / f"{name}.pem" for name in names))


def make_client(
    folder: Path, name: str, *, authority: Path, now: datetime, days: int = CLIENT_DAYS
) -> Path:
    """Make a TLS client certificate for a caller, such as a border system.

    Args:
        folder: Made if missing; gets `<name>.pem` and `<name>.key`.
        name: Common name and file name.
        authority: Folder with `ca.pem` and `ca.key`, as `make_trial_pki` left it.
        now: Validity begins here, less `CLOCK_SKEW`.
        days: Validity, cut to the CA's own.

    Returns:
        The certificate's file.

    Raises:
        ConfigError: No CA there, a file exists already, or the name is no file name.
    """
    if _FILE_NAME.fullmatch(name) is None:
        raise ConfigError(f"{name!r} cannot be a file name: letters, digits, dot, dash, underscore")
    issuer = _Authority.load(authority)
    _make_folder(folder)
    _require_free(folder, (name,))
    issuing = issuer.certificate.subject
    kept = [each for each in issuing if each.oid != NameOID.COMMON_NAME]
    _issue(
        folder,
        name,
        authority=issuer,
        subject=x509.Name([*kept, x509.NameAttribute(NameOID.COMMON_NAME, name)]),
        purposes=(ExtendedKeyUsageOID.CLIENT_AUTH,),
        now=now,
        days=days,
    )
    return folder / f"{name}.pem"


def make_revocation_list(
    authority: Path, revoked: Sequence[Path], *, now: datetime, days: int
) -> str:
    """Return a PEM CRL of the trial CA that names the certificates in `revoked` as of `now`.

    Raises:
        ConfigError: No CA there, or a certificate is not readable.
    """
    issuer = _Authority.load(authority)
    start = now.replace(microsecond=0)
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.certificate.subject)
        .last_update(start)
        .next_update(start + timedelta(days=days))
    )
    for path in revoked:
        serial = _read_certificate(path).serial_number
        builder = builder.add_revoked_certificate(
            x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(start).build()
        )
    crl = builder.sign(issuer.key, hashes.SHA256())
    return crl.public_bytes(Encoding.PEM).decode()


@dataclass(frozen=True, slots=True)
class _Authority:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @classmethod
    def make(cls, subject: x509.Name, now: datetime, days: int) -> "_Authority":
        key = ec.generate_private_key(ec.SECP256R1())
        builder = (
            _builder(subject, subject, key.public_key(), now, _until(now, days))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(certificates=True), critical=True)
        )
        return cls(builder.sign(key, hashes.SHA256()), key)

    @classmethod
    def load(cls, folder: Path) -> "_Authority":
        certificate = _read_certificate(folder / "ca.pem")
        path = folder / "ca.key"
        try:
            key = load_pem_private_key(path.read_bytes(), password=None)
        except OSError as error:
            raise ConfigError(f"{path} cannot be read: {error.strerror}") from error
        except (ValueError, TypeError) as error:
            raise ConfigError(f"{path} holds no pem private key") from error
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise ConfigError(f"{path} is not the key of a trial ca")
        return cls(certificate, key)


def _issue(
    folder: Path,
    name: str,
    *,
    authority: _Authority,
    subject: x509.Name,
    purposes: Sequence[ObjectIdentifier],
    addresses: x509.SubjectAlternativeName | None = None,
    now: datetime,
    days: int,
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    issuer = authority.certificate
    end = min(_until(now, days), issuer.not_valid_after_utc)
    builder = (
        _builder(subject, issuer.subject, key.public_key(), now, end)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()),
            critical=False,
        )
    )
    if addresses is not None:
        builder = builder.add_extension(addresses, critical=False)
    _write_pair(folder, name, builder.sign(authority.key, hashes.SHA256()), key)


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    now: datetime,
    end: datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now.replace(microsecond=0) - CLOCK_SKEW)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _until(now: datetime, days: int) -> datetime:
    return now.replace(microsecond=0) + timedelta(days=days)


def _usage(*, certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=certificates,
        crl_sign=certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _subject(administration: str, country: str, name: str) -> x509.Name:
    try:
        return x509.Name(
            [
                x509.NameAttribute(NameOID.COUNTRY_NAME, country),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, administration),
                x509.NameAttribute(NameOID.COMMON_NAME, f"{administration} {name}"[:64]),
            ]
        )
    except ValueError as error:
        message = f"{administration!r} or {country!r} cannot stand in a certificate: {error}"
        raise ConfigError(message) from error


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _read_certificate(path: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise ConfigError(f"{path} holds no pem certificate") from error


def _make_folder(folder: Path) -> None:
    writing(folder, lambda: folder.mkdir(mode=0o700, parents=True, exist_ok=True))


def _require_free(folder: Path, names: Sequence[str]) -> None:
    for name in names:
        for path in (folder / f"{name}.pem", folder / f"{name}.key"):
            if path.exists():
                raise ConfigError(f"{path} exists already and is never overwritten")


def _write_pair(
    folder: Path, name: str, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey
) -> None:
    text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    write_new(folder / f"{name}.key", text, mode=0o600)
    write_new(folder / f"{name}.pem", certificate.public_bytes(Encoding.PEM), mode=0o644)
