"""Keys, anchors and lists of an administration that does not exist, for tests of the feeds."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from gateway.domain.acknowledgements import Acknowledgement, Outcome, Reason
from gateway.domain.canonical import list_operator
from gateway.domain.lists import ListedOperator, ListHeader, ListKind, Stream
from gateway.domain.operators import (
    Address,
    Authorisation,
    Identifier,
    Name,
    Operator,
    Status,
    StatusCode,
)
from gateway.domain.profiles import KeyUse, TrustAnchors
from gateway.domain.state import state_root
from gateway.trust.keys import SigningKey

NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
STREAM = Stream(issuer="XA", recipient="XH", agreement="XH-XA", test=False, epoch=1)
ROLES = ("CA", "CB", "CS", "EX", "FW", "IM", "MF", "TR", "WH", "ZZZ")
NAMES = (
    ("Schiffahrt Müßig & Söhne", "de", "Latn"),
    ("株式会社架空通商", "ja", "Jpan"),
    ("شركة الأفق التجارية", "ar", "Arab"),
    ("Вымышленная торговля", "ru", "Cyrl"),
    ("e\u0301toile 𠮷野家", "fr", "Latn"),
)


def make_key(
    *, country: str = "XA", use: str = "lists", start: datetime = NOW - DAY, days: int = 30
) -> SigningKey:
    private_key = ec.generate_private_key(ec.SECP256R1())
    return _signing_key(
        private_key, "ecdsa-p256-sha256", country=country, use=use, start=start, days=days
    )


def make_ed25519_key() -> SigningKey:
    private_key = ed25519.Ed25519PrivateKey.generate()
    return _signing_key(private_key, "ed25519", country="XA", use="lists", start=NOW - DAY, days=30)


def _signing_key(
    private_key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey,
    algorithm: str,
    *,
    country: str,
    use: str,
    start: datetime,
    days: int,
) -> SigningKey:
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, country),
            x509.NameAttribute(NameOID.COMMON_NAME, f"{country} {use}"),
        ]
    )
    usage = dict.fromkeys(
        (
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "key_cert_sign",
            "crl_sign",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private_key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=days))
        .add_extension(x509.KeyUsage(digital_signature=True, **usage), critical=True)
        .sign(private_key, SHA256() if algorithm.startswith("ecdsa") else None)
    )
    der = certificate.public_bytes(Encoding.DER)
    return SigningKey(
        certificate=der,
        chain=(),
        algorithm=algorithm,
        fingerprint=sha256(der).hexdigest(),
        private_key=private_key,
    )


def anchors_of(key: SigningKey, use: KeyUse = KeyUse.LISTS) -> TrustAnchors:
    certificate = x509.load_der_x509_certificate(key.certificate)
    return TrustAnchors(
        use=use,
        issuer="XA",
        countries=("XA",),
        pinned=(certificate.public_bytes(Encoding.PEM).decode(),),
        algorithms=(key.algorithm,),
    )


def make_operator(number: int) -> Operator:
    text, language, script = NAMES[number % len(NAMES)]
    return Operator(
        id=f"XA{number:010d}",
        alternate_ids=(Identifier(scheme="EORI", value=f"XA{number}"),),
        names=(Name(text=f"{text} {number}", language=language, script=script),),
        trade_names=(Name(text=f"Handel {number}"),),
        addresses=(
            Address(
                lines=(f"Straße {number}", "2. OG"),
                city="Åby",
                country="XA",
                subdivision="01",
                postcode=f"X-{number}",
            ),
        ),
        roles=(ROLES[number % len(ROLES)],),
        authorisations=(
            Authorisation(
                id=f"A-{number}",
                category="GOLD",
                programme="XA Trusted",
                issuing_office="XA0001",
                accepted_at=NOW - 400 * DAY,
                effective_at=NOW - 390 * DAY,
                expires_at=NOW + 390 * DAY,
                status=Status(
                    code=tuple(StatusCode)[number % len(StatusCode)],
                    effective_at=NOW - 10 * DAY,
                    change_reason="periodic review",
                ),
            ),
        ),
    )


def make_operators(count: int) -> list[ListedOperator]:
    return [list_operator(make_operator(number)) for number in range(count)]


def make_header(operators: Sequence[ListedOperator], sequence: int = 1) -> ListHeader:
    return ListHeader(
        version=1,
        list_id=f"XA-{sequence}",
        kind=ListKind.FULL,
        issuer=STREAM.issuer,
        recipient=STREAM.recipient,
        agreement=STREAM.agreement,
        test=STREAM.test,
        epoch=STREAM.epoch,
        sequence=sequence,
        previous_digest=None if sequence == 1 else "ab" * 32,
        issued_at=NOW,
        next_update_at=NOW + DAY,
        state_root=state_root(operators),
        quantity=len(operators),
    )


def make_acknowledgement() -> Acknowledgement:
    return Acknowledgement(
        acknowledgement_id="XH-1",
        stream=STREAM,
        sequence=1,
        list_digest="cd" * 32,
        outcome=Outcome.APPLIED,
        revision=1,
        applied_sequence=1,
        applied_root="ef" * 32,
        acknowledged_at=NOW,
        reasons=(Reason(code="OPERATOR_SCHEME", text="no scheme", pointer="XA0000000001"),),
    )
