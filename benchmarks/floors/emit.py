"""The floor of P10: read, write, digest, sign, keep; bare calls in a row."""

import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from lxml import etree
from signxml.algorithms import CanonicalizationMethod, SignatureMethod
from signxml.xades.xades import XAdESSigner

from benchmarks.floors.contract import Contract
from benchmarks.floors.state import Authorisation, Operator, decode, open_database, root_of
from benchmarks.lines import serve_lines, timed

CODES = {"ACTIVE": 1, "SUSPENDED": 2, "REVOKED": 3, "WITHDRAWN": 4}
CHUNK = 1000
NAMESPACE = "urn:mra-gateway:status-list:1"
Write = Callable[[list[Operator], bytes], list[bytes]]
"""Operators and root to the parts of a sealed list."""


def main() -> None:
    """Publish as often as asked, from a table of canonical forms and digests."""
    folder, kind = Path(sys.argv[1]), sys.argv[2]
    key = load_pem_private_key((folder / "keys/lists.key").read_bytes(), None)
    certificate = x509.load_pem_x509_certificate((folder / "keys/lists.pem").read_bytes())
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError("the trial PKI makes EC keys")
    writers = {
        "grpc_feed": _as_protobuf(key),
        "asice_feed": _as_container(key),
        "xml_feed": _as_xml(key, certificate),
    }
    write = writers[kind]

    def work(_order: Mapping[str, Any]) -> dict[str, Any]:
        for file in folder.glob("floor-run.db*"):
            file.unlink()
        shutil.copyfile(folder / "floor-template.db", folder / "floor-run.db")
        connection = open_database(folder / "floor-run.db")
        told = timed(lambda: _publish(connection, write))
        connection.close()
        return told

    serve_lines(work)


def _publish(connection: sqlite3.Connection, write: Write) -> None:
    rows = connection.execute("SELECT id, canonical, digest FROM home ORDER BY id").fetchall()
    root = root_of((operator_id, digest) for operator_id, _, digest in rows)
    parts = write([decode(canonical) for _, canonical, _ in rows], root)
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany("INSERT INTO parts (number, content) VALUES (?, ?)", enumerate(parts))
    connection.execute("COMMIT")


def _as_protobuf(key: ec.EllipticCurvePrivateKey) -> Write:
    contract = Contract()
    chunk = contract.type("mra.types.v1.OperatorChunk")
    header = contract.type("mra.types.v1.SignedHeader")

    def write(operators: list[Operator], root: bytes) -> list[bytes]:
        chunks = [
            chunk(
                operators=[_fields(one) for one in operators[at : at + CHUNK]]
            ).SerializeToString()
            for at in range(0, len(operators), CHUNK)
        ]
        body = sha256()
        for one in chunks:
            body.update(one)
        signed = header(
            header={"state_root": root}, body_digest=body.digest(), chunk_count=len(chunks)
        ).SerializeToString()
        return [signed, key.sign(signed, ec.ECDSA(hashes.SHA256())), *chunks]

    return write


def _fields(operator: Operator) -> dict[str, Any]:
    return {
        "id": operator.id,
        "names": [{"text": one.text, "language": one.language} for one in operator.names],
        "addresses": [
            {
                "lines": one.lines,
                "city": one.city,
                "country": one.country,
                "postcode": one.postcode,
            }
            for one in operator.addresses
        ],
        "roles": operator.roles,
        "authorisations": [_authorisation(one) for one in operator.authorisations],
    }


def _authorisation(held: Authorisation) -> dict[str, Any]:
    status = held.status
    assert status is not None  # noqa: S101 - every authorisation has one
    return {
        "id": held.id,
        "category": held.category,
        "programme": held.programme,
        "issuing_office": held.issuing_office,
        "accepted_at": _seconds(held.accepted_at),
        "effective_at": _seconds(held.effective_at),
        "expires_at": _seconds(held.expires_at),
        "status": {"code": CODES[status.code], "effective_at": _seconds(status.effective_at)},
    }


def _seconds(moment: datetime | None) -> dict[str, int] | None:
    return None if moment is None else {"seconds": int(moment.timestamp())}


def _as_container(key: ec.EllipticCurvePrivateKey) -> Write:
    def write(operators: list[Operator], root: bytes) -> list[bytes]:
        text = _list(operators, root).encode()
        file = BytesIO()
        with ZipFile(file, "w", ZIP_DEFLATED) as container:
            container.writestr("list.xml", text)
            signed = sha256(text).digest()
            container.writestr("signature", key.sign(signed, ec.ECDSA(hashes.SHA256())))
        return [file.getvalue()]

    return write


def _list(operators: list[Operator], root: bytes) -> str:
    return "".join(
        (
            f'<AEOStatusList xmlns="{NAMESPACE}"><ListHeader><ResultingStateDigest>',
            root.hex(),
            "</ResultingStateDigest></ListHeader>",
            *map(_element, operators),
            "</AEOStatusList>",
        )
    )


def _as_xml(key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> Write:
    def write(operators: list[Operator], root: bytes) -> list[bytes]:
        text = _list(operators, root)
        signer = XAdESSigner(
            signature_algorithm=SignatureMethod.ECDSA_SHA256,
            c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
        )
        tree = etree.fromstring(text.encode(), etree.XMLParser(resolve_entities=False))
        signed = signer.sign(tree, key=key, cert=[certificate], always_add_key_value=False)
        return [etree.tostring(signed)]

    return write


def _element(operator: Operator) -> str:
    names = "".join(
        [f'<Name languageID="{one.language}">{_text(one.text)}</Name>' for one in operator.names]
    )
    addresses = "".join(
        [
            f"<Address>{_lines(one.lines)}<CityName>{_text(one.city or '')}</CityName>"
            f"<CountryCode>{one.country}</CountryCode><PostcodeID>{one.postcode}</PostcodeID>"
            "</Address>"
            for one in operator.addresses
        ]
    )
    roles = "".join([f"<RoleCode>{role}</RoleCode>" for role in operator.roles])
    held = "".join(map(_held, operator.authorisations))
    return (
        f"<AEOMutualRecognitionParty><ID>{operator.id}</ID>{names}{addresses}{roles}{held}"
        "</AEOMutualRecognitionParty>"
    )


def _held(one: Authorisation) -> str:
    status = one.status
    assert status is not None  # noqa: S101 - every authorisation has one
    return (
        f'<Authorisation><ID>{_text(one.id)}</ID><CategoryCode listID="{one.programme}">'
        f"{one.category}</CategoryCode><IssuingOffice>{one.issuing_office}</IssuingOffice>"
        f"<EffectiveDateTime>{_moment(one.effective_at)}</EffectiveDateTime>"
        f"<ExpirationDateTime>{_moment(one.expires_at)}</ExpirationDateTime>"
        f"<Status><NameCode>{status.code}</NameCode>"
        f"<EffectiveDateTime>{_moment(status.effective_at)}</EffectiveDateTime></Status>"
        "</Authorisation>"
    )


def _lines(lines: Iterable[str]) -> str:
    return "".join([f"<Line>{_text(line)}</Line>" for line in lines])


def _text(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _moment(moment: datetime | None) -> str:
    return "" if moment is None else moment.isoformat()[:19] + "Z"


if __name__ == "__main__":
    main()
