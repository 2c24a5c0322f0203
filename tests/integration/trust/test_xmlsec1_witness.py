"""xmlsec1 as outside witness: it reads what we sign, and we read what it signs.

It knows nothing of our code. Without the program these tests are skipped, and pytest's closing
lines say so.
"""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from lxml import etree

from gateway.domain.errors import SignatureError, WeakAlgorithmError
from gateway.domain.profiles import Limits
from gateway.trust import xades
from gateway.trust.xades_rules import DS
from tests.fakes.certificates import Issued, anchors, issue
from tests.fakes.trial_keys import NOW
from tests.fakes.xml_forger import DOCUMENT, part, sealed, tree

pytestmark = [
    pytest.mark.xmlsec1,
    pytest.mark.skipif(
        shutil.which("xmlsec1") is None,
        reason="NOT WITNESSED: the program xmlsec1 is not installed on this machine",
    ),
]

ALGORITHMS = {
    "ecdsa p-256": ("p256", "ecdsa-p256-sha256"),
    "ecdsa p-384": ("p384", "ecdsa-p384-sha384"),
    "rsa pkcs 1": ("rsa3072", "rsa-pkcs1-sha256"),
    "rsa pkcs 1 with sha-512": ("rsa3072", "rsa-pkcs1-sha512"),
}

SAME_DOCUMENT = ("--enabled-reference-uris", "empty,same-doc", "--id-attr:Id", "SignedProperties")


def _verify(document: bytes, signer: Issued, folder: Path) -> subprocess.CompletedProcess[str]:
    file, certificate = folder / "list.xml", folder / "signer.pem"
    file.write_bytes(document)
    certificate.write_text(signer.pem)
    pinned = ("--enabled-key-data", "rsa,ec", "--pubkey-cert-pem", str(certificate))
    return subprocess.run(
        ["xmlsec1", "--verify", *SAME_DOCUMENT, *pinned, str(file)],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


@pytest.mark.parametrize(("kind", "algorithm"), ALGORITHMS.values(), ids=ALGORITHMS)
def test_sig_1_xmlsec1_verifies_what_we_seal(kind: str, algorithm: str, tmp_path: Path) -> None:
    signer = issue("lists", kind=kind)
    done = _verify(sealed(signer.signing_key(algorithm)), signer, tmp_path)
    assert done.returncode == 0, done.stderr
    assert "SignedInfo References (ok/all): 2/2" in done.stderr


TAMPERED: dict[str, Callable[[bytes], bytes]] = {
    "in the document": lambda it: it.replace(b"<ID>1</ID>", b"<ID>2</ID>"),
    "in the signed properties": lambda it: it.replace(b"T12:00:00Z", b"T12:00:01Z"),
}


@pytest.mark.parametrize("tamper", TAMPERED.values(), ids=TAMPERED)
def test_sig_1_xmlsec1_refuses_a_tampered_byte_as_we_do(
    tamper: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    signer = issue("lists")
    document = tamper(sealed(signer.signing_key()))
    assert _verify(document, signer, tmp_path).returncode != 0
    with pytest.raises(SignatureError, match="does not verify"):
        xades.open_sealed(document, anchors(pinned=[signer]), Limits(), now=NOW)


def test_sig_1_xmlsec1_refuses_another_signer(tmp_path: Path) -> None:
    document = sealed(issue("lists", number=1).signing_key())
    assert _verify(document, issue("lists", number=2), tmp_path).returncode != 0


def test_sig_1_xmlsec1_verifies_text_that_canonicalisation_changes(tmp_path: Path) -> None:
    signer = issue("lists")
    text = "海關 &#13;&#10;&#9; &quot;'&lt;&gt;&amp; Ünï \U0001f6a2"
    document = f'<x:a xmlns:x="urn:x" xmlns:y="urn:y" b="{text}"><y:c/>{text}</x:a>'.encode()
    done = _verify(sealed(signer.signing_key(), document), signer, tmp_path)
    assert done.returncode == 0, done.stderr


def _sign(template: bytes, signer: Issued, folder: Path) -> bytes:
    file, key, out = folder / "template.xml", folder / "signer.key", folder / "signed.xml"
    file.write_bytes(template)
    key.write_bytes(signer.key_pem)
    subprocess.run(
        [
            "xmlsec1", "--sign", *SAME_DOCUMENT, "--privkey-pem", str(key),
            "--output", str(out), str(file),
        ],
        capture_output=True, check=True, timeout=30,
    )  # fmt: skip
    return out.read_bytes()


def _template(signer: Issued) -> etree._Element:
    """Return our shape with every digest and the signature value emptied."""
    root = tree(sealed(signer.signing_key()))
    for value in root[-1].iterfind(f"{DS}SignedInfo/{DS}Reference/{DS}DigestValue"):
        value.text = None
    part(root, "SignatureValue").text = None
    return root


def test_sig_1_we_verify_what_xmlsec1_signs(tmp_path: Path) -> None:
    signer = issue("lists")
    document = _sign(etree.tostring(_template(signer)), signer, tmp_path)
    verified = xades.open_sealed(document, anchors(pinned=[signer]), Limits(), now=NOW)
    assert etree.tostring(verified.content, encoding="UTF-8") == DOCUMENT


def test_sig_1_xpath_transform_that_xmlsec1_accepts_is_refused_here(tmp_path: Path) -> None:
    signer = issue("lists")
    root = _template(signer)
    step = etree.Element(f"{DS}Transform", Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116")
    etree.SubElement(step, f"{DS}XPath").text = "not(ancestor-or-self::*[local-name()='Party'])"
    part(root, "SignedInfo/Reference/Transforms").insert(1, step)
    signed = _sign(etree.tostring(root), signer, tmp_path)
    tampered = signed.replace(b"ber &amp; Co", b"ber &amp; Sons")
    assert tampered != signed
    # The outside verifier is content: the signer's own transform leaves the party out.
    assert _verify(tampered, signer, tmp_path).returncode == 0
    with pytest.raises(WeakAlgorithmError, match=r"transforms .* are not allowed here"):
        xades.open_sealed(tampered, anchors(pinned=[signer]), Limits(), now=NOW)
