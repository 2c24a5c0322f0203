"""Containers of every shape but the one of SIG-2."""

import struct
import zipfile
import zlib
from collections.abc import Callable
from io import BytesIO

import pytest

from gateway.domain.errors import ContainerError, DocumentError, TooLargeError
from gateway.trust.container import (
    LIST,
    MEDIA_TYPE,
    MIMETYPE,
    SIGNATURES,
    is_container,
    read_members,
    unpack,
    write_container,
)
from tests.fakes.zip_forger import Forged, deflate, forge, members

DOCUMENT = b"".join(b"<operator>%d</operator>" % (n * n) for n in range(10_000))
Change = Callable[[list[Forged]], object]


def read(container: bytes) -> dict[str, bytes]:
    found = read_members(container)
    return {name: b"".join(unpack(member)) for name, member in found.items()}


def changed(change: Change) -> bytes:
    parts = members(DOCUMENT)
    return forge(change_or(parts, change))


def change_or(parts: list[Forged], change: Change) -> list[Forged]:
    new = change(parts)
    return new if isinstance(new, list) else parts


def part(number: int, **values: object) -> Change:
    def change(parts: list[Forged]) -> None:
        for name, value in values.items():
            setattr(parts[number], name, value)

    return change


def test_sig_2_a_container_is_read_as_it_was_written() -> None:
    file = BytesIO()
    write_container(file, ((LIST, (DOCUMENT[:100], DOCUMENT[100:])), (SIGNATURES, (b"<s/>",))))
    written = file.getvalue()
    assert is_container(written)
    assert read(written) == {MIMETYPE: MEDIA_TYPE.encode(), LIST: DOCUMENT, SIGNATURES: b"<s/>"}


def test_sig_2_what_is_written_is_the_same_for_every_zip_reader() -> None:
    file = BytesIO()
    write_container(file, ((LIST, (DOCUMENT,)), (SIGNATURES, (b"<s/>",))))
    with zipfile.ZipFile(file) as archive:
        first, *_ = infos = archive.infolist()
        assert [info.filename for info in infos] == [MIMETYPE, LIST, SIGNATURES]
        assert (first.compress_type, first.extra, first.header_offset) == (0, b"", 0)
        assert archive.read(LIST) == DOCUMENT
    # The type is found where ETSI EN 319 162-1 has it, without unpacking.
    assert file.getvalue()[30:38] == b"mimetype"
    assert file.getvalue()[38 : 38 + len(MEDIA_TYPE)] == MEDIA_TYPE.encode()


def test_sig_2_members_behind_the_first_may_stand_in_either_order_and_be_stored() -> None:
    first, document, signature = members(DOCUMENT)
    document.deflated = False
    assert read(forge([first, signature, document]))[LIST] == DOCUMENT


def stated(size: int) -> Change:
    return part(1, content=b"", data=deflate(b""), size=size, crc=0)


REFUSED: dict[str, Change] = {
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
    "less than it states": part(1, size=len(DOCUMENT) + 1),
    "more than it states": part(1, size=len(DOCUMENT) - 1),
    "packed bytes that are none": part(1, data=b"\xff" * 40, size=10),
    "packed bytes that are cut off": part(1, data=deflate(DOCUMENT)[:-3]),
    "bytes behind the packed stream": part(1, data=deflate(DOCUMENT) + b"more"),
    "a second stream behind the first": part(1, data=deflate(DOCUMENT) * 2),
    "a whole piece behind the packed stream": part(1, data=deflate(DOCUMENT) + b"x" * 200_000),
    "a member within another": part(2, offset=0),
    "members that overlap": lambda it: [it[0], it[1], _shifted(it[2], -4)],
    "a gap between members": part(1, gap=b"\0" * 8),
    "a hidden member in a gap": part(1, gap=forge(members())[:100]),
    "an offset beyond the end": part(2, offset=10**9),
}


def _shifted(member: Forged, by: int) -> Forged:
    member.offset = len(forge([*members(DOCUMENT)[:2]])) - 22 - 2 * 46 - 16 + by
    return member


@pytest.mark.parametrize("change", REFUSED.values(), ids=REFUSED)
def test_sig_2_another_container_is_refused(change: Change) -> None:
    with pytest.raises(ContainerError):
        read(changed(change))


FRAMES: dict[str, bytes] = {
    "a comment": forge(members(), comment=b"hello"),
    "an end record in a comment": forge(members(), comment=forge(members())),
    "bytes before it": forge(members(), prefix=b"#!/bin/sh\n"),
    "a program before it": forge(members(), prefix=b"MZ" + b"\0" * 100),
    "bytes behind it": forge(members(), suffix=b"\n"),
    "bytes before the directory": forge(members(), before_directory=b"\0" * 8),
    "a zip64 end before the end": forge(members(), before_end=b"PK\x06\x06" + b"\0" * 72),
    "more entries than there are": forge(members(), entries=4),
    "fewer entries than there are": forge(members(), entries=2),
    "entries of zip64": forge(members(), entries=0xFFFF),
    "several disks": forge(members(), disks=(1, 1)),
    "another disk": forge(members(), disks=(0, 1)),
    "two containers": forge(members()) * 2,
    "one container within another": forge(members(), prefix=forge(members())),
    "an empty archive": b"PK\x05\x06" + b"\0" * 18,
    "nothing": b"",
    "a signature of a ZIP file alone": b"PK\x03\x04",
    "the first half": forge(members())[:150],
    "the last half": forge(members())[150:],
    "XML": b"<list/>",
}


@pytest.mark.parametrize("container", FRAMES.values(), ids=FRAMES)
def test_sig_2_a_container_with_anything_around_it_is_refused(container: bytes) -> None:
    with pytest.raises(ContainerError):
        read(container)


def _stated_otherwise(at: int, content: bytes) -> bytes:
    """Return a container that is good but for some bytes, counted from its end."""
    genuine = forge(members())
    return genuine[:at] + content + genuine[at + len(content) or len(genuine) :]


def _packed_to(length: int) -> tuple[bytes, bytes]:
    """Return content, and how it is packed into so many bytes."""
    for size in range(length - 100, length):
        packer = zlib.compressobj(0, zlib.DEFLATED, -15)
        packed = packer.compress(b"x" * size) + packer.flush()
        if len(packed) == length:
            return b"x" * size, packed
    raise AssertionError("no content packs to that length")


ALONE: dict[str, bytes] = {
    "the end record without its mark": _stated_otherwise(-22, b"XX\x05\x06"),
    "another size of the directory": _stated_otherwise(-10, b"\0\0\0\0"),
    "an entry without its mark": forge(members()).replace(b"PK\x01\x02", b"XX\x01\x02", 1),
    "a method that nobody knows, with bytes as they are": changed(
        part(1, deflated=False, method=12)
    ),
    "bytes behind a stream that ends with a piece": changed(
        part(1, content=_packed_to(65536)[0], data=_packed_to(65536)[1] + b"more")
    ),
}


@pytest.mark.parametrize("container", ALONE.values(), ids=ALONE)
def test_sig_2_one_thing_alone_is_refused(container: bytes) -> None:
    with pytest.raises(ContainerError):
        read(container)


def test_sig_2_every_byte_counts() -> None:
    genuine = forge(members())
    believed = read(genuine)
    for at in range(len(genuine)):
        for bit in (0x01, 0x80):
            bent = bytearray(genuine)
            bent[at] ^= bit
            try:
                read_back = read(bytes(bent))
            except DocumentError:
                continue
            assert read_back == believed


def test_acc_1_a_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = deflate(b"\0" * 10_000_000)
    container = changed(part(1, content=b"", data=bomb, size=10_000_000, crc=0))
    with pytest.raises(TooLargeError, match="100 times"):
        read_members(container)


def test_acc_1_a_bomb_that_states_less_is_put_out_where_it_passes_that() -> None:
    bomb = deflate(b"\0" * 50_000_000)
    member = read_members(changed(part(1, content=b"", data=bomb, size=1000, crc=0)))[LIST]
    with pytest.raises(ContainerError, match="more than 1000 bytes"):
        next(unpack(member))


def test_acc_1_small_members_may_be_packed_well() -> None:
    document = b"\0" * 60_000
    assert read(forge(members(document)))[LIST] == document


def test_acc_1_ratio_at_the_limit_is_unpacked() -> None:
    content = zlib.compress(DOCUMENT) * 20
    assert read(forge(members(content)))[LIST] == content
