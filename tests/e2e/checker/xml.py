"""XML lists, heads and acknowledgements, read with lxml by the names of schemas/ alone."""

from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree
from signxml.xades.xades import XAdESVerifier

from tests.e2e.checker.canonical import Document
from tests.e2e.checker.dsse import Change, ReadList

SCHEMAS = Path(__file__).resolve().parents[3] / "schemas" / "mra" / "status-list" / "1"
SPACE = "{urn:mra-gateway:status-list:1}"
_ACTIONS = {"2": "ADD", "4": "CHANGE", "3": "REMOVE"}
SIGNATURE = "{http://www.w3.org/2000/09/xmldsig#}Signature"


def open_list(document: bytes, signer: x509.Certificate) -> ReadList:
    """Verify a list, check it against the schema, and read it."""
    root = open_sealed(document, signer, "list.xsd")
    header = _header(_one(root, "ListHeader"))
    listed = root.findall(f"{SPACE}AEOMutualRecognitionParty")
    if header["kind"] == "DELTA":
        return ReadList(header, [], [_change(one) for one in listed])
    assert not root.findall(f".//{SPACE}ActionCode"), "a FULL changes nothing, it lists"
    return ReadList(header, [_operator(one) for one in listed], [])


def open_head(document: bytes, signer: x509.Certificate) -> Document:
    """Verify a head and return its header."""
    return _header(_one(open_sealed(document, signer, "head.xsd"), "ListHeader"))


def open_acknowledgement(document: bytes, signer: x509.Certificate) -> Document:
    """Verify an acknowledgement and return outcome, reasons and the list that it answers."""
    root = open_sealed(document, signer, "acknowledgement.xsd")
    answered = _one(root, "AcknowledgedList")
    return {
        "outcome": _text(root, "OutcomeCode"),
        "appliedRoot": root.findtext(f"{SPACE}AppliedList/{SPACE}ResultingStateDigest"),
        "sequence": int(_text(answered, "ListSequenceNumeric")),
        "listDigest": _text(answered, "ListDigest"),
        "reasons": [_text(one, "ValidationCode") for one in root.findall(f"{SPACE}Error")],
    }


def open_sealed(document: bytes, signer: x509.Certificate, schema: str) -> etree._Element:
    """Return what signxml says was signed, after the schema has seen it."""
    pem = signer.public_bytes(Encoding.PEM).decode()
    results = XAdESVerifier().verify(document, x509_cert=pem, expect_references=2)
    roots = [one.signed_xml for one in results if one.signed_xml is not None]
    signed = [one for one in roots if str(one.tag).startswith(SPACE)]
    assert len(signed) == 1, "one reference covers the document"
    root = etree.fromstring(etree.tostring(signed[0]))
    _schema(schema).assertValid(root)
    return root


def _header(element: etree._Element) -> Document:
    header: Document = {
        "version": int(_text(element, "AgencyAssignedCustomizationVersionCode")),
        "listId": _text(element, "ID"),
        "kind": _text(element, "TypeCode"),
        "issuer": _text(element, "Sender", "ID"),
        "recipient": _text(element, "Recipient", "ID"),
        "agreement": _text(element, "CommunicationsAgreementID"),
        "test": _text(element, "TestIndicator") == "true",
        "epoch": int(_text(element, "StreamEpochNumeric")),
        "sequence": int(_text(element, "ListSequenceNumeric")),
        "issuedAt": _text(element, "IssueDateTime"),
        "nextUpdateAt": _text(element, "NextUpdateDateTime"),
        "stateRoot": _text(element, "ResultingStateDigest"),
        "quantity": int(_text(element, "RecordQuantity")),
    }
    previous = element.findtext(f"{SPACE}PreviousListDigest")
    return header | ({"previousDigest": previous} if previous else {})


@cache
def _schema(name: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(SCHEMAS / name))


def _change(element: etree._Element) -> Change:
    action = _ACTIONS[_text(element, "ActionCode")]
    operator = None if action == "REMOVE" else _operator(element)
    return Change(action, _text(element, "ID"), operator)


def _operator(element: etree._Element) -> Document:
    return {
        "id": _text(element, "ID"),
        "alternateIds": [
            {"scheme": one.get("schemeID"), "value": one.text}
            for one in element.findall(f"{SPACE}AlternateID")
        ],
        "names": [_name(one) for one in element.findall(f"{SPACE}Name")],
        "tradeNames": [_name(one) for one in element.findall(f"{SPACE}TradeName")],
        "addresses": [_address(one) for one in element.findall(f"{SPACE}Address")],
        "roles": [one.text for one in element.findall(f"{SPACE}RoleCode")],
        "authorisations": [_authorisation(one) for one in element.findall(f"{SPACE}Authorisation")],
    }


def _name(element: etree._Element) -> Document:
    tags = {"language": element.get("languageID"), "script": element.get("scriptCode")}
    return {"text": element.text, **_present(tags)}


def _address(element: etree._Element) -> Document:
    return {
        "lines": [line.text for line in element.findall(f"{SPACE}Line")],
        "country": _text(element, "CountryCode"),
        **_optional(
            element,
            city="CityName",
            subdivision="CountrySubDivisionCode",
            postcode="PostcodeID",
        ),
    }


def _authorisation(element: etree._Element) -> Document:
    status = _one(element, "Status")
    return {
        "id": _text(element, "ID"),
        "category": _text(element, "CategoryCode"),
        "programme": _one(element, "CategoryCode").get("listID"),
        "issuingOffice": _text(element, "IssuingOffice"),
        "effectiveAt": _text(element, "EffectiveDateTime"),
        **_optional(element, acceptedAt="AcceptanceDateTime", expiresAt="ExpirationDateTime"),
        "status": {
            "code": _text(status, "NameCode"),
            "effectiveAt": _text(status, "EffectiveDateTime"),
            **_optional(status, changeReason="ChangeReasonCode"),
        },
    }


def _optional(element: etree._Element, **names: str) -> Document:
    return _present({key: element.findtext(SPACE + name) for key, name in names.items()})


def _present(values: dict[str, str | None]) -> Document:
    return {key: value for key, value in values.items() if value is not None}


def _one(element: etree._Element, name: str) -> etree._Element:
    (found,) = element.findall(SPACE + name)
    return found


def _text(element: etree._Element, *path: str) -> str:
    for name in path:
        element = _one(element, name)
    assert element.text
    return element.text
