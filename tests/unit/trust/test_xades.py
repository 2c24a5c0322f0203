import re
from base64 import b64encode
from collections.abc import Callable
from datetime import timedelta

import pytest
from lxml import etree

from gateway.domain.errors import (
    CertificateError,
    ConfigError,
    ForbiddenMarkupError,
    GatewayError,
    NotWellFormedError,
    SignatureError,
    TooLargeError,
    UnknownSignerError,
    WeakAlgorithmError,
)
from gateway.domain.profiles import KeyUse, Limits, TrustAnchors
from gateway.trust import xades
from gateway.trust.keys import SigningKey
from gateway.trust.pki import TrialPki
from gateway.trust.xades_rules import DS, XADES
from tests.fakes.certificates import DAY, Issued, anchors, issue, revoke
from tests.fakes.trial_keys import NOW, key_of, pin
from tests.fakes.xml_forger import DOCUMENT, bend, forge, part, sealed, signature_of, tree

DIGEST_VALUE = "SignedInfo/Reference/DigestValue"

Change = Callable[[etree._Element], None]


@pytest.fixture(scope="module")
def signer() -> Issued:
    return issue("lists", number=1)


@pytest.fixture(scope="module")
def genuine(signer: Issued) -> bytes:
    return sealed(signer.signing_key())


def _open(document: bytes, trusted: TrustAnchors) -> bytes:
    verified = xades.open_sealed(document, trusted, Limits(), now=NOW)
    return etree.tostring(verified.content, encoding="UTF-8")


def test_sig_1_sealed_document_opens_to_what_was_sealed(signer: Issued, genuine: bytes) -> None:
    verified = xades.open_sealed(genuine, anchors(pinned=[signer]), Limits(), now=NOW)
    assert etree.tostring(verified.content, encoding="UTF-8") == DOCUMENT
    assert verified.signed_at == NOW
    assert verified.signer.certificate == signer.der
    assert verified.signer.algorithm == "ecdsa-p256-sha256"


def test_sig_1_signature_has_two_references_and_is_the_last_child(genuine: bytes) -> None:
    root = tree(genuine)
    assert root[-1].tag == f"{DS}Signature"
    references = root[-1].findall(f"{DS}SignedInfo/{DS}Reference")
    assert [each.get("Type") for each in references] == [
        None,
        "http://uri.etsi.org/01903#SignedProperties",
    ]


def test_sig_1_signing_time_is_the_one_given(signer: Issued) -> None:
    at = NOW - timedelta(hours=3)
    document = xades.seal(tree(DOCUMENT), signer.signing_key(), signed_at=at)
    assert b"SigningTime>2026-03-01T09:00:00Z<" in document


def test_sig_1_sealing_leaves_the_given_tree_alone(signer: Issued) -> None:
    root = tree(DOCUMENT)
    xades.seal(root, signer.signing_key(), signed_at=NOW)
    assert etree.tostring(root, encoding="UTF-8") == DOCUMENT


def test_sig_1_text_in_every_script_survives(signer: Issued) -> None:
    text = "海關 ‎مؤسسة Ünïcødé \U0001f6a2 &#13;&#9;&quot;'&lt;"
    document = f'<a xmlns="urn:x" b="{text}">{text}</a>'.encode()
    opened = _open(sealed(signer.signing_key(), document), anchors(pinned=[signer]))
    assert tree(opened).text == tree(document).text
    assert tree(opened).get("b") == tree(document).get("b")


def test_sig_1_white_space_added_behind_the_signature_is_refused(
    signer: Issued, genuine: bytes
) -> None:
    spaced = genuine.replace(b"</ds:Signature>", b"</ds:Signature>\n")
    root = tree(spaced)
    assert root[-1].tail == "\n"
    # What stands behind the signature is signed as well: it was not there.
    with pytest.raises(SignatureError, match="does not verify"):
        _open(spaced, anchors(pinned=[signer]))


@pytest.mark.parametrize(
    ("kind", "algorithm"),
    {
        "p256": ("p256", "ecdsa-p256-sha256"),
        "p384": ("p384", "ecdsa-p384-sha384"),
        "rsa pss": ("rsa3072", "rsa-pss-sha256"),
        "rsa pss with sha-512": ("rsa3072", "rsa-pss-sha512"),
        "rsa pkcs 1": ("rsa3072", "rsa-pkcs1-sha256"),
        "rsa pkcs 1 with sha-384": ("rsa3072", "rsa-pkcs1-sha384"),
    }.values(),
)
def test_sig_4_every_allowed_algorithm_signs_and_verifies(kind: str, algorithm: str) -> None:
    signer = issue("lists", kind=kind)
    document = sealed(signer.signing_key(algorithm))
    trusted = anchors(pinned=[signer], algorithms=[algorithm])
    verified = xades.open_sealed(document, trusted, Limits(), now=NOW)
    assert verified.signer.algorithm == algorithm


def test_sig_4_algorithm_that_the_profile_does_not_register_is_refused() -> None:
    signer = issue("lists", kind="rsa3072")
    document = sealed(signer.signing_key("rsa-pkcs1-sha256"))
    trusted = anchors(pinned=[signer], algorithms=["rsa-pss-sha256"])
    with pytest.raises(WeakAlgorithmError, match="rsa-sha256 is not registered"):
        _open(document, trusted)


@pytest.mark.parametrize(
    "method",
    [
        "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha1",
        "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
        "http://www.w3.org/2000/09/xmldsig#dsa-sha1",
        "http://www.w3.org/2000/09/xmldsig#hmac-sha1",
        "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
        "http://www.w3.org/2001/04/xmldsig-more#rsa-md5",
        "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512",
        "urn:unknown",
        "",
    ],
)
def test_sig_4_other_signature_methods_are_refused(method: str, signer: Issued) -> None:
    def change(root: etree._Element) -> None:
        part(root, "SignedInfo/SignatureMethod").set("Algorithm", method)

    with pytest.raises(WeakAlgorithmError, match="is not registered"):
        _open(forge(signer.signing_key(), change), anchors(pinned=[signer]))


def test_sig_4_ed25519_does_not_sign_xml() -> None:
    with pytest.raises(ConfigError, match="does not sign xml"):
        sealed(issue("lists", kind="ed25519").signing_key())


def test_sig_1_unsigned_document_is_refused(signer: Issued) -> None:
    with pytest.raises(SignatureError, match="document is not signed"):
        _open(DOCUMENT, anchors(pinned=[signer]))


@pytest.mark.parametrize(
    ("old", "new"),
    {
        "a value": (b"<ID>1</ID>", b"<ID>2</ID>"),
        "an attribute": (b'xml:lang="de"', b'xml:lang="en"'),
        "an added element": (b"<ID>1</ID>", b"<ID>1</ID><ID>2</ID>"),
        "a removed element": (b"<ID>1</ID>", b""),
        "added space": (b"<ID>1</ID>", b"<ID>1</ID> "),
        "another namespace": (b'xmlns="urn:x"', b'xmlns="urn:y"'),
        "the signing time": (b"2026-03-01T12:00:00Z", b"2026-03-01T12:00:01Z"),
    }.values(),
)
def test_sig_1_tampered_byte_is_refused(
    old: bytes, new: bytes, signer: Issued, genuine: bytes
) -> None:
    assert genuine.count(old) == 1
    with pytest.raises(SignatureError, match="does not verify"):
        _open(genuine.replace(old, new), anchors(pinned=[signer]))


def _set_text(path: str, text: str | None) -> Change:
    def change(root: etree._Element) -> None:
        part(root, path).text = text

    return change


@pytest.mark.parametrize(
    "change",
    {
        "another digest": _set_text(DIGEST_VALUE, b64encode(b"x" * 32).decode()),
        "no digest": _set_text(DIGEST_VALUE, None),
        "another value": _set_text("SignatureValue", b64encode(b"x" * 64).decode()),
        "a value of another length": _set_text("SignatureValue", b64encode(b"x" * 63).decode()),
        "a value of zeros": _set_text("SignatureValue", b64encode(bytes(64)).decode()),
        "no value": _set_text("SignatureValue", None),
        "a value that is not base64": _set_text("SignatureValue", "!"),
    }.values(),
)
def test_sig_1_tampered_signature_is_refused(
    change: Change, signer: Issued, genuine: bytes
) -> None:
    with pytest.raises(SignatureError, match="does not verify"):
        _open(bend(genuine, change), anchors(pinned=[signer]))


@pytest.mark.parametrize("text", ["!", "AAAA", None])
def test_sig_1_certificate_that_is_none_is_refused(
    text: str | None, signer: Issued, genuine: bytes
) -> None:
    change = _set_text("KeyInfo/X509Data/X509Certificate", text)
    with pytest.raises(SignatureError, match="certificate is not"):
        _open(bend(genuine, change), anchors(pinned=[signer]))


def test_sig_5_stranger_is_refused(signer: Issued) -> None:
    stranger = issue("lists", number=2)
    with pytest.raises(UnknownSignerError, match="is not registered for lists of XA"):
        _open(sealed(stranger.signing_key()), anchors(pinned=[signer]))


def test_sig_5_stranger_that_shows_the_partners_certificate_is_refused(signer: Issued) -> None:
    stranger = issue("lists", number=2)
    posing = SigningKey(
        certificate=signer.der,
        chain=(),
        algorithm="ecdsa-p256-sha256",
        fingerprint="",
        private_key=stranger.key,
    )
    with pytest.raises(SignatureError, match="does not verify"):
        _open(sealed(posing), anchors(pinned=[signer]))


def test_sig_5_certificate_of_the_same_key_that_is_not_registered_is_refused(
    signer: Issued,
) -> None:
    twin = issue("lists", number=1)
    assert twin.key is signer.key
    with pytest.raises(UnknownSignerError):
        _open(sealed(twin.signing_key()), anchors(pinned=[signer]))


def test_sig_5_swapped_certificate_in_key_info_is_refused(signer: Issued, genuine: bytes) -> None:
    # Registered too, and of the same key: the signed properties still name the other one.
    twin = issue("lists", number=1)
    change = _set_text("KeyInfo/X509Data/X509Certificate", b64encode(twin.der).decode())
    with pytest.raises(SignatureError, match="does not verify"):
        _open(bend(genuine, change), anchors(pinned=[signer, twin]))


def test_sig_6_other_uses_keys_sign_no_list(pki: TrialPki) -> None:
    trusted = pin(pki.lists)
    assert _open(sealed(key_of(pki.lists)), trusted) == DOCUMENT
    for other in (pki.acknowledgements, pki.tls):
        with pytest.raises(UnknownSignerError, match="is not registered for lists"):
            _open(sealed(key_of(other)), trusted)
    with pytest.raises(UnknownSignerError, match="is not registered for acknowledgements"):
        _open(sealed(key_of(pki.lists)), pin(pki.acknowledgements, use=KeyUse.ACKNOWLEDGEMENTS))


CERTIFICATES = {
    "expired": ({"until": NOW - timedelta(seconds=1)}, "expired at"),
    "not yet valid": ({"since": NOW + timedelta(seconds=1)}, "is not valid before"),
    "of another country": ({"countries": ["XB"]}, "is of country XB"),
    "without country": ({"countries": []}, "is of country none"),
}


@pytest.mark.parametrize(("faults", "words"), CERTIFICATES.values(), ids=CERTIFICATES)
def test_sig_5_bad_certificate_is_refused(faults: dict[str, object], words: str) -> None:
    signer = issue("lists", **faults)  # type: ignore[arg-type] # a table of arguments
    with pytest.raises(CertificateError, match=words):
        _open(sealed(signer.signing_key()), anchors(pinned=[signer]))


def test_sig_5_revoked_certificate_is_refused() -> None:
    authority = issue("ca", number=9, ca=True)
    signer = issue("lists", issuer=authority)
    document = sealed(signer.signing_key())
    fresh = anchors(authorities=[authority], revocation_lists=[revoke(authority)])
    assert _open(document, fresh) == DOCUMENT
    with pytest.raises(CertificateError, match="was revoked at"):
        _open(
            document,
            anchors(authorities=[authority], revocation_lists=[revoke(authority, signer)]),
        )


@pytest.mark.parametrize("kind", ["rsa1024", "rsa2048", "p521"])
def test_sig_4_weak_key_is_refused(kind: str) -> None:
    signer = issue("lists", kind=kind)
    weak = SigningKey(
        certificate=signer.der,
        chain=(),
        algorithm="rsa-pkcs1-sha256" if kind.startswith("rsa") else "ecdsa-p256-sha256",
        fingerprint="",
        private_key=signer.key,
    )
    with pytest.raises(WeakAlgorithmError, match=r"rsa key has|may not sign"):
        _open(sealed(weak), anchors(pinned=[signer], algorithms=[weak.algorithm]))


def test_sig_7_only_what_was_signed_is_returned(signer: Issued, genuine: bytes) -> None:
    verified = xades.open_sealed(genuine, anchors(pinned=[signer]), Limits(), now=NOW)
    assert verified.content.find(f"{DS}Signature") is None
    assert verified.content.getparent() is None


def test_sig_7_wrapped_original_is_refused(signer: Issued, genuine: bytes) -> None:
    body = genuine.partition(b"?>")[2]
    wrapped = b'<List xmlns="urn:x"><ID>666</ID><Old>' + body + b"</Old></List>"
    with pytest.raises(SignatureError, match="not the last child"):
        _open(wrapped, anchors(pinned=[signer]))


def test_sig_7_wrapped_original_with_its_signature_lifted_out_is_refused(
    signer: Issued, genuine: bytes
) -> None:
    def wrap(root: etree._Element) -> None:
        signature = signature_of(root)
        root.remove(signature)
        original = tree(etree.tostring(root))
        original.set("Id", "original")
        root[0].text = "666"
        etree.SubElement(root, "Old").append(original)
        root.append(signature)

    with pytest.raises(SignatureError, match="does not verify"):
        _open(bend(genuine, wrap), anchors(pinned=[signer]))


def test_sig_7_id_in_the_body_never_stands_for_the_signed_properties(
    signer: Issued, genuine: bytes
) -> None:
    def shadow(root: etree._Element) -> None:
        properties = signature_of(root).find(f".//{XADES}SignedProperties")
        assert properties is not None
        decoy = tree(etree.tostring(properties))
        time = decoy.find(f".//{XADES}SigningTime")
        assert time is not None
        time.text = "2020-01-01T00:00:00Z"
        root.insert(0, decoy)

    document = forge(signer.signing_key(), shadow)
    # The forger digests what it finds first, as a verifier that looks up by id would.
    with pytest.raises(SignatureError, match="does not verify"):
        _open(document, anchors(pinned=[signer]))
    assert _open(genuine, anchors(pinned=[signer])) == DOCUMENT


@pytest.mark.parametrize(
    ("time", "words"),
    {
        "no time": ("soon", "does not verify"),
        "no zone": ("2026-03-01T12:00:00", "has no time zone"),
        "a day that does not exist": ("2026-02-30T12:00:00Z", "does not verify"),
        "a year too far": ("12026-03-01T12:00:00Z", "is not a time"),
    }.values(),
)
def test_sig_5_signing_time_that_is_no_instant_is_refused(
    time: str, words: str, signer: Issued
) -> None:
    def change(root: etree._Element) -> None:
        element = root.find(f".//{XADES}SigningTime")
        assert element is not None
        element.text = time

    with pytest.raises(SignatureError, match=words):
        _open(forge(signer.signing_key(), change), anchors(pinned=[signer]))


def test_sig_5_missing_signing_time_is_refused(signer: Issued) -> None:
    def change(root: etree._Element) -> None:
        element = root.find(f".//{XADES}SigningTime")
        assert element is not None
        parent = element.getparent()
        assert parent is not None
        parent.remove(element)

    with pytest.raises(SignatureError, match="states no signing time"):
        _open(forge(signer.signing_key(), change), anchors(pinned=[signer]))


MARKUP: dict[str, tuple[Callable[[bytes], bytes], type[GatewayError]]] = {
    "a comment in a value": (lambda it: it.replace(b">1<", b">1<!---->2<"), ForbiddenMarkupError),
    "a comment behind the root": (lambda it: it + b"<!-- x -->", ForbiddenMarkupError),
    "an instruction": (lambda it: it.replace(b">1<", b">1<?x y?><"), ForbiddenMarkupError),
    "a doctype": (lambda it: it.replace(b"?>", b"?><!DOCTYPE List>", 1), ForbiddenMarkupError),
    "UTF-16": (
        lambda it: it.replace(b"UTF-8", b"UTF-16").decode().encode("utf-16"),
        NotWellFormedError,
    ),
    "nothing": (lambda _: b"", NotWellFormedError),
    "half of it": (lambda it: it[: len(it) // 2], NotWellFormedError),
    "a web page": (lambda _: b"<html><head></head><body>Busy</body></html>", SignatureError),
    "deep nesting": (lambda _: b"<a>" * 40 + b"</a>" * 40, TooLargeError),
}


@pytest.mark.parametrize(("change", "error"), MARKUP.values(), ids=MARKUP)
def test_acc_1_genuine_document_with_forbidden_markup_is_refused(
    change: Callable[[bytes], bytes], error: type[GatewayError], signer: Issued, genuine: bytes
) -> None:
    with pytest.raises(error):
        _open(change(genuine), anchors(pinned=[signer]))


def test_messages_are_lower_case_and_name_no_secrets(signer: Issued) -> None:
    with pytest.raises(SignatureError) as caught:
        _open(DOCUMENT, anchors(pinned=[signer]))
    assert re.fullmatch(r"[a-z].*[^.]", caught.value.message)


def test_sig_5_signer_under_a_pinned_ca_is_accepted_with_its_intermediate() -> None:
    root = issue("root", number=9, ca=True)
    middle = issue("middle", number=8, ca=True, issuer=root)
    signer = issue("lists", issuer=middle, since=NOW - DAY)
    document = sealed(signer.signing_key(chain=[middle]))
    trusted = anchors(authorities=[root])
    verified = xades.open_sealed(document, trusted, Limits(), now=NOW)
    assert verified.signer.chain == (middle.der,)
    with pytest.raises(UnknownSignerError):
        _open(sealed(signer.signing_key()), trusted)
