"""Whatever arrives, only errors of the gateway come out, and nothing false goes through."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from gateway.domain.errors import DocumentError, GatewayError, PartnerError
from gateway.domain.profiles import Limits
from gateway.trust import xades
from gateway.trust.certificates import check_signer
from gateway.trust.xml_parsing import parse
from tests.fakes.certificates import anchors, issue
from tests.fakes.trial_keys import NOW
from tests.fakes.xml_forger import DOCUMENT, sealed

SIGNER = issue("lists", kind="ed25519", number=11)
XML_SIGNER = issue("lists", number=11)
XML_ANCHORS = anchors(pinned=[XML_SIGNER])
SEALED = sealed(XML_SIGNER.signing_key())


@given(st.binary(max_size=200) | st.text(alphabet="<>!?-[]&;/ax'\" =").map(str.encode))
@settings(max_examples=150, deadline=None)
def test_acc_1_any_bytes_parse_or_are_refused(document: bytes) -> None:
    try:
        root = parse(document, Limits())
    except DocumentError:
        return
    assert isinstance(root.tag, str)


@given(st.floats(0, 1, exclude_max=True), st.integers(0, 3), st.binary(max_size=3))
@settings(max_examples=150, deadline=None)
def test_sig_1_any_change_of_a_sealed_document_is_refused_or_harmless(
    place: float, removed: int, added: bytes
) -> None:
    document = bytearray(SEALED)
    position = int(place * len(document))
    document[position : position + removed] = added
    try:
        opened = xades.open_sealed(bytes(document), XML_ANCHORS, Limits(), now=NOW)
    except PartnerError:
        return
    assert etree.tostring(opened.content, encoding="UTF-8") == DOCUMENT


# A changed serial number may be negative: the library warns of it, the chain refuses it.
@pytest.mark.filterwarnings("ignore:Parsed a serial number")
@given(st.integers(0, len(SIGNER.der) - 1), st.integers(0, 255))
@settings(max_examples=150, deadline=None)
def test_sig_5_any_change_of_a_certificate_is_refused(position: int, value: int) -> None:
    der = bytearray(SIGNER.der)
    if der[position] == value:
        return
    der[position] = value
    trusted = anchors(pinned=[SIGNER], algorithms=["ed25519"])
    with pytest.raises(GatewayError):
        check_signer(bytes(der), [], trusted, moments=(NOW,))
