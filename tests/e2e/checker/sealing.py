"""Signed answers of the checker: DSSE envelopes and XAdES-B-B, with cryptography and lxml alone."""

from base64 import b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from xml.sax.saxutils import escape

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from lxml import etree

from tests.e2e.checker.canonical import Document
from tests.e2e.checker.dsse import ACK_TYPE, fingerprint, pae
from tests.e2e.checker.protobuf import Contract
from tests.e2e.checker.xml import SPACE

_DS = "http://www.w3.org/2000/09/xmldsig#"
_XADES = "http://uri.etsi.org/01903/v1.3.2#"
_C14N = "http://www.w3.org/2001/10/xml-exc-c14n#"
_SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"


@dataclass(frozen=True)
class Signer:
    """A P-256 key and its certificate."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    def sign(self, data: bytes) -> bytes:
        return self.key.sign(data, ec.ECDSA(hashes.SHA256()))


def read_signer(folder: Path, name: str) -> Signer:
    key = load_pem_private_key((folder / f"{name}.key").read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return Signer(key, x509.load_pem_x509_certificate((folder / f"{name}.pem").read_bytes()))


def applied(header: Document, digest: str) -> Document:
    """Answer that a list was applied: what both forms of the acknowledgement say."""
    stream = {key: header[key] for key in ("issuer", "recipient", "agreement", "test", "epoch")}
    return {
        "id": f"{stream['recipient']}-{stream['issuer']}-{header['sequence']}-{digest[:12]}-1",
        "stream": stream,
        "sequence": header["sequence"],
        "digest": digest,
        "root": header["stateRoot"],
        "at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
    }


def over_grpc(contract: Contract, answer: Document, signer: Signer) -> bytes:
    """Seal an answer as a DSSE envelope (SIG-3)."""
    message = {
        "acknowledgementId": answer["id"],
        "stream": answer["stream"],
        "sequence": answer["sequence"],
        "listDigest": _base64(bytes.fromhex(answer["digest"])),
        "outcome": "OUTCOME_APPLIED",
        "revision": 1,
        "appliedSequence": answer["sequence"],
        "appliedRoot": _base64(bytes.fromhex(answer["root"])),
        "acknowledgedAt": answer["at"],
    }
    payload = contract.make("mra.types.v1.Acknowledgement", message).SerializeToString()
    envelope = {
        "payload": _base64(payload),
        "payloadType": ACK_TYPE,
        "signatures": [
            {
                "sig": _base64(signer.sign(pae(ACK_TYPE, payload))),
                "keyid": fingerprint(signer.certificate),
                "certificates": [_base64(signer.der)],
            }
        ],
    }
    return contract.make("mra.types.v1.Envelope", envelope).SerializeToString()


def over_https(answer: Document, signer: Signer) -> bytes:
    """Seal an answer as a document with an enveloped signature (SIG-1)."""
    stream = answer["stream"]
    root = etree.fromstring(
        f'<AEOStatusListAcknowledgement xmlns="{SPACE[1:-1]}">'
        "<AgencyAssignedCustomizationVersionCode>1</AgencyAssignedCustomizationVersionCode>"
        f"<ID>{escape(answer['id'])}</ID><AcknowledgedList>"
        f"<CommunicationsAgreementID>{stream['agreement']}</CommunicationsAgreementID>"
        f"<Sender><ID>{stream['issuer']}</ID></Sender>"
        f"<Recipient><ID>{stream['recipient']}</ID></Recipient>"
        f"<TestIndicator>{'true' if stream['test'] else 'false'}</TestIndicator>"
        f"<StreamEpochNumeric>{stream['epoch']}</StreamEpochNumeric>"
        f"<ListSequenceNumeric>{answer['sequence']}</ListSequenceNumeric>"
        f"<ListDigest>{answer['digest']}</ListDigest></AcknowledgedList>"
        "<OutcomeCode>APPLIED</OutcomeCode><RevisionNumeric>1</RevisionNumeric><AppliedList>"
        f"<ListSequenceNumeric>{answer['sequence']}</ListSequenceNumeric>"
        f"<ResultingStateDigest>{answer['root']}</ResultingStateDigest></AppliedList>"
        f"<AcknowledgementDateTime>{answer['at']}</AcknowledgementDateTime>"
        "</AEOStatusListAcknowledgement>"
    )
    body_digest = _digest(root)
    root.append(etree.fromstring(_signature(answer["at"], signer)))
    signature = root[-1]
    info = _find(signature, f"{{{_DS}}}SignedInfo")
    digests = info.findall(f"{{{_DS}}}Reference/{{{_DS}}}DigestValue")
    digests[0].text = body_digest
    digests[1].text = _digest(_find(signature, f".//{{{_XADES}}}SignedProperties"))
    numbers = decode_dss_signature(signer.sign(_c14n(info)))
    raw = b"".join(number.to_bytes(32, "big") for number in numbers)
    _find(signature, f"{{{_DS}}}SignatureValue").text = _base64(raw)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _signature(at: str, signer: Signer) -> str:
    method = f'<ds:DigestMethod Algorithm="{_SHA256}"/>'
    exclusive = f'<ds:Transform Algorithm="{_C14N}"/>'
    enveloped = f'<ds:Transform Algorithm="{_DS}enveloped-signature"/>'
    value = "<ds:DigestValue/>"
    return (
        f'<ds:Signature xmlns:ds="{_DS}" Id="signature"><ds:SignedInfo>'
        f'<ds:CanonicalizationMethod Algorithm="{_C14N}"/>'
        '<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"/>'
        f'<ds:Reference URI=""><ds:Transforms>{enveloped}{exclusive}</ds:Transforms>'
        f"{method}{value}</ds:Reference>"
        '<ds:Reference URI="#properties" Type="http://uri.etsi.org/01903#SignedProperties">'
        f"<ds:Transforms>{exclusive}</ds:Transforms>{method}{value}</ds:Reference>"
        "</ds:SignedInfo><ds:SignatureValue/><ds:KeyInfo><ds:X509Data><ds:X509Certificate>"
        f"{_base64(signer.der)}</ds:X509Certificate></ds:X509Data></ds:KeyInfo><ds:Object>"
        f'<xades:QualifyingProperties xmlns:xades="{_XADES}" Target="#signature">'
        '<xades:SignedProperties Id="properties"><xades:SignedSignatureProperties>'
        f"<xades:SigningTime>{at}</xades:SigningTime><xades:SigningCertificateV2><xades:Cert>"
        f"<xades:CertDigest>{method}<ds:DigestValue>{_base64(sha256(signer.der).digest())}"
        "</ds:DigestValue></xades:CertDigest></xades:Cert></xades:SigningCertificateV2>"
        "</xades:SignedSignatureProperties></xades:SignedProperties></xades:QualifyingProperties>"
        "</ds:Object></ds:Signature>"
    )


def _digest(element: etree._Element) -> str:
    return _base64(sha256(_c14n(element)).digest())


def _c14n(element: etree._Element) -> bytes:
    return etree.tostring(element, method="c14n", exclusive=True, with_tail=False)


def _find(element: etree._Element, path: str) -> etree._Element:
    found = element.find(path)
    assert found is not None
    return found


def _base64(data: bytes) -> str:
    return b64encode(data).decode()
