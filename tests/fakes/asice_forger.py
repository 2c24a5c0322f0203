"""Signs containers of any shape with a genuine key, to show what only the allow-list refuses."""

from base64 import b64encode
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256

from lxml import etree

from gateway.trust import asice
from gateway.trust.container import LIST, SIGNATURES, read_members, unpack
from gateway.trust.keys import SigningKey
from gateway.trust.xades_rules import DS
from tests.fakes.trial_keys import NOW
from tests.fakes.xml_forger import canonical, part, raw_signature, tree
from tests.fakes.zip_forger import forge, members

DOCUMENT = '<List xmlns="urn:x"><ID>1</ID><Name>Über &amp; Co</Name></List>'.encode()


def sealed(key: SigningKey, document: bytes = DOCUMENT, *, at: datetime = NOW) -> bytes:
    return asice.seal_container([document], key, signed_at=at)


def signature_in(container: bytes) -> bytes:
    return b"".join(unpack(read_members(container)[SIGNATURES]))


def list_in(container: bytes) -> bytes:
    return b"".join(unpack(read_members(container)[LIST]))


def put_together(document: bytes, signature: bytes) -> bytes:
    return forge(members(document, signature))


def resigned(
    key: SigningKey,
    change: Callable[[etree._Element], None],
    *,
    document: bytes = DOCUMENT,
    at: datetime = NOW,
) -> bytes:
    """Seal a list, let `change` bend the signature's document, and sign that genuinely again."""
    root = tree(signature_in(sealed(key, document, at=at)))
    change(root)
    for reference in part(root, "SignedInfo").iterfind(f"{DS}Reference"):
        uri = reference.get("URI", "")
        if uri.startswith("#"):
            named = next(each for each in root.iter() if each.get("Id") == uri[1:])
            digest = sha256(canonical(named)).digest()
        else:
            digest = sha256({LIST: document}.get(uri, b"")).digest()
        reference[-1].text = b64encode(digest).decode()
    value = raw_signature(key.sign(canonical(part(root, "SignedInfo"))))
    part(root, "SignatureValue").text = b64encode(value).decode()
    return put_together(document, etree.tostring(root))
