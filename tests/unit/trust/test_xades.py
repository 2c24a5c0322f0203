from lxml import etree

from gateway.domain.profiles import Limits, TrustAnchors
from gateway.trust import xades
from gateway.trust.keys import SigningKey
from gateway.trust.xml_parsing import parse
from tests.fakes.trial_keys import NOW

DOCUMENT = b'<List xmlns="urn:x"><ID>1</ID><Name>\xc3\x9cber &amp; Co</Name></List>'


def test_sig_1_sealed_document_opens_to_what_was_sealed(
    list_key: SigningKey, anchors: TrustAnchors
) -> None:
    sealed = xades.seal(parse(DOCUMENT, Limits()), list_key, signed_at=NOW)
    verified = xades.open_sealed(sealed, anchors, Limits(), now=NOW)
    assert etree.tostring(verified.content, encoding="UTF-8") == DOCUMENT
    assert verified.signed_at == NOW
    assert verified.signer.fingerprint == list_key.fingerprint
