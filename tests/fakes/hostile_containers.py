"""Containers that SIG-2 refuses: by their members, by what is around them, by their signature.

Each table changes a sound container, so that one suite can refuse them one by one and another one
can hold a whole gateway against them.
"""

import struct
from collections.abc import Callable

from lxml import etree

from gateway.trust.container import MEDIA_TYPE, MIMETYPE
from gateway.trust.xades_rules import DS, ENVELOPED, EXCLUSIVE_C14N
from tests.fakes.xml_forger import part as signature_part
from tests.fakes.xml_forger import signature_of, tree
from tests.fakes.zip_forger import Forged, deflate, forge

Members = list[Forged]
Change = Callable[[Members], object]
Frame = Callable[[Members], bytes]
Bend = Callable[[etree._Element], None]
Spoil = Callable[[bytes], bytes]


def part(number: int, **values: object) -> Change:
    """Change what one member is, or states."""

    def change(parts: Members) -> None:
        for name, value in values.items():
            setattr(parts[number], name, value)

    return change


def changed(parts: Members, change: Change) -> bytes:
    """Put changed members together."""
    new = change(parts)
    return forge(new if isinstance(new, list) else parts)


def _states(more: int) -> Change:
    def change(parts: Members) -> None:
        parts[1].size = len(parts[1].content) + more

    return change


def _packed(bend: Spoil) -> Change:
    def change(parts: Members) -> None:
        parts[1].data = bend(deflate(parts[1].content))

    return change


def _overlapping(parts: Members) -> Members:
    before = sum(30 + len(one.name.encode()) + len(one.bytes_packed()) for one in parts[:2])
    parts[2].offset = before - 4
    return parts


def _hidden(parts: Members) -> None:
    parts[1].gap = forge([Forged(name=one.name, content=one.content) for one in parts])[:100]


MEMBERS: dict[str, Change] = {
    "an extra member": lambda it: [*it, Forged(name="extra.txt", content=b"x")],
    "an extra member of META-INF": lambda it: [
        *it,
        Forged(name="META-INF/manifest.xml", content=b""),
    ],
    "a second signature file": lambda it: [
        *it,
        Forged(name="META-INF/signatures2.xml", content=b"<s/>"),
    ],
    "no list": lambda it: [it[0], it[2]],
    "no signature": lambda it: it[:2],
    "nothing but the type": lambda it: it[:1],
    "the list twice": lambda it: [it[0], it[1], it[1]],
    "the list twice beside its signature": lambda it: [*it, it[1]],
    "the list under another name": part(1, name="LIST.XML"),
    "a path that leads out": part(1, name="../list.xml"),
    "an absolute path": part(1, name="/list.xml"),
    "a path with a drive": part(1, name="C:list.xml"),
    "a path with a backslash": part(2, name="META-INF\\signatures.xml"),
    "a path with a dot": part(1, name="./list.xml"),
    "a name that ends in nul": part(1, name="list.xml\0"),
    "a name in full-width letters": part(1, name="ｌist.xml"),
    "a name without end": part(1, name="list.xml" + "x" * 60_000),
    "no name": part(1, name=""),
    "the type not first": lambda it: [it[1], it[0], it[2]],
    "the type packed": part(0, deflated=True),
    "another type": part(0, content=b"application/zip"),
    "the type with a line end": part(0, content=MEDIA_TYPE.encode() + b"\n"),
    "the type of ASiC-S": part(0, content=b"application/vnd.etsi.asic-s+zip"),
    "an extra field before the type": part(0, extra=b"\xfe\xca\0\0"),
    "an extra field before the list": part(1, extra=b"\xfe\xca\0\0"),
    "an extra field in the directory": part(1, central_extra=b"\xfe\xca\0\0"),
    "an extra field in both": part(1, extra=b"\xfe\xca\0\0", central_extra=b"\xfe\xca\0\0"),
    "sizes of zip64": part(
        1, packed=0xFFFFFFFF, size=0xFFFFFFFF, central_extra=struct.pack("<HHQQ", 1, 16, 1, 1)
    ),
    "sizes of zip64 without the field": part(1, packed=0xFFFFFFFF),
    "an offset of zip64": part(1, offset=0xFFFFFFFF),
    "an encrypted member": part(1, flags=0x1),
    "a strongly encrypted member": part(1, flags=0x41),
    "a masked header": part(1, flags=0x2000),
    "a patch": part(1, flags=0x20),
    "sizes behind the data": part(1, flags=0x8),
    "an encrypted signature": part(2, flags=0x1),
    "packed by bzip2": part(1, method=12),
    "packed by lzma": part(1, method=14),
    "packed by zstandard": part(1, method=93),
    "encrypted by AES": part(1, method=99),
    "another name before the data": part(1, local_name="lisT.xml"),
    "a longer name before the data": part(1, local_name="list.xml.exe"),
    "another checksum before the data": part(1, local_crc=1),
    "another packed size before the data": part(1, local_packed=10),
    "another size before the data": part(1, local_size=10),
    "no sizes before the data": part(1, local_packed=0, local_size=0, local_crc=0),
    "another time before the data": part(1, local_time=1),
    "a comment on a member": part(1, comment=b"PK"),
    "a checksum of other bytes": part(1, crc=1),
    "less than it states": _states(1),
    "more than it states": _states(-1),
    "packed bytes that are none": part(1, data=b"\xff" * 40, size=10),
    "packed bytes that are cut off": _packed(lambda it: it[:-3]),
    "bytes behind the packed stream": _packed(lambda it: it + b"more"),
    "a second stream behind the first": _packed(lambda it: it * 2),
    "a whole piece behind the packed stream": _packed(lambda it: it + b"x" * 200_000),
    "a member within another": part(2, offset=0),
    "members that overlap": _overlapping,
    "a gap between members": part(1, gap=b"\0" * 8),
    "a hidden member in a gap": _hidden,
    "an offset beyond the end": part(2, offset=10**9),
}
"""What the members are: more, fewer, others, or with headers that say something else."""


FRAMES: dict[str, Frame] = {
    "a comment": lambda it: forge(it, comment=b"hello"),
    "an end record in a comment": lambda it: forge(it, comment=forge(it)),
    "bytes before it": lambda it: forge(it, prefix=b"#!/bin/sh\n"),
    "a program before it": lambda it: forge(it, prefix=b"MZ" + b"\0" * 100),
    "bytes behind it": lambda it: forge(it, suffix=b"\n"),
    "bytes before the directory": lambda it: forge(it, before_directory=b"\0" * 8),
    "a zip64 end before the end": lambda it: forge(it, before_end=b"PK\x06\x06" + b"\0" * 72),
    "more entries than there are": lambda it: forge(it, entries=4),
    "fewer entries than there are": lambda it: forge(it, entries=2),
    "entries of zip64": lambda it: forge(it, entries=0xFFFF),
    "several disks": lambda it: forge(it, disks=(1, 1)),
    "another disk": lambda it: forge(it, disks=(0, 1)),
    "two containers": lambda it: forge(it) * 2,
    "one container within another": lambda it: forge(it, prefix=forge(it)),
    "an empty archive": lambda _: b"PK\x05\x06" + b"\0" * 18,
    "nothing": lambda _: b"",
    "a signature of a ZIP file alone": lambda _: b"PK\x03\x04",
    "the first half": lambda it: forge(it)[:150],
    "the last half": lambda it: forge(it)[150:],
    "XML": lambda _: b"<list/>",
}
"""What is around them."""


def _refer_to(uri: str) -> Bend:
    return lambda root: signature_part(root, "SignedInfo/Reference").set("URI", uri)


def _add_transforms(*algorithms: str) -> Bend:
    def change(root: etree._Element) -> None:
        steps = etree.Element(f"{DS}Transforms")
        for algorithm in algorithms:
            etree.SubElement(steps, f"{DS}Transform", Algorithm=algorithm)
        signature_part(root, "SignedInfo/Reference").insert(0, steps)

    return change


def _refer_twice(root: etree._Element) -> None:
    first = signature_part(root, "SignedInfo/Reference")
    first.addnext(tree(etree.tostring(first)))


def _swap_references(root: etree._Element) -> None:
    info = signature_part(root, "SignedInfo")
    info.append(info[2])


def _only_properties(root: etree._Element) -> None:
    info = signature_part(root, "SignedInfo")
    info.remove(info[2])


def _also_the_type(root: etree._Element) -> None:
    first = signature_part(root, "SignedInfo/Reference")
    more = tree(etree.tostring(first))
    more.set("URI", MIMETYPE)
    more.attrib.pop("Id")
    signature_part(root, "SignedInfo").append(more)


def _as_properties(root: etree._Element) -> None:
    signature_part(root, "SignedInfo/Reference").set(
        "Type", "http://uri.etsi.org/01903#SignedProperties"
    )


BENT: dict[str, Bend] = {
    "the digest of another member": _refer_to("mimetype"),
    "the digest of the signature file": _refer_to("META-INF/signatures.xml"),
    "the whole signature document": _refer_to(""),
    "a path to the list": _refer_to("./list.xml"),
    "a path that leads out": _refer_to("../list.xml"),
    "an absolute path": _refer_to("/list.xml"),
    "a file on this machine": _refer_to("file:///etc/hostname"),
    "an address": _refer_to("http://127.0.0.1/list.xml"),
    "the list with a fragment": _refer_to("list.xml#a"),
    "the list with percent signs": _refer_to("list%2Exml"),
    "the list twice": _refer_twice,
    "the type beside the list": _also_the_type,
    "references in another order": _swap_references,
    "only the properties": _only_properties,
    "the list as properties": _as_properties,
    "a canonicalisation of the list": _add_transforms(EXCLUSIVE_C14N),
    "an enveloped transform": _add_transforms(ENVELOPED),
    "an empty element of transforms": _add_transforms(),
    "an XPath transform": _add_transforms("http://www.w3.org/TR/1999/REC-xpath-19991116"),
    "an XSLT transform": _add_transforms("http://www.w3.org/TR/1999/REC-xslt-19991116"),
    "a base64 transform": _add_transforms("http://www.w3.org/2000/09/xmldsig#base64"),
    "an unknown transform": _add_transforms("urn:unknown"),
}
"""How the signature refers to the list; to be signed again."""


def _second_signature(root: etree._Element) -> None:
    root.append(tree(etree.tostring(signature_of(root))))


def _wrapped(root: etree._Element) -> None:
    shell = etree.SubElement(root, "shell")
    shell.append(signature_of(root))


DOCUMENTS: dict[str, Bend] = {
    "a second signature": _second_signature,
    "something before the signature": lambda root: root.insert(0, etree.Element("x")),
    "something behind the signature": lambda root: root.append(etree.Element("x")),
    "the signature within something": _wrapped,
    "another root": lambda root: setattr(root, "tag", "{urn:x}XAdESSignatures"),
    "the root without a namespace": lambda root: setattr(root, "tag", "XAdESSignatures"),
    "an attribute on the root": lambda root: root.set("Id", "x"),
    "no signature": lambda root: root.remove(signature_of(root)),
}
"""What stands in `signatures.xml` beside the signature."""


MARKUP: dict[str, Spoil] = {
    "a doctype": lambda it: it.replace(b"<asic:", b"<!DOCTYPE x><asic:", 1),
    "a comment": lambda it: it.replace(b"<ds:KeyInfo", b"<!-- x --><ds:KeyInfo", 1),
    "an instruction": lambda it: it.replace(b"<ds:KeyInfo", b"<?x y?><ds:KeyInfo", 1),
}
"""Markup that no document may have, in `signatures.xml`."""
