"""What an attacker would send: lists under a key of its own, and genuine lists with other bytes."""

from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from lxml import etree

from tests.e2e.checker.dsse import LIST_TYPE, fingerprint, pae
from tests.e2e.checker.partner import Sealed
from tests.e2e.checker.protobuf import Contract
from tests.e2e.checker.xml import SPACE

_DS = "{http://www.w3.org/2000/09/xmldsig#}"
_XADES = "{http://uri.etsi.org/01903/v1.3.2#}"


@dataclass(frozen=True)
class Forger:
    """A key and a certificate that nobody registered, with the partner's name on it."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate


def make_forger(country: str) -> Forger:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, country),
            x509.NameAttribute(NameOID.COMMON_NAME, f"{country} lists"),
        ]
    )
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .sign(key, hashes.SHA256())
    )
    return Forger(key, certificate)


def forged_over_grpc(contract: Contract, genuine: Sealed, forger: Forger) -> Sealed:
    """Make the next list of the stream out of a genuine one, well signed by the wrong key."""
    envelope = contract.read("mra.types.v1.Envelope", genuine.document)
    signed = contract.read("mra.types.v1.SignedHeader", b64decode(envelope["payload"]))
    signed["header"]["sequence"] = int(signed["header"]["sequence"]) + 1
    payload = contract.make("mra.types.v1.SignedHeader", signed).SerializeToString()
    signature = forger.key.sign(pae(LIST_TYPE, payload), ec.ECDSA(hashes.SHA256()))
    document = {
        "payload": _base64(payload),
        "payloadType": LIST_TYPE,
        "signatures": [
            {
                "sig": _base64(signature),
                "keyid": fingerprint(forger.certificate),
                "certificates": [_base64(_der(forger))],
            }
        ],
    }
    envelope_bytes = contract.make("mra.types.v1.Envelope", document).SerializeToString()
    return Sealed(envelope_bytes, genuine.chunks)


def tampered_over_grpc(contract: Contract, genuine: Sealed) -> Sealed:
    """Change the signed header and leave its signature."""
    envelope = contract.read("mra.types.v1.Envelope", genuine.document)
    payload = bytearray(b64decode(envelope["payload"]))
    payload[-1] ^= 1
    envelope["payload"] = _base64(bytes(payload))
    document = contract.make("mra.types.v1.Envelope", envelope).SerializeToString()
    return Sealed(document, genuine.chunks)


def tampered_chunk(genuine: Sealed) -> Sealed:
    """Leave the signed header and change one byte of what it pins."""
    first = bytearray(genuine.chunks[0])
    first[len(first) // 2] ^= 1
    return Sealed(genuine.document, (bytes(first), *genuine.chunks[1:]))


def tampered_xml(genuine: Sealed) -> Sealed:
    """Turn the first suspension into an active status, and leave the signature."""
    before, after = b">SUSPENDED<", b">ACTIVE<"
    assert before in genuine.document
    return Sealed(genuine.document.replace(before, after, 1))


def forged_xml(genuine: Sealed, forger: Forger) -> Sealed:
    """Make the next list of the stream out of a genuine one, well signed by the wrong key."""
    root = etree.fromstring(genuine.document)
    sequence = _one(root, f"{SPACE}ListHeader/{SPACE}ListSequenceNumeric")
    sequence.text = str(int(sequence.text or "") + 1)
    signature = root[-1]
    _name_signer(signature, forger)
    references = signature.findall(f"{_DS}SignedInfo/{_DS}Reference/{_DS}DigestValue")
    references[1].text = _digest(_one(signature, f".//{_XADES}SignedProperties"))
    root.remove(signature)
    references[0].text = _digest(root)
    root.append(signature)
    raw = forger.key.sign(_c14n(_one(signature, f"{_DS}SignedInfo")), ec.ECDSA(hashes.SHA256()))
    numbers = (number.to_bytes(32, "big") for number in decode_dss_signature(raw))
    _one(signature, f"{_DS}SignatureValue").text = _base64(b"".join(numbers))
    return Sealed(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def _name_signer(signature: etree._Element, forger: Forger) -> None:
    data = _one(signature, f"{_DS}KeyInfo/{_DS}X509Data")
    first, *others = data.findall(f"{_DS}X509Certificate")
    first.text = _base64(_der(forger))
    for other in others:
        data.remove(other)
    digest = _one(signature, f".//{_XADES}CertDigest/{_DS}DigestValue")
    digest.text = _base64(sha256(_der(forger)).digest())


def _digest(element: etree._Element) -> str:
    return _base64(sha256(_c14n(element)).digest())


def _c14n(element: etree._Element) -> bytes:
    return etree.tostring(element, method="c14n", exclusive=True, with_tail=False)


def _der(forger: Forger) -> bytes:
    return forger.certificate.public_bytes(Encoding.DER)


def _base64(data: bytes) -> str:
    return b64encode(data).decode()


def _one(element: etree._Element, path: str) -> etree._Element:
    found = element.find(path)
    assert found is not None, path
    return found
