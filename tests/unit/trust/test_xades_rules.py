"""Shapes that are signed genuinely, so that only the allow-list stands against them."""

from collections.abc import Callable
from copy import deepcopy

import pytest
from lxml import etree

from gateway.domain.errors import SignatureError, WeakAlgorithmError
from gateway.domain.profiles import Limits, TrustAnchors
from gateway.trust import xades
from gateway.trust.keys import SigningKey
from gateway.trust.xades_rules import DS, ENVELOPED, EXCLUSIVE_C14N, SIGNED_PROPERTIES, XADES
from tests.fakes.trial_keys import NOW
from tests.fakes.xml_forger import forge, part, sealed, signature_of, tree

Change = Callable[[etree._Element], None]


def _reference(root: etree._Element, number: int) -> etree._Element:
    return signature_of(root).findall(f"{DS}SignedInfo/{DS}Reference")[number]


def _transforms(root: etree._Element, number: int) -> etree._Element:
    return _reference(root, number)[0]


def _add_transform(number: int, algorithm: str, *, at: int) -> Change:
    def change(root: etree._Element) -> None:
        _transforms(root, number).insert(at, etree.Element(f"{DS}Transform", Algorithm=algorithm))

    return change


def _set_transform(number: int, step: int, algorithm: str) -> Change:
    return lambda root: _transforms(root, number)[step].set("Algorithm", algorithm)


def _set(path: str, name: str, value: str) -> Change:
    return lambda root: part(root, path).set(name, value)


def _point(number: int, uri: str) -> Change:
    return lambda root: _reference(root, number).set("URI", uri)


def _key_info_reference(root: etree._Element) -> None:
    reference = deepcopy(_reference(root, 1))
    del reference.attrib["Type"]
    reference.set("URI", f"#{part(root, 'KeyInfo').get('Id')}")
    part(root, "SignedInfo").append(reference)


def _two_key_info_references(root: etree._Element) -> None:
    _key_info_reference(root)
    _key_info_reference(root)


def _reference_to_body(root: etree._Element) -> None:
    _key_info_reference(root)
    root[0].set("Id", "body")
    _point(2, "#body")(root)


def _body_instead_of_document(root: etree._Element) -> None:
    root[0].set("Id", "body")
    _point(0, "#body")(root)


def _properties_in_the_body(root: etree._Element) -> None:
    genuine = part(root, "Object")
    moved = deepcopy(genuine[0][0])
    moved.set("Id", "elsewhere")
    root.insert(0, moved)
    _point(1, "#elsewhere")(root)


def _swap_references(root: etree._Element) -> None:
    part(root, "SignedInfo").append(_reference(root, 0))


def _drop_properties_reference(root: etree._Element) -> None:
    part(root, "SignedInfo").remove(_reference(root, 1))


def _drop_transforms(root: etree._Element) -> None:
    _reference(root, 1).remove(_transforms(root, 1))


def _prefix_list(root: etree._Element) -> None:
    step = _transforms(root, 0)[1]
    etree.SubElement(step, f"{{{EXCLUSIVE_C14N}}}InclusiveNamespaces", PrefixList="ds")


def _second_object(root: etree._Element) -> None:
    etree.SubElement(signature_of(root), f"{DS}Object").text = "more"


def _manifest(root: etree._Element) -> None:
    etree.SubElement(part(root, "Object"), f"{DS}Manifest")


def _retrieval_method(root: etree._Element) -> None:
    etree.SubElement(part(root, "KeyInfo"), f"{DS}RetrievalMethod", URI="http://127.0.0.1/key")


def _retrieval_method_alone(root: etree._Element) -> None:
    part(root, "KeyInfo").clear()
    _retrieval_method(root)


def _key_name(root: etree._Element) -> None:
    etree.SubElement(part(root, "KeyInfo"), f"{DS}KeyName").text = "another"


def _subject_name(root: etree._Element) -> None:
    etree.SubElement(part(root, "KeyInfo/X509Data"), f"{DS}X509SubjectName").text = "CN=another"


def _no_certificate(root: etree._Element) -> None:
    part(root, "KeyInfo/X509Data").clear()


def _drop(path: str) -> Change:
    def change(root: etree._Element) -> None:
        element = part(root, path)
        parent = element.getparent()
        assert parent is not None
        parent.remove(element)

    return change


def _unsigned_properties(root: etree._Element) -> None:
    etree.SubElement(part(root, "Object")[0], f"{XADES}UnsignedProperties")


def _properties_without_id(root: etree._Element) -> None:
    del part(root, "Object")[0][0].attrib["Id"]


def _sha_1_of_the_certificate(root: etree._Element) -> None:
    method = part(root, "Object").find(f".//{XADES}CertDigest/{DS}DigestMethod")
    assert method is not None
    method.set("Algorithm", "http://www.w3.org/2000/09/xmldsig#sha1")


def _move_signature_to_the_front(root: etree._Element) -> None:
    root.insert(0, signature_of(root))


def _move_signature_down(root: etree._Element) -> None:
    root[1].append(signature_of(root))


def _second_signature(root: etree._Element) -> None:
    root[1].append(deepcopy(signature_of(root)))


XPATH = "http://www.w3.org/TR/1999/REC-xpath-19991116"
XPATH_FILTER = "http://www.w3.org/2002/06/xmldsig-filter2"
XSLT = "http://www.w3.org/TR/1999/REC-xslt-19991116"
BASE64 = "http://www.w3.org/2000/09/xmldsig#base64"
INCLUSIVE = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
WITH_COMMENTS = "http://www.w3.org/2001/10/xml-exc-c14n#WithComments"

TRANSFORMS = {
    "an xpath transform": _add_transform(0, XPATH, at=1),
    "an xpath filter": _add_transform(0, XPATH_FILTER, at=1),
    "an xslt transform": _add_transform(0, XSLT, at=1),
    "an unknown transform": _add_transform(0, "urn:unknown", at=1),
    "an unknown transform at the end": _add_transform(0, "urn:unknown", at=2),
    "an unknown transform over the properties": _add_transform(1, "urn:unknown", at=0),
    "base64 over the properties": _add_transform(1, BASE64, at=1),
    "enveloped over the properties": _add_transform(1, ENVELOPED, at=0),
    "canonicalisation twice": _add_transform(0, EXCLUSIVE_C14N, at=2),
    "canonicalisation before enveloped": lambda root: _transforms(root, 0).append(
        _transforms(root, 0)[0]
    ),
    "inclusive canonicalisation": _set_transform(0, 1, INCLUSIVE),
    "canonicalisation with comments": _set_transform(0, 1, WITH_COMMENTS),
    "no canonicalisation": lambda root: _transforms(root, 0).remove(_transforms(root, 0)[1]),
    "no enveloped transform": lambda root: _transforms(root, 0).remove(_transforms(root, 0)[0]),
}

REFERENCES = {
    "an external file": _point(0, "file:///etc/hostname"),
    "an external address": _point(0, "http://127.0.0.1/list.xml"),
    "an xpointer": _point(0, "#xpointer(/)"),
    "a part of the body": _body_instead_of_document,
    "properties that lie in the body": _properties_in_the_body,
    "a third one to the body": _reference_to_body,
    "the other order": _swap_references,
}

ELEMENTS = {
    "a second object": _second_object,
    "a manifest": _manifest,
    "unsigned properties": _unsigned_properties,
    "a retrieval method beside the certificate": _retrieval_method,
    "a key name": _key_name,
    "a subject name": _subject_name,
    "a prefix list": _prefix_list,
}

ATTRIBUTES = {
    "of the document's reference": lambda root: _reference(root, 0).set("Kind", "x"),
    "of signed info": _set("SignedInfo", "Kind", "x"),
    "of the signature": lambda root: signature_of(root).set("Kind", "x"),
}

MISSING = {
    "key info": _drop("KeyInfo"),
    "certificates": _no_certificate,
    "a certificate but a retrieval method": _retrieval_method_alone,
    "the signature value": _drop("SignatureValue"),
    "signed info": _drop("SignedInfo/SignatureMethod"),
    "the properties": _drop("Object"),
    "transforms of the properties": _drop_transforms,
    "an id of the properties": _properties_without_id,
}


def _open(document: bytes, anchors: TrustAnchors) -> None:
    xades.open_sealed(document, anchors, Limits(), now=NOW)


def test_sig_1_forger_signs_an_unchanged_shape_that_opens(
    list_key: SigningKey, anchors: TrustAnchors
) -> None:
    _open(forge(list_key, lambda _: None), anchors)


def test_sig_1_third_reference_to_its_own_key_info_is_tolerated(
    list_key: SigningKey, anchors: TrustAnchors
) -> None:
    _open(forge(list_key, _key_info_reference), anchors)


@pytest.mark.parametrize("change", TRANSFORMS.values(), ids=TRANSFORMS)
def test_sig_1_other_transforms_are_refused(
    change: Change, list_key: SigningKey, anchors: TrustAnchors
) -> None:
    with pytest.raises(WeakAlgorithmError, match=r"transforms .* are not allowed here"):
        _open(_signable(list_key, change), anchors)


def _signable(key: SigningKey, change: Change) -> bytes:
    return forge(key, change)


@pytest.mark.parametrize("change", REFERENCES.values(), ids=REFERENCES)
def test_sig_1_other_references_are_refused(
    change: Change, list_key: SigningKey, anchors: TrustAnchors
) -> None:
    with pytest.raises(WeakAlgorithmError, match=r"reference to .* is not allowed here"):
        _open(forge(list_key, change), anchors)


@pytest.mark.parametrize("number", [0, 1])
def test_sig_1_reference_of_another_type_is_refused(
    number: int, list_key: SigningKey, anchors: TrustAnchors
) -> None:
    def change(root: etree._Element) -> None:
        types = ("urn:other", SIGNED_PROPERTIES)
        _reference(root, number).set("Type", types[1 - number] if number == 0 else "urn:other")

    with pytest.raises(WeakAlgorithmError, match=r"reference of type .* is not allowed here"):
        _open(forge(list_key, change), anchors)


@pytest.mark.parametrize(
    ("change", "count"), [(_drop_properties_reference, 1), (_two_key_info_references, 4)]
)
def test_sig_1_other_number_of_references_is_refused(
    change: Change, count: int, list_key: SigningKey, anchors: TrustAnchors
) -> None:
    with pytest.raises(WeakAlgorithmError, match=f"signature has {count} references"):
        _open(forge(list_key, change), anchors)


@pytest.mark.parametrize("change", ELEMENTS.values(), ids=ELEMENTS)
def test_sig_1_elements_that_are_not_listed_are_refused(
    change: Change, list_key: SigningKey, anchors: TrustAnchors
) -> None:
    with pytest.raises(WeakAlgorithmError, match="holds other elements than are allowed"):
        _open(forge(list_key, change), anchors)


@pytest.mark.parametrize("change", ATTRIBUTES.values(), ids=ATTRIBUTES)
def test_sig_1_attributes_that_are_not_listed_are_refused(
    change: Change, list_key: SigningKey, anchors: TrustAnchors
) -> None:
    with pytest.raises(WeakAlgorithmError, match="has other attributes than are allowed"):
        _open(forge(list_key, change), anchors)


@pytest.mark.parametrize("change", MISSING.values(), ids=MISSING)
def test_sig_1_signature_without_one_of_its_parts_is_refused(
    change: Change, list_key: SigningKey, anchors: TrustAnchors
) -> None:
    whole = sealed(list_key)
    root = tree(whole)
    change(root)
    with pytest.raises(SignatureError, match="has no"):
        _open(etree.tostring(root), anchors)


@pytest.mark.parametrize("change", [_move_signature_to_the_front, _move_signature_down])
def test_sig_1_moved_signature_is_refused(
    change: Change, list_key: SigningKey, anchors: TrustAnchors
) -> None:
    root = tree(sealed(list_key))
    change(root)
    with pytest.raises(SignatureError, match="not the last child"):
        _open(etree.tostring(root), anchors)


def test_sig_1_two_signatures_are_refused(list_key: SigningKey, anchors: TrustAnchors) -> None:
    with pytest.raises(SignatureError, match="document has 2 signatures"):
        _open(forge(list_key, _second_signature), anchors)


def test_sig_1_signature_as_root_is_refused(list_key: SigningKey, anchors: TrustAnchors) -> None:
    alone = etree.tostring(signature_of(tree(sealed(list_key))))
    with pytest.raises(SignatureError, match="not the last child"):
        _open(alone, anchors)


def test_sig_4_inclusive_canonicalisation_of_signed_info_is_refused(
    list_key: SigningKey, anchors: TrustAnchors
) -> None:
    change = _set("SignedInfo/CanonicalizationMethod", "Algorithm", INCLUSIVE)
    with pytest.raises(WeakAlgorithmError, match=r"CanonicalizationMethod .* is not allowed"):
        _open(forge(list_key, change), anchors)


@pytest.mark.parametrize(
    "algorithm",
    [
        "http://www.w3.org/2000/09/xmldsig#sha1",
        "http://www.w3.org/2001/04/xmldsig-more#md5",
        "http://www.w3.org/2001/04/xmldsig-more#sha224",
        "urn:unknown",
        "",
    ],
)
def test_sig_4_other_digests_are_refused(
    algorithm: str, list_key: SigningKey, anchors: TrustAnchors
) -> None:
    change = _set("SignedInfo/Reference/DigestMethod", "Algorithm", algorithm)
    with pytest.raises(WeakAlgorithmError, match=r"DigestMethod .* is not allowed"):
        _open(forge(list_key, change), anchors)


def test_sig_4_sha_1_of_the_signing_certificate_is_refused(
    list_key: SigningKey, anchors: TrustAnchors
) -> None:
    with pytest.raises(WeakAlgorithmError, match=r"DigestMethod .* is not allowed"):
        _open(forge(list_key, _sha_1_of_the_certificate), anchors)
