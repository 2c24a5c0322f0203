"""Attacks by what a container is made of: members, headers, packing, signature (issue 6)."""

from base64 import b64encode
from collections.abc import Callable
from gzip import compress

import pytest
from lxml import etree

from gateway.domain.documents import Unverified
from gateway.domain.profiles import FeedKind
from gateway.trust.xades_rules import DS
from tests.fakes.asice_forger import list_in, put_together, resigned, sealed, signature_in
from tests.fakes.besieged import Besieged, require_repelled
from tests.fakes.hostile_containers import (
    BENT,
    DOCUMENTS,
    FRAMES,
    MARKUP,
    MEMBERS,
    Bend,
    Change,
    Frame,
    Spoil,
    changed,
    part,
)
from tests.fakes.xml_forger import part as signature_part
from tests.fakes.xml_forger import tree
from tests.fakes.zip_forger import Forged, deflate, forge, members

KIND = FeedKind.ASICE

Attack = Callable[[Besieged], bytes]
REFUSED, UNTRUE, LARGE = ("CONTAINER_REFUSED",), ("SIGNATURE_INVALID",), ("TOO_LARGE",)
WEAK, STRANGE, FORBIDDEN = ("ALGORITHM_REFUSED",), ("SIGNER_UNKNOWN",), ("FORBIDDEN_MARKUP",)
MALFORMED, BROKEN = ("NOT_WELL_FORMED",), ("SCHEMA_VIOLATION",)
NO_CONTAINER = frozenset(
    {"bytes before it", "a program before it", "nothing", "an empty archive", "the last half"}
)
"""Frames that do not begin as a container does: read as XML, which they are not either."""
THREE_REFERENCES = frozenset({"the list twice", "the type beside the list"})
ZEROS = 50 * 1024**2


def parts_of(ground: Besieged) -> list[Forged]:
    """Return the members of the good list 3."""
    good = ground.next_list().document
    return members(list_in(good), signature_in(good))


def _members(change: Change) -> Attack:
    return lambda ground: changed(parts_of(ground), change)


def _frame(frame: Frame) -> Attack:
    return lambda ground: frame(parts_of(ground))


def _signature(bend: Bend) -> Attack:
    """Bend what surrounds the signature, and leave the signature as it was."""

    def attack(ground: Besieged) -> bytes:
        good = ground.next_list().document
        root = tree(signature_in(good))
        bend(root)
        return put_together(list_in(good), etree.tostring(root))

    return attack


def _resigned(bend: Bend) -> Attack:
    """Bend the signature, and sign that with the partner's own key."""

    def attack(ground: Besieged) -> bytes:
        document, key = list_in(ground.next_list().document), ground.partner.keys.lists
        return resigned(key, bend, document=document, at=ground.clock.now)

    return attack


def _markup(spoil: Spoil) -> Attack:
    def attack(ground: Besieged) -> bytes:
        good = ground.next_list().document
        return put_together(list_in(good), spoil(signature_in(good)))

    return attack


def _list(spoil: Spoil) -> Attack:
    """Put another list beside the signature."""

    def attack(ground: Besieged) -> bytes:
        good = ground.next_list().document
        return put_together(spoil(list_in(good)), signature_in(good))

    return attack


def _sealed(spoil: Spoil) -> Attack:
    """Spoil the list, and seal that with the partner's own key."""

    def attack(ground: Besieged) -> bytes:
        document = spoil(list_in(ground.next_list().document))
        return sealed(ground.partner.keys.lists, document, at=ground.clock.now)

    return attack


def _behind_declaration(more: bytes) -> Spoil:
    def spoil(document: bytes) -> bytes:
        start = document.index(b"?>") + 2 if b"?>" in document else 0
        return document[:start] + more + document[start:]

    return spoil


def _in_first_text(doctype: bytes, entity: bytes) -> Spoil:
    def spoil(document: bytes) -> bytes:
        with_doctype = _behind_declaration(doctype)(document)
        place = with_doctype.index(b"</", len(doctype))
        return with_doctype[:place] + entity + with_doctype[place:]

    return spoil


def _renumbered(document: bytes) -> bytes:
    return document.replace(b"XB000001", b"XB000009")


def _weak_digest(root: etree._Element) -> None:
    method = signature_part(root, "SignedInfo/Reference/DigestMethod")
    method.set("Algorithm", "http://www.w3.org/2000/09/xmldsig#sha1")


def _hmac(root: etree._Element) -> None:
    method = signature_part(root, "SignedInfo/SignatureMethod")
    method.set("Algorithm", "http://www.w3.org/2000/09/xmldsig#hmac-sha256")


def _other_certificate(ground: Besieged) -> bytes:
    """A stranger's certificate beside the partner's genuine signature."""

    def bend(root: etree._Element) -> None:
        certificate = signature_part(root, "KeyInfo/X509Data/X509Certificate")
        certificate.text = b64encode(ground.stranger.lists.certificate).decode()

    return _signature(bend)(ground)


def _of_another_list(ground: Besieged) -> bytes:
    """The genuine signature of another list of the partner's."""
    other = ground.next_list(list_id="another").document
    return put_together(list_in(ground.next_list().document), signature_in(other))


def _of_the_list_before(ground: Besieged) -> bytes:
    before = ground.partner._require_sealed().document
    return put_together(list_in(ground.next_list().document), signature_in(before))


def _enveloped(ground: Besieged) -> bytes:
    """A list that is signed as enveloped XML is: for this profile it is another packaging."""
    ground.partner.kind = FeedKind.XML
    try:
        return ground.next_list().document
    finally:
        ground.partner.kind = KIND


def _enveloped_within(ground: Besieged) -> bytes:
    """The same, in a container that is sealed as well."""
    return sealed(ground.partner.keys.lists, _enveloped(ground), at=ground.clock.now)


def _bomb(content: bytes, size: int) -> Attack:
    packed = deflate(content)
    return _members(part(1, content=b"", data=packed, size=size, crc=0))


def _sealed_bomb(ground: Besieged) -> bytes:
    """Fifty megabytes of spaces behind the list, signed by the partner itself."""
    return _sealed(lambda document: document + b" " * ZEROS)(ground)


def _large_signature(ground: Besieged) -> bytes:
    good = ground.next_list().document
    text = signature_in(good).replace(b"<ds:KeyInfo", b" " * 300_000 + b"<ds:KeyInfo", 1)
    parts = members(list_in(good), text)
    parts[2].deflated = False
    return forge(parts)


def _head(ground: Besieged) -> bytes:
    """The signed head in the place of the list."""
    status_list = ground.next_list()
    del status_list
    return ground.partner._require_sealed().head


ATTACKS: dict[str, tuple[Attack, tuple[str, ...]]] = {
    **{name: (_members(change), REFUSED) for name, change in MEMBERS.items()},
    **{
        f"around it: {name}": (_frame(frame), MALFORMED if name in NO_CONTAINER else REFUSED)
        for name, frame in FRAMES.items()
        if name != "XML"
    },
    "XML without a signature": (_frame(FRAMES["XML"]), UNTRUE),
    **{
        f"signed: {name}": (_resigned(bend), UNTRUE if name in THREE_REFERENCES else WEAK)
        for name, bend in BENT.items()
    },
    **{f"beside: {name}": (_signature(bend), UNTRUE) for name, bend in DOCUMENTS.items()},
    **{f"in the signature: {name}": (_markup(spoil), FORBIDDEN) for name, spoil in MARKUP.items()},
    "SHA-1 over the list, signed": (_resigned(_weak_digest), WEAK),
    "a secret in place of a key, signed": (_resigned(_hmac), WEAK),
    "a stranger's certificate": (_other_certificate, STRANGE),
    "the signature of another list": (_of_another_list, UNTRUE),
    "the signature of the list before": (_of_the_list_before, UNTRUE),
    "a list with one byte changed": (_list(_renumbered), UNTRUE),
    "a list with a space more": (_list(lambda it: it + b" "), UNTRUE),
    "no list": (_list(lambda _: b""), UNTRUE),
    "an enveloped list": (_enveloped, REFUSED),
    "an enveloped list in a container": (_enveloped_within, UNTRUE),
    "a signed head": (_head, REFUSED),
    "a bomb": (_bomb(b"\0" * ZEROS, ZEROS), LARGE),
    "a bomb that states less": (_bomb(b"\0" * ZEROS, 1000), REFUSED),
    "a bomb that its signer vouches for": (_sealed_bomb, LARGE),
    "a signature of 300 KB": (_large_signature, LARGE),
    "compressed once more": (lambda ground: compress(ground.next_list().document), MALFORMED),
    "a page of HTML": (lambda _: b"<!doctype html><html>502</html>", MALFORMED),
    "a DOCTYPE in the list, signed": (_sealed(_behind_declaration(b"<!DOCTYPE L>")), FORBIDDEN),
    "a comment in the list, signed": (_sealed(_behind_declaration(b"<!-- -->")), FORBIDDEN),
    "an instruction in the list, signed": (_sealed(_behind_declaration(b"<?x y?>")), FORBIDDEN),
    "an entity that is a file, signed": (
        _sealed(
            _in_first_text(b'<!DOCTYPE L [<!ENTITY e SYSTEM "file:///etc/hostname">]>', b"&e;")
        ),
        FORBIDDEN,
    ),
    "a large entity many times, signed": (
        _sealed(_in_first_text(b'<!DOCTYPE L [<!ENTITY a "%b">]>' % (b"a" * 50_000), b"&a;" * 99)),
        FORBIDDEN,
    ),
    "an entity that nobody declared, signed": (_sealed(_in_first_text(b"", b"&e;")), MALFORMED),
    "a list that is cut off, signed": (_sealed(lambda it: it[:-9]), MALFORMED),
    "two lists in one, signed": (_sealed(lambda it: it * 2), FORBIDDEN),
    "a control character in the list, signed": (_sealed(_in_first_text(b"", b"&#x1F;")), MALFORMED),
    "200 elements deep, signed": (
        _sealed(_in_first_text(b"", b"<x>" * 200 + b"</x>" * 200)),
        LARGE,
    ),
    "an element that no schema knows, signed": (_sealed(_in_first_text(b"", b"<x/>")), BROKEN),
    "another root element, signed": (_sealed(lambda _: b'<List xmlns="urn:x"/>'), BROKEN),
    "no list at all, signed": (_sealed(lambda _: b""), MALFORMED),
}


@pytest.mark.parametrize(("attack", "codes"), ATTACKS.values(), ids=ATTACKS.keys())
def test_a_hostile_container_is_refused_and_the_good_one_taken(
    attack: Attack, codes: tuple[str, ...], ground: Besieged
) -> None:
    require_repelled(ground, lambda ground: Unverified(document=attack(ground)), codes)


def test_a_container_in_chunks_is_no_document(ground: Besieged) -> None:
    def chunked(ground: Besieged) -> Unverified:
        return Unverified(document=ground.next_list().document, chunks=(b"more",))

    require_repelled(ground, chunked, MALFORMED)


def test_the_unbent_list_signed_by_the_same_forger_is_taken(ground: Besieged) -> None:
    """So that no attack above is refused for what the forger does beside it."""
    good = list_in(ground.next_list().document)
    key, now = ground.partner.keys.lists, ground.clock.now
    assert ground.offer(Unverified(document=resigned(key, _as_it_is, document=good, at=now))) == (
        "applied"
    )


def _as_it_is(root: etree._Element) -> None:
    assert root.find(f"{DS}Signature") is not None
