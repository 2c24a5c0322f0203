import tracemalloc
from base64 import b64encode
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256, sha512
from itertools import repeat

import pytest
from lxml import etree

from gateway.domain.errors import (
    CertificateError,
    ConfigError,
    ContainerError,
    ForbiddenMarkupError,
    GatewayError,
    MachineError,
    SignatureError,
    TooLargeError,
    UnknownSignerError,
    WeakAlgorithmError,
)
from gateway.domain.profiles import KeyUse, Limits, TrustAnchors
from gateway.trust import asice
from gateway.trust.container import LIST
from gateway.trust.spooled import SpooledFile
from gateway.trust.xades_rules import DS
from tests.fakes.asice_forger import DOCUMENT, put_together, resigned, sealed, signature_in
from tests.fakes.certificates import Issued, anchors, issue
from tests.fakes.hostile_containers import BENT, DOCUMENTS, MARKUP
from tests.fakes.trial_keys import NOW
from tests.fakes.xml_forger import part, tree
from tests.fakes.zip_forger import Forged, deflate, forge, members

Change = Callable[[etree._Element], None]
SHA_512 = "http://www.w3.org/2001/04/xmlenc#sha512"


@pytest.fixture(scope="module")
def signer() -> Issued:
    return issue("lists", number=1)


@pytest.fixture(scope="module")
def genuine(signer: Issued) -> bytes:
    return sealed(signer.signing_key())


def opened(container: bytes, trusted: TrustAnchors, limits: Limits | None = None) -> bytes:
    verified = asice.open_container(container, trusted, limits or Limits(), now=NOW)
    return b"".join(verified.content.pieces())


def test_sig_2_sealed_list_opens_to_the_bytes_that_were_sealed(
    signer: Issued, genuine: bytes
) -> None:
    verified = asice.open_container(genuine, anchors(pinned=[signer]), Limits(), now=NOW)
    assert b"".join(verified.content.pieces()) == DOCUMENT
    assert b"".join(verified.content.pieces()) == DOCUMENT, "a list may be decoded twice"
    assert verified.signed_at == NOW
    assert verified.signer.certificate == signer.der
    assert verified.signer.algorithm == "ecdsa-p256-sha256"


def test_sig_2_the_reference_digests_the_raw_bytes(genuine: bytes) -> None:
    reference = part(tree(signature_in(genuine)), "SignedInfo/Reference")
    assert reference.get("URI") == "list.xml"
    assert reference.find(f"{DS}Transforms") is None
    assert reference[-1].text == b64encode(sha256(DOCUMENT).digest()).decode()


def test_sig_2_what_the_resigner_signs_unbent_is_believed(signer: Issued) -> None:
    container = resigned(signer.signing_key(), lambda _: None)
    assert opened(container, anchors(pinned=[signer])) == DOCUMENT


def test_sig_2_digests_of_other_allowed_kinds_are_compared(signer: Issued) -> None:
    def digest_otherwise(root: etree._Element) -> None:
        part(root, "SignedInfo/Reference/DigestMethod").set("Algorithm", SHA_512)

    key = signer.signing_key()
    bent = resigned(key, digest_otherwise)
    # The digest in it is of SHA-256, so it does not fit.
    with pytest.raises(SignatureError, match="does not verify"):
        opened(bent, anchors(pinned=[signer]))
    spooled = asice.spool([DOCUMENT], "sha512")
    assert spooled.digest == sha512(DOCUMENT).digest()


OTHER_LISTS: dict[str, bytes] = {
    "one byte changed": DOCUMENT.replace(b"1", b"2"),
    "a space more": DOCUMENT + b" ",
    "another line end": DOCUMENT + b"\r\n",
    "cut off": DOCUMENT[:-1],
    "nothing": b"",
    "the same XML in other bytes": DOCUMENT.replace(b'xmlns="urn:x"', b"xmlns='urn:x'"),
}


@pytest.mark.parametrize("document", OTHER_LISTS.values(), ids=OTHER_LISTS)
def test_sig_2_another_list_than_was_signed_is_refused(
    signer: Issued, genuine: bytes, document: bytes
) -> None:
    container = put_together(document, signature_in(genuine))
    with pytest.raises(SignatureError, match="does not verify"):
        opened(container, anchors(pinned=[signer]))


def test_sig_2_the_signature_of_another_list_is_refused(signer: Issued) -> None:
    other = sealed(signer.signing_key(), b"<Other/>")
    with pytest.raises(SignatureError, match="does not verify"):
        opened(put_together(DOCUMENT, signature_in(other)), anchors(pinned=[signer]))


@pytest.mark.parametrize("change", BENT.values(), ids=BENT)
def test_sig_2_a_signature_of_another_shape_is_refused(signer: Issued, change: Change) -> None:
    container = resigned(signer.signing_key(), change)
    with pytest.raises((SignatureError, WeakAlgorithmError)):
        opened(container, anchors(pinned=[signer]))


def test_sig_4_a_weak_digest_of_the_list_is_refused(signer: Issued) -> None:
    sha_1 = "http://www.w3.org/2000/09/xmldsig#sha1"
    container = resigned(
        signer.signing_key(),
        lambda root: part(root, "SignedInfo/Reference/DigestMethod").set("Algorithm", sha_1),
    )
    with pytest.raises(WeakAlgorithmError, match="sha1"):
        opened(container, anchors(pinned=[signer]))


@pytest.mark.parametrize("change", DOCUMENTS.values(), ids=DOCUMENTS)
def test_sig_2_signatures_xml_holds_one_signature_and_nothing_else(
    signer: Issued, genuine: bytes, change: Change
) -> None:
    root = tree(signature_in(genuine))
    change(root)
    with pytest.raises(SignatureError):
        opened(put_together(DOCUMENT, etree.tostring(root)), anchors(pinned=[signer]))


@pytest.mark.parametrize("change", MARKUP.values(), ids=MARKUP)
def test_sig_2_forbidden_markup_in_the_signature_is_refused(
    signer: Issued, genuine: bytes, change: Callable[[bytes], bytes]
) -> None:
    container = put_together(DOCUMENT, change(signature_in(genuine)))
    with pytest.raises(ForbiddenMarkupError):
        opened(container, anchors(pinned=[signer]))


def test_sig_5_another_signer_is_refused(genuine: bytes) -> None:
    with pytest.raises(UnknownSignerError):
        opened(genuine, anchors(pinned=[issue("lists", number=2)]))


def test_sig_5_the_certificate_of_another_signer_beside_the_signature_is_refused(
    signer: Issued, genuine: bytes
) -> None:
    other = issue("lists", number=3)
    root = tree(signature_in(genuine))
    part(root, "KeyInfo/X509Data/X509Certificate").text = b64encode(other.der).decode()
    container = put_together(DOCUMENT, etree.tostring(root))
    with pytest.raises(UnknownSignerError):
        opened(container, anchors(pinned=[signer]))
    with pytest.raises(SignatureError):
        opened(container, anchors(pinned=[other]))


def test_sig_5_a_certificate_that_has_expired_is_refused(signer: Issued, genuine: bytes) -> None:
    later = NOW + timedelta(days=4000)
    with pytest.raises(CertificateError):
        asice.open_container(genuine, anchors(pinned=[signer]), Limits(), now=later)


def test_sig_4_ed25519_seals_no_container() -> None:
    with pytest.raises(ConfigError, match="does not sign xml"):
        sealed(issue("lists", kind="ed25519").signing_key("ed25519"))


def test_sig_2_nothing_of_a_stranger_is_unpacked(
    genuine: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unpack_list(*_: object) -> SpooledFile:
        raise AssertionError("the list was unpacked")

    monkeypatch.setattr(asice, "spool", unpack_list)
    root = tree(signature_in(genuine))
    value = part(root, "SignatureValue")
    value.text = b64encode(bytes(64)).decode()
    for trusted in (issue("lists", number=1), issue("lists", number=2)):
        with pytest.raises(GatewayError):
            opened(put_together(DOCUMENT, etree.tostring(root)), anchors(pinned=[trusted]))


def test_acc_1_a_container_above_the_limit_is_refused(signer: Issued, genuine: bytes) -> None:
    limits = Limits(max_container_bytes=len(genuine))
    assert opened(genuine, anchors(pinned=[signer]), limits) == DOCUMENT
    limits = Limits(max_container_bytes=len(genuine) - 1)
    with pytest.raises(TooLargeError, match="container has"):
        opened(genuine, anchors(pinned=[signer]), limits)


def test_acc_1_a_list_above_the_limit_is_refused_unpacked(signer: Issued, genuine: bytes) -> None:
    assert opened(genuine, anchors(pinned=[signer]), Limits(max_body_bytes=len(DOCUMENT)))
    with pytest.raises(TooLargeError, match=r"list\.xml has"):
        opened(genuine, anchors(pinned=[signer]), Limits(max_body_bytes=len(DOCUMENT) - 1))


def test_acc_1_a_signature_that_is_no_signature_in_size_is_refused(signer: Issued) -> None:
    padded = b"<x>" + b"".join(b"%d" % (n * n) for n in range(60_000)) + b"</x>"
    with pytest.raises(TooLargeError, match=r"signatures\.xml has"):
        opened(put_together(DOCUMENT, padded), anchors(pinned=[signer]))


def test_acc_1_a_bomb_of_a_registered_signer_is_refused(signer: Issued, genuine: bytes) -> None:
    first, _, signature = members(DOCUMENT, signature_in(genuine))
    bomb = Forged(name=LIST, content=b"", data=deflate(bytes(5_000_000)), size=len(DOCUMENT))
    with pytest.raises(ContainerError, match="unpacks to more than"):
        opened(forge([first, bomb, signature]), anchors(pinned=[signer]))


def test_sig_2_a_large_list_is_sealed_and_opened_in_little_memory(signer: Issued) -> None:
    piece = b"".join(b"<operator>%d</operator>" % (n * n) for n in range(3000))
    size = 400 * len(piece)
    tracemalloc.start()
    try:
        pieces = repeat(piece, 400)
        container = asice.seal_container(pieces, signer.signing_key(), signed_at=NOW)
        verified = asice.open_container(container, anchors(pinned=[signer]), Limits(), now=NOW)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert sum(map(len, verified.content.pieces())) == size
    # Beside the container, which is packed.
    assert peak < 3 * len(container) + 2_000_000 < size / 2


def test_a_list_without_room_is_an_error_of_this_machine(
    signer: Issued, genuine: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room(self: SpooledFile, piece: bytes) -> None:
        del self, piece
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(SpooledFile, "write", no_room)
    with pytest.raises(MachineError, match="No space left"):
        opened(genuine, anchors(pinned=[signer]))


def test_sig_6_a_key_for_acknowledgements_signs_no_list() -> None:
    answers = issue("acknowledgements", number=4)
    container = sealed(answers.signing_key())
    with pytest.raises(UnknownSignerError):
        opened(container, anchors(pinned=[issue("lists", number=1)]))
    assert opened(container, anchors(pinned=[answers], use=KeyUse.ACKNOWLEDGEMENTS))
