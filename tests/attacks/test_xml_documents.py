"""Attacks by what an XML document is made of: signatures, transforms, markup, bytes (issue 6)."""

import gzip
from collections.abc import Callable
from copy import deepcopy

import pytest
from lxml import etree

from gateway.domain.documents import Unverified
from gateway.domain.profiles import FeedKind
from gateway.trust.xades_rules import DS, EXCLUSIVE_C14N, XADES
from tests.fakes.besieged import Besieged, require_repelled
from tests.fakes.xml_forger import bend, forge, part, signature_of, tree

KIND = FeedKind.XML

Change = Callable[[etree._Element], None]
Spoil = Callable[[bytes], bytes]
Attack = Callable[[Besieged], bytes]

XPATH = "http://www.w3.org/TR/1999/REC-xpath-19991116"
XSLT = "http://www.w3.org/TR/1999/REC-xslt-19991116"
BOMB = b"".join(
    [
        b'<!DOCTYPE L [<!ENTITY a "aaaaaaaaaa">',
        *(b'<!ENTITY %c "%b">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9)),
        b"]>",
    ]
)
QUADRATIC = b'<!DOCTYPE L [<!ENTITY a "%b">]>' % (b"a" * 50_000)


def _bent(change: Change) -> Attack:
    """Change the signed document, and leave its signature as it was."""
    return lambda ground: bend(ground.next_list().document, change)


def _forged(change: Change) -> Attack:
    """Change it, and sign the bent shape with the partner's own key."""

    def attack(ground: Besieged) -> bytes:
        return forge(ground.partner.keys.lists, change, ground.next_list().document)

    return attack


def _spoilt(spoil: Spoil) -> Attack:
    """Change its bytes."""
    return lambda ground: spoil(ground.next_list().document)


def _behind_declaration(more: bytes) -> Attack:
    def spoil(document: bytes) -> bytes:
        start = document.index(b"<", document.index(b"?>") + 1 if b"?>" in document else 0)
        return document[:start] + more + document[start:]

    return _spoilt(spoil)


def _with_entity(doctype: bytes, entity: bytes) -> Attack:
    """Put an entity to where the first text is."""

    def spoil(document: bytes) -> bytes:
        start = document.index(b"<", document.index(b"?>") + 1 if b"?>" in document else 0)
        place = document.index(b"</", start)
        return document[:start] + doctype + document[start:place] + entity + document[place:]

    return _spoilt(spoil)


def _unsigned(root: etree._Element) -> None:
    root.remove(signature_of(root))


def _to_the_front(root: etree._Element) -> None:
    root.insert(0, signature_of(root))


def _down(root: etree._Element) -> None:
    root[0].append(signature_of(root))


def _twice(root: etree._Element) -> None:
    root.append(deepcopy(signature_of(root)))


def _sibling_copy(root: etree._Element) -> None:
    root.insert(1, deepcopy(root[0]))


def _same_id_twice(root: etree._Element) -> None:
    root[0].set("Id", str(part(root, "Object")[0][0].get("Id")))


def _other_text(root: etree._Element) -> None:
    text = next(each for each in root.iter() if each.text and each.text.strip())
    text.text = f"{text.text}1"


def _other_value(root: etree._Element) -> None:
    value = part(root, "SignatureValue")
    value.text = "A" * 88


def _transform(algorithm: str) -> Change:
    def change(root: etree._Element) -> None:
        transforms = part(root, "SignedInfo/Reference")[0]
        transforms.insert(1, etree.Element(f"{DS}Transform", Algorithm=algorithm))

    return change


def _reference(uri: str) -> Change:
    return lambda root: part(root, "SignedInfo/Reference").set("URI", uri)


def _method(path: str, algorithm: str) -> Change:
    return lambda root: part(root, path).set("Algorithm", algorithm)


def _second_object(root: etree._Element) -> None:
    etree.SubElement(signature_of(root), f"{DS}Object").text = "more"


def _retrieval_method(root: etree._Element) -> None:
    etree.SubElement(part(root, "KeyInfo"), f"{DS}RetrievalMethod", URI="http://127.0.0.1/key")


def _unsigned_properties(root: etree._Element) -> None:
    etree.SubElement(part(root, "Object")[0], f"{XADES}UnsignedProperties")


def _wrapped(ground: Besieged) -> bytes:
    """The genuine list, whole, inside another one that says something else."""
    genuine = tree(ground.next_list().document)
    outer = deepcopy(genuine)
    _other_text(outer)
    outer.replace(signature_of(outer), genuine)
    outer.append(deepcopy(signature_of(genuine)))
    return etree.tostring(outer)


def _wrapped_in_the_signature(ground: Besieged) -> bytes:
    """Another list, with the genuine one hidden in an object of its signature."""
    genuine = tree(ground.next_list().document)
    outer = deepcopy(genuine)
    _other_text(outer)
    etree.SubElement(signature_of(outer), f"{DS}Object").append(genuine)
    return etree.tostring(outer)


def _with_comment(document: bytes) -> bytes:
    place = document.index(b"</")
    return document[: place - 1] + b"<!-- -->" + document[place - 1 :]


def _as_cdata(document: bytes) -> bytes:
    """CDATA is the same text to a canonical form: only what it spells may differ."""
    place = document.index(b"</")
    return document[:place] + b"<![CDATA[<x/>]]>" + document[place:]


def _nested(document: bytes) -> bytes:
    place = document.index(b"</")
    return document[:place] + b"<x>" * 200 + b"</x>" * 200 + document[place:]


def _huge_attribute(document: bytes) -> bytes:
    place = document.index(b">", document.index(b"?>") + 2 if b"?>" in document else 0)
    return document[:place] + b' x="' + b"a" * 12_000_000 + b'"' + document[place:]


def _into_root(written: str) -> Spoil:
    """Give the root 50,000 of something: what signs takes a time that grows as their square."""

    def spoil(document: bytes) -> bytes:
        place = document.index(b"<AEO") + len("<AEOStatusList")
        many = "".join(written.format(number) for number in range(50_000))
        return document[:place] + many.encode() + document[place:]

    return spoil


def _in(encoding: str, name: str) -> Spoil:
    def spoil(document: bytes) -> bytes:
        text = document.decode().split("?>", 1)[-1]
        return f'<?xml version="1.0" encoding="{name}"?>{text}'.encode(encoding)

    return spoil


def _character(reference: bytes) -> Attack:
    return _with_entity(b"", reference)


def _renamed(root: etree._Element) -> None:
    root.tag = f"{root.tag}s"


def _foreign_element(root: etree._Element) -> None:
    root.insert(0, etree.Element("{urn:other}Extra"))


def _one_more(root: etree._Element) -> None:
    root[0].append(etree.Element(f"{{{etree.QName(root).namespace}}}Extra"))


UNSIGNED, FORBIDDEN = ("SIGNATURE_INVALID",), ("FORBIDDEN_MARKUP",)
MALFORMED, WEAK = ("NOT_WELL_FORMED",), ("ALGORITHM_REFUSED",)
ATTACKS: dict[str, tuple[Attack, tuple[str, ...]]] = {
    "unsigned": (_bent(_unsigned), UNSIGNED),
    "signature at the front": (_bent(_to_the_front), UNSIGNED),
    "signature further down": (_bent(_down), UNSIGNED),
    "two signatures": (_bent(_twice), UNSIGNED),
    "the genuine list wrapped in another": (_wrapped, UNSIGNED),
    "the genuine list hidden in the signature": (_wrapped_in_the_signature, UNSIGNED),
    "a copy beside what was signed": (_bent(_sibling_copy), UNSIGNED),
    "an id that stands twice": (_bent(_same_id_twice), UNSIGNED),
    "one text changed": (_bent(_other_text), UNSIGNED),
    "another signature value": (_bent(_other_value), UNSIGNED),
    "an XPath transform, signed": (_forged(_transform(XPATH)), WEAK),
    "an XSLT transform, signed": (_forged(_transform(XSLT)), WEAK),
    "an unknown transform, signed": (_forged(_transform("urn:x")), WEAK),
    "canonicalisation twice, signed": (
        _forged(_transform(EXCLUSIVE_C14N)),
        WEAK,
    ),
    "a reference to a file, signed": (_forged(_reference("file:///etc/hostname")), WEAK),
    "a reference to an address, signed": (_forged(_reference("http://127.0.0.1/")), WEAK),
    "an XPointer, signed": (_forged(_reference("#xpointer(/)")), WEAK),
    "a second object, signed": (_forged(_second_object), WEAK),
    "a key to be fetched, signed": (_forged(_retrieval_method), WEAK),
    "unsigned properties, signed": (_forged(_unsigned_properties), WEAK),
    "SHA-1 over the list, signed": (
        _forged(
            _method("SignedInfo/Reference/DigestMethod", "http://www.w3.org/2000/09/xmldsig#sha1")
        ),
        WEAK,
    ),
    "a secret in place of a key, signed": (
        _forged(
            _method("SignedInfo/SignatureMethod", "http://www.w3.org/2000/09/xmldsig#hmac-sha1")
        ),
        WEAK,
    ),
    "inclusive canonicalisation, signed": (
        _forged(
            _method(
                "SignedInfo/CanonicalizationMethod",
                "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
            )
        ),
        WEAK,
    ),
    "a comment within a text": (_spoilt(_with_comment), FORBIDDEN),
    "a processing instruction": (_behind_declaration(b"<?php x?>"), FORBIDDEN),
    "CDATA that spells markup": (_spoilt(_as_cdata), UNSIGNED),
    "a DOCTYPE": (_behind_declaration(b"<!DOCTYPE L>"), FORBIDDEN),
    "a DOCTYPE from a file": (
        _behind_declaration(b'<!DOCTYPE L SYSTEM "file:///etc/hostname">'),
        FORBIDDEN,
    ),
    "a DOCTYPE from an address": (
        _behind_declaration(b'<!DOCTYPE L PUBLIC "x" "http://127.0.0.1/x.dtd">'),
        FORBIDDEN,
    ),
    "a parameter entity": (
        _behind_declaration(b'<!DOCTYPE L [<!ENTITY % p SYSTEM "http://127.0.0.1/"> %p;]>'),
        FORBIDDEN,
    ),
    "an entity that is a file": (
        _with_entity(b'<!DOCTYPE L [<!ENTITY e SYSTEM "file:///etc/hostname">]>', b"&e;"),
        FORBIDDEN,
    ),
    "an entity bomb": (_with_entity(BOMB, b"&j;"), FORBIDDEN),
    "one large entity many times": (_with_entity(QUADRATIC, b"&a;" * 5_000), FORBIDDEN),
    "an entity that nobody declared": (_with_entity(b"", b"&nobody;"), MALFORMED),
    "200 elements deep": (_spoilt(_nested), ("TOO_LARGE",)),
    "an attribute of 12 MB": (_spoilt(_huge_attribute), MALFORMED),
    "50,000 namespaces in one tag": (_spoilt(_into_root(' xmlns:a{}="u"')), ("TOO_LARGE",)),
    "50,000 attributes in one tag": (_spoilt(_into_root(' a{}="u"')), ("TOO_LARGE",)),
    "UTF-16": (_spoilt(_in("utf-16", "UTF-16")), MALFORMED),
    "UTF-7": (_spoilt(_in("utf-7", "UTF-7")), MALFORMED),
    "Latin-1 that says so": (_spoilt(_in("ascii", "ISO-8859-1")), MALFORMED),
    "the character NUL": (_character(b"&#0;"), MALFORMED),
    "a control character": (_character(b"&#x1F;"), MALFORMED),
    "half of a surrogate pair": (_character(b"&#xD800;"), MALFORMED),
    "another root element": (_bent(_renamed), UNSIGNED),
    "another root element, signed": (_forged(_renamed), ("SCHEMA_VIOLATION",)),
    "an element of another namespace, signed": (
        _forged(_foreign_element),
        ("SCHEMA_VIOLATION",),
    ),
    "an element that no schema knows, signed": (_forged(_one_more), ("SCHEMA_VIOLATION",)),
    "cut in the middle": (_spoilt(lambda document: document[: len(document) // 2]), MALFORMED),
    "cut by one byte": (_spoilt(lambda document: document[:-2]), MALFORMED),
    "another document behind it": (_spoilt(lambda document: document * 2), FORBIDDEN),
    "compressed": (_spoilt(gzip.compress), MALFORMED),
    "a page of HTML": (
        _spoilt(lambda _: b"<!doctype html><html><body>502 Bad Gateway</body></html>"),
        MALFORMED,
    ),
    "nothing": (_spoilt(lambda _: b""), MALFORMED),
}


@pytest.mark.parametrize(("attack", "codes"), ATTACKS.values(), ids=ATTACKS.keys())
def test_a_hostile_document_is_refused_and_the_good_one_taken(
    attack: Attack, codes: tuple[str, ...], ground: Besieged
) -> None:
    require_repelled(ground, lambda ground: Unverified(document=attack(ground)), codes)


def test_a_list_in_chunks_is_no_document(ground: Besieged) -> None:
    def chunked(ground: Besieged) -> Unverified:
        return Unverified(document=ground.next_list().document, chunks=(b"more",))

    require_repelled(ground, chunked, ("NOT_WELL_FORMED",))
