"""XAdES-B-B, enveloped (SIG-1): sealing our lists, opening those of partners.

The library verifies; `xades_rules` says before what it may be asked to verify; only what it returns
as signed goes on (SIG-7).
"""

from base64 import b64decode
from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519, mldsa
from lxml import etree
from signxml.algorithms import SignatureMethod
from signxml.exceptions import SignXMLException
from signxml.xades.xades import XAdESSignatureConfiguration

from gateway.domain.documents import SignerIdentity, Verified
from gateway.domain.errors import ConfigError, SignatureError, WeakAlgorithmError
from gateway.domain.profiles import Limits, TrustAnchors
from gateway.trust.algorithms import algorithms_for
from gateway.trust.certificates import check_signer
from gateway.trust.keys import SigningKey
from gateway.trust.signxml_overrides import XML_METHODS, PositionalVerifier, TwoReferenceSigner
from gateway.trust.xades_rules import (
    WHOLE_DOCUMENT,
    XADES,
    ClaimedSignature,
    DataReference,
    claimed_signature,
    signing_time_of,
)
from gateway.trust.xml_parsing import make_parser, parse

_UNVERIFIED = (SignXMLException, etree.LxmlError, ValueError, TypeError, KeyError)
"""What the library raises; the last three when parts have no text or name unknown things."""


def seal(root: etree._Element, key: SigningKey, *, signed_at: datetime) -> bytes:
    """Sign a document and return it whole, with `ds:Signature` as the root's last child.

    Raises:
        ConfigError: The key's algorithm has no XML signature method.
    """
    return write_signed(root, lambda method: TwoReferenceSigner(method, signed_at), key)


def write_signed(
    root: etree._Element,
    signer_with: Callable[[SignatureMethod], TwoReferenceSigner],
    key: SigningKey,
) -> bytes:
    """Put the signature of a signer with the key's method into a document, and write that.

    Raises:
        ConfigError: The key's algorithm has no XML signature method.
    """
    # XML knows neither; a hybrid stream never falls back to it
    if isinstance(key.private_key, ed25519.Ed25519PrivateKey | mldsa.MLDSA65PrivateKey):
        raise ConfigError(f"a key for {key.algorithm} does not sign xml")
    signed = signer_with(XML_METHODS[key.algorithm]).sign(
        root,
        key=key.private_key,
        cert=[x509.load_der_x509_certificate(der) for der in (key.certificate, *key.chain)],
        always_add_key_value=False,
    )
    return etree.tostring(signed, xml_declaration=True, encoding="UTF-8")


def open_sealed(
    document: bytes, anchors: TrustAnchors, limits: Limits, *, now: datetime
) -> Verified[etree._Element]:
    """Verify a signed document and return what was signed: its root without the signature.

    Args:
        document: As received.
        anchors: Of the use at hand: lists or acknowledgements (SIG-6).
        limits: On size and depth.
        now: First receipt.

    Raises:
        TooLargeError: As `parse`.
        NotWellFormedError: As `parse`.
        ForbiddenMarkupError: As `parse`.
        SignatureError: Missing, malformed, moved, more than one, or not over these bytes.
        UnknownSignerError: The key is not registered for this use.
        CertificateError: As `check_signer`.
        WeakAlgorithmError: As `check_signer`, or a reference, transform or algorithm is not
            allowed.
        ConfigError: As `check_signer`.
    """
    root = parse(document, limits)
    verified = open_signature(root, PositionalVerifier(), WHOLE_DOCUMENT, anchors, now=now)
    if verified.content is None:
        raise SignatureError("signature does not cover document and properties")
    # From here on it is what the verifier returned, not what was received (SIG-7).
    root = verified.content
    return Verified(content=root, signer=verified.signer, signed_at=verified.signed_at)


def open_signature(
    root: etree._Element,
    verifier: PositionalVerifier,
    data: DataReference,
    anchors: TrustAnchors,
    *,
    now: datetime,
) -> Verified[etree._Element | None]:
    """Verify the one signature of a document; the content is what its first reference covers.

    None: a file beside the document, of which the verifier took the digest. Raises as
    `open_sealed`, and what the verifier's own reading raises.
    """
    claimed = claimed_signature(root, data)
    signer, *chain = _decode_certificates(claimed.certificates)
    identity = check_signer(signer, chain, anchors, moments=(now,))
    identity = _with_algorithm(identity, claimed, anchors)
    content, properties = _verify(root, verifier, claimed, identity, now)
    signed_at = _parse_time(signing_time_of(properties))
    return Verified(content=content, signer=identity, signed_at=signed_at)


def _decode_certificates(texts: Sequence[str]) -> list[bytes]:
    try:
        return [b64decode("".join(text.split()), validate=True) for text in texts]
    except ValueError as error:
        raise SignatureError("signer's certificate is not base64") from error


def _with_algorithm(
    identity: SignerIdentity, claimed: ClaimedSignature, anchors: TrustAnchors
) -> SignerIdentity:
    key = x509.load_der_x509_certificate(identity.certificate).public_key()
    names = [each.name for each in algorithms_for(key) if each.name in XML_METHODS]
    name = next((name for name in names if XML_METHODS[name].value == claimed.method), None)
    # SIG-4: no SHA-1, MD5, DSA, HMAC, and only the profile's algorithms
    if name is None or name not in anchors.algorithms:
        raise WeakAlgorithmError(f"signature method {claimed.method} is not registered")
    return msgspec.structs.replace(identity, algorithm=name)


def _verify(
    root: etree._Element,
    verifier: PositionalVerifier,
    claimed: ClaimedSignature,
    identity: SignerIdentity,
    now: datetime,
) -> tuple[etree._Element | None, etree._Element]:
    method = XML_METHODS[identity.algorithm]
    try:
        results = verifier.verify(
            root,
            x509_cert=x509.load_der_x509_certificate(identity.certificate),
            parser=make_parser(),
            expect_config=XAdESSignatureConfiguration(
                location="./",
                expect_references=claimed.references,
                signature_methods=frozenset({method}),
                verification_time=now,
            ),
        )
    except _UNVERIFIED as error:
        raise SignatureError(f"signature does not verify: {error}") from error
    content, properties = results[0].signed_xml, results[1].signed_xml
    if properties is None or properties.tag != f"{XADES}SignedProperties":
        raise SignatureError("signature does not cover document and properties")
    return content, properties


def _parse_time(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise SignatureError(f"signing time {text[:40]!r} is not a time") from error
    if moment.tzinfo is None:
        raise SignatureError(f"signing time {text} has no time zone")
    return moment
