"""xmlsec1 verifies the lists, heads and acknowledgements that the XML feed really sends."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.domain.documents import SealedList
from gateway.domain.profiles import FeedKind
from gateway.ports.home_programme import HomeOperator
from gateway.services.issued import PACKAGING
from tests.fakes.home import OFFICER, Home
from tests.fakes.partner_simulator import make_operator

pytestmark = [
    pytest.mark.xmlsec1,
    pytest.mark.skipif(
        shutil.which("xmlsec1") is None,
        reason="NOT WITNESSED: the program xmlsec1 is not installed on this machine",
    ),
]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path, FeedKind.XML)
    yield made
    made.close()


def witness(document: bytes, certificate: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    file = folder / "document.xml"
    file.write_bytes(document)
    return subprocess.run(
        [
            "xmlsec1",
            "--verify",
            *("--enabled-reference-uris", "empty,same-doc"),
            *("--id-attr:Id", "SignedProperties"),
            *("--enabled-key-data", "rsa,ec", "--pubkey-cert-pem", str(certificate)),
            str(file),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def issued(home: Home) -> SealedList:
    operators = [make_operator(f"XA{n:06d}", on=home.clock.now) for n in range(1, 201)]
    programme = [HomeOperator(listed=each, consents=frozenset({"*"})) for each in operators]
    home.store.home_programme.replace(programme, OFFICER)
    home.publisher.publish(home.profile, actor=OFFICER, now=home.clock.now)
    kept = home.store.publications.find(home.profile.sends, 1, PACKAGING[FeedKind.XML])
    assert kept is not None
    return kept


@pytest.mark.parametrize("part", ["document", "head"])
def test_sig_1_xmlsec1_verifies_the_list_and_the_head_that_we_issue(
    home: Home, tmp_path: Path, part: str
) -> None:
    document: bytes = getattr(issued(home), part)
    certificate = home.keys.folder / "lists.pem"
    done = witness(document, certificate, tmp_path)
    assert done.returncode == 0, done.stderr
    assert "SignedInfo References (ok/all): 2/2" in done.stderr
    tampered = document.replace(b"XA-XB", b"XA-XC", 1)
    assert tampered != document
    assert witness(tampered, certificate, tmp_path).returncode != 0


def test_sig_3_xmlsec1_verifies_the_acknowledgement_that_we_send(
    home: Home, tmp_path: Path
) -> None:
    home.partner.list_operators(make_operator("XB000001", on=home.clock.now))
    home.partner.publish()
    home.sync.run(home.profile, now=home.clock.now)
    (document,) = home.partner.acknowledgements
    done = witness(document, home.keys.folder / "acknowledgements.pem", tmp_path)
    assert done.returncode == 0, done.stderr
    assert witness(document, home.keys.folder / "lists.pem", tmp_path).returncode != 0
