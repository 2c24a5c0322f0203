"""Certificates and CRLs of every kind, good and bad; keys are made once a run."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, mldsa, rsa, x25519
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID, ObjectIdentifier

from gateway.domain.profiles import KeyUse, TrustAnchors
from gateway.trust.algorithms import SigningPrivateKey, algorithms_for
from gateway.trust.keys import SigningKey
from tests.fakes.trial_keys import NOW

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Issued:
    certificate: x509.Certificate
    key: SigningPrivateKey

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(Encoding.PEM).decode()

    @property
    def key_pem(self) -> bytes:
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    def signing_key(
        self, algorithm: str | None = None, chain: Sequence["Issued"] = ()
    ) -> SigningKey:
        return SigningKey(
            certificate=self.der,
            chain=tuple(each.der for each in chain),
            algorithm=algorithm or algorithms_for(self.key.public_key())[0].name,
            fingerprint=self.certificate.fingerprint(hashes.SHA256()).hex(),
            private_key=self.key,
        )


@cache
def make_key(kind: str, number: int = 0) -> SigningPrivateKey:
    """Return the same key for the same arguments; `number` tells keys of one kind apart."""
    assert number >= 0
    if kind.startswith("rsa"):
        return rsa.generate_private_key(65537, int(kind.removeprefix("rsa")))
    if kind == "dsa":
        return dsa.generate_private_key(2048)  # type: ignore[return-value] # the kind to refuse
    kinds = {
        "ed25519": ed25519.Ed25519PrivateKey,
        "mldsa44": mldsa.MLDSA44PrivateKey,  # a kind to refuse
        "mldsa65": mldsa.MLDSA65PrivateKey,
        "x25519": x25519.X25519PrivateKey,  # signs nothing
    }
    if kind in kinds:
        return kinds[kind].generate()  # type: ignore[attr-defined, no-any-return] # as above
    curves = {"p256": ec.SECP256R1(), "p384": ec.SECP384R1(), "p521": ec.SECP521R1()}
    return ec.generate_private_key(curves[kind])


def issue(
    name: str,
    *,
    kind: str = "p256",
    number: int = 0,
    issuer: Issued | None = None,
    countries: Sequence[str] = ("XA",),
    since: datetime = NOW - DAY,
    until: datetime = NOW + 365 * DAY,
    ca: bool = False,
    signs: bool = True,
    purposes: Sequence[ObjectIdentifier] = (),
) -> Issued:
    key = make_key(kind, number)
    subject = x509.Name(
        [
            *(x509.NameAttribute(NameOID.COUNTRY_NAME, country) for country in countries),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )
    signer = issuer.key if issuer else key
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(until)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(signs and not ca, False, False, False, not signs, ca, ca, False, False),
            critical=True,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
    )
    if purposes:
        builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
    hashed = isinstance(signer, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | dsa.DSAPrivateKey)
    return Issued(builder.sign(signer, hashes.SHA256() if hashed else None), key)


def revoke(
    issuer: Issued,
    *revoked: Issued,
    at: datetime = NOW,
    since: datetime = NOW - DAY,
    until: datetime | None = NOW + DAY,
    invalid_since: datetime | None = None,
    extension: x509.ExtensionType | None = None,
    name: x509.Name | None = None,
) -> str:
    """Return a PEM CRL."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(name or issuer.certificate.subject)
        .last_update(since)
        .next_update(until or since + DAY)
    )
    for each in revoked:
        row = (
            x509.RevokedCertificateBuilder()
            .serial_number(each.certificate.serial_number)
            .revocation_date(at)
        )
        if invalid_since is not None:
            row = row.add_extension(x509.InvalidityDate(invalid_since), critical=False)
        builder = builder.add_revoked_certificate(row.build())
    if extension is not None:
        builder = builder.add_extension(extension, critical=True)
    return builder.sign(issuer.key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()


def anchors(
    *,
    pinned: Sequence[Issued] = (),
    authorities: Sequence[Issued] = (),
    revocation_lists: Sequence[str] = (),
    countries: Sequence[str] = ("XA",),
    algorithms: Sequence[str] = ("ecdsa-p256-sha256",),
    use: KeyUse = KeyUse.LISTS,
) -> TrustAnchors:
    return TrustAnchors(
        use=use,
        issuer="XA",
        countries=tuple(countries),
        pinned=tuple(each.pem for each in pinned),
        authorities=tuple(each.pem for each in authorities),
        revocation_lists=tuple(revocation_lists),
        algorithms=tuple(algorithms),
    )
