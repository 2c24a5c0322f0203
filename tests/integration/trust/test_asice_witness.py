"""`zipfile` and xmlsec1 as outside witnesses of the containers that the feed really sends (SIG-2).

They know nothing of our code. Without xmlsec1 these tests are skipped, and pytest says so.
"""

import shutil
import subprocess
import zipfile
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest

from gateway.domain.documents import Packaging
from gateway.domain.lists import StatusList
from gateway.exchange.xml_feed.asice_feed import AsiceFeed
from gateway.exchange.xml_feed.codec import list_to_xml
from gateway.trust.pki import TrialPki
from tests.fakes.trial_keys import key_of, make_partner
from tests.fakes.xml_lists import ISSUED, header_for, whole_operators

pytestmark = [
    pytest.mark.xmlsec1,
    pytest.mark.skipif(
        shutil.which("xmlsec1") is None,
        reason="NOT WITNESSED: the program xmlsec1 is not installed on this machine",
    ),
]

OPERATORS = whole_operators(20)
LIST = StatusList(header_for(OPERATORS), OPERATORS)


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> TrialPki:
    return make_partner(tmp_path_factory.mktemp("pki"), now=ISSUED - timedelta(days=1))


@pytest.fixture
def unpacked(pki: TrialPki, tmp_path: Path) -> Path:
    """A container that was sealed here and unpacked by `zipfile`."""
    feed = AsiceFeed(key_of(pki.lists), key_of(pki.acknowledgements))
    sealed = feed.sealer.seal_list(LIST)
    assert sealed.packaging is Packaging.ASICE
    with zipfile.ZipFile(BytesIO(sealed.document)) as container:
        assert container.testzip() is None
        container.extractall(tmp_path)
    return tmp_path


def verify(folder: Path, certificate: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            "xmlsec1",
            "--verify",
            # What xmlsec1 calls remote: a file that is named without its folder.
            *("--enabled-reference-uris", "same-doc,remote"),
            *("--id-attr:Id", "SignedProperties"),
            *("--enabled-key-data", "rsa,ec", "--pubkey-cert-pem", str(certificate)),
            "META-INF/signatures.xml",
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_sig_2_zipfile_and_xmlsec1_verify_what_we_seal(unpacked: Path, pki: TrialPki) -> None:
    assert (unpacked / "mimetype").read_bytes() == b"application/vnd.etsi.asic-e+zip"
    assert (unpacked / "list.xml").read_bytes() == list_to_xml(LIST)
    done = verify(unpacked, pki.lists)
    assert done.returncode == 0, done.stderr
    assert "SignedInfo References (ok/all): 2/2" in done.stderr


def test_sig_2_xmlsec1_refuses_another_list_and_another_signer(
    unpacked: Path, pki: TrialPki
) -> None:
    assert verify(unpacked, pki.acknowledgements).returncode != 0
    file = unpacked / "list.xml"
    file.write_bytes(file.read_bytes().replace(b"ACTIVE", b"ACTIVF", 1))
    assert verify(unpacked, pki.lists).returncode != 0
