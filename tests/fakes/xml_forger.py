"""Signs XML of any shape with a genuine key, to show what only the allow-list refuses."""

from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from lxml import etree

from gateway.domain.profiles import Limits
from gateway.trust import xades
from gateway.trust.keys import SigningKey
from gateway.trust.xades_rules import DS
from gateway.trust.xml_parsing import parse
from tests.fakes.trial_keys import NOW

DOCUMENT = (
    '<List xmlns="urn:x"><ID>1</ID><Party><Name xml:lang="de">Über &amp; Co</Name></Party></List>'
).encode()

ROOMY = Limits(max_depth=64)


def sealed(key: SigningKey, document: bytes = DOCUMENT) -> bytes:
    return xades.seal(tree(document), key, signed_at=NOW)


def tree(document: bytes) -> etree._Element:
    return parse(document, ROOMY)


def forge(
    key: SigningKey, change: Callable[[etree._Element], None], document: bytes | None = None
) -> bytes:
    """Let `change` bend a sealed document, and sign the bent shape genuinely again."""
    root = tree(document or sealed(key))
    change(root)
    signature = signature_of(root)
    for reference in signature.iterfind(f"{DS}SignedInfo/{DS}Reference"):
        reference[-1].text = _digest(root, reference.get("URI", ""))
    signed_info = part(root, "SignedInfo")
    value = raw_signature(key.sign(canonical(signed_info)))
    part(root, "SignatureValue").text = b64encode(value).decode()
    return etree.tostring(root)


def bend(document: bytes, change: Callable[[etree._Element], None]) -> bytes:
    """Change a sealed document without signing again."""
    root = tree(document)
    change(root)
    return etree.tostring(root)


def signature_of(root: etree._Element) -> etree._Element:
    found = root.find(f"{DS}Signature")
    assert found is not None
    return found


def part(root: etree._Element, path: str) -> etree._Element:
    """Find by names of the signature namespace: `SignedInfo/Reference`."""
    found = signature_of(root).find("/".join(DS + name for name in path.split("/")))
    assert found is not None
    return found


def _digest(root: etree._Element, uri: str) -> str:
    copy = tree(etree.tostring(root))
    if uri == "":
        signature = signature_of(copy)
        copy.remove(signature)
        return b64encode(sha256(canonical(copy)).digest()).decode()
    named = copy.xpath("//*[@Id=$name]", name=uri.removeprefix("#"))
    assert isinstance(named, list)
    content = canonical(named[0]) if named else b""  # type: ignore[arg-type] # an element
    return b64encode(sha256(content).digest()).decode()


def canonical(element: etree._Element) -> bytes:
    return etree.tostring(element, method="c14n", exclusive=True, with_tail=False)


def raw_signature(der: bytes) -> bytes:
    r, s = decode_dss_signature(der)
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")
