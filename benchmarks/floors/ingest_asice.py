"""The floor of P4 for containers: `zipfile`, SHA-256, lxml's streaming parse with its XSD, rows."""

import sys
from collections.abc import Callable, Sequence
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryFile
from zipfile import ZipFile

from lxml import etree
from signxml.xades.xades import XAdESSignatureConfiguration, XAdESVerifier

from benchmarks.floors.ingest_xml import PARTY, SCHEMA, Element, Q, operator_of
from benchmarks.floors.runs import serve_runs
from benchmarks.floors.state import Row, row_of

PIECE = 64 * 1024


def reader(certificate: str) -> Callable[[Sequence[bytes]], list[Row]]:
    """Return what reads a list: unpacked into a file, hashed on the way, parsed from there."""
    schema = etree.XMLSchema(file=str(SCHEMA))
    expected = XAdESSignatureConfiguration(location="./", expect_references=2)

    def read(parts: Sequence[bytes]) -> list[Row]:
        with ZipFile(BytesIO(parts[0])) as container, TemporaryFile() as spool:
            whole = sha256()
            with container.open("list.xml") as packed:
                while piece := packed.read(PIECE):
                    whole.update(piece)
                    spool.write(piece)
            signed = container.read("META-INF/signatures.xml")
            Verifier(whole.digest()).verify(signed, x509_cert=certificate, expect_config=expected)
            spool.seek(0)
            return _rows(spool, schema)

    return read


class Verifier(XAdESVerifier):
    """The library, with the digest of the list as it was taken while unpacking."""

    def __init__(self, digest: bytes) -> None:
        self._digest = digest

    def _resolve_reference(self, *given: Element, **settings: Element) -> Element:
        if given[1].get("URI") == "list.xml":
            return b"list.xml"
        return super()._resolve_reference(*given, **settings)  # type: ignore[no-untyped-call] # the library has no types

    def _get_digest(self, data: bytes, algorithm: Element) -> bytes:
        return self._digest if data == b"list.xml" else super()._get_digest(data, algorithm)


def _rows(spool: Element, schema: etree.XMLSchema) -> list[Row]:
    rows = []
    for _, party in etree.iterparse(spool, events=("end",), tag=f"{Q}{PARTY}", schema=schema):
        rows.append(row_of(operator_of(party)))
        party.clear(keep_tail=True)
        while (before := party.getprevious()) is not None and before.tag == party.tag:
            del party.getparent()[party.getparent().index(before)]
    return rows


def main() -> None:
    """Read the folder with the lists, then run as often as asked."""
    folder = Path(sys.argv[1])
    certificate = (folder / "signer.pem").read_text("ascii")
    serve_runs(folder, reader(certificate))


if __name__ == "__main__":
    main()
