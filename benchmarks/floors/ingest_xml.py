"""The floor of P4: signxml's own parse-and-verify, lxml's XSD, rows, digests, root, apply."""

import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias

from lxml import etree
from signxml.xades.xades import XAdESSignatureConfiguration, XAdESVerifier

from benchmarks.floors.runs import serve_runs
from benchmarks.floors.state import (
    Address,
    Authorisation,
    Operator,
    Other,
    Row,
    Status,
    Text,
    row_of,
)

SCHEMA = Path(__file__).resolve().parents[2] / "schemas/mra/status-list/1/list.xsd"
PARTY = "AEOMutualRecognitionParty"
Q = "{urn:mra-gateway:status-list:1}"
moment = datetime.fromisoformat
Element: TypeAlias = Any
"""To lxml's own types every text may be missing; a floor does not look."""


def reader(certificate: str) -> Callable[[Sequence[bytes]], list[Row]]:
    """Return what reads a list: its one document."""
    schema = etree.XMLSchema(file=str(SCHEMA))
    expected = XAdESSignatureConfiguration(location="./", expect_references=2)

    def read(parts: Sequence[bytes]) -> list[Row]:
        results = XAdESVerifier().verify(parts[0], x509_cert=certificate, expect_config=expected)
        root: Element = results[0].signed_xml
        schema.assertValid(root)
        return [row_of(operator_of(party)) for party in root.iterchildren(f"{Q}{PARTY}")]

    return read


def operator_of(party: Element) -> Operator:
    """Read an operator."""
    others, names, trade_names, addresses, roles, held = [], [], [], [], [], []
    operator_id = ""
    for child in party:
        match child.tag.removeprefix(Q):
            case "ID":
                operator_id = child.text
            case "AlternateID":
                others.append(Other(child.get("schemeID"), child.text))
            case "Name":
                names.append(_text(child))
            case "TradeName":
                trade_names.append(_text(child))
            case "Address":
                addresses.append(_address(child))
            case "RoleCode":
                roles.append(child.text)
            case "Authorisation":
                held.append(_authorisation(child))
    return Operator(
        id=operator_id,
        alternate_ids=tuple(others),
        names=tuple(names),
        trade_names=tuple(trade_names),
        addresses=tuple(addresses),
        roles=tuple(roles),
        authorisations=tuple(held),
    )


def _text(element: Element) -> Text:
    return Text(
        text=element.text, language=element.get("languageID"), script=element.get("scriptCode")
    )


def _address(element: Element) -> Address:
    lines = []
    address = Address()
    for child in element:
        match child.tag.removeprefix(Q):
            case "Line":
                lines.append(child.text)
            case "CityName":
                address.city = child.text
            case "CountryCode":
                address.country = child.text
            case "CountrySubDivisionCode":
                address.subdivision = child.text
            case "PostcodeID":
                address.postcode = child.text
    address.lines = tuple(lines)
    return address


def _authorisation(element: Element) -> Authorisation:
    held = Authorisation()
    for child in element:
        match child.tag.removeprefix(Q):
            case "ID":
                held.id = child.text
            case "CategoryCode":
                held.category, held.programme = child.text, child.get("listID")
            case "IssuingOffice":
                held.issuing_office = child.text
            case "AcceptanceDateTime":
                held.accepted_at = moment(child.text)
            case "EffectiveDateTime":
                held.effective_at = moment(child.text)
            case "ExpirationDateTime":
                held.expires_at = moment(child.text)
            case "Status":
                code, since, *reason = child
                held.status = Status(
                    code=code.text,
                    effective_at=moment(since.text),
                    change_reason=reason[0].text if reason else None,
                )
    return held


def main() -> None:
    """Read the folder with the lists, then run as often as asked."""
    folder = Path(sys.argv[1])
    certificate = (folder / "signer.pem").read_text("ascii")
    serve_runs(folder, reader(certificate))


if __name__ == "__main__":
    main()
