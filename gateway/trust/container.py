"""The ZIP file of an ASiC-E container (SIG-2): written one way, and read no other way.

Readers of ZIP files differ: some believe the directory at the end, some the headers before each
member, some look for members in between. Here both say the same, and every byte belongs to exactly
one of them, so that all readers see the same members. `zipfile` writes; it is too lenient to read.
"""

import struct
import zlib
from collections.abc import Iterable, Iterator
from typing import BinaryIO, Final, NamedTuple
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from msgspec import Struct

from gateway.domain.errors import ContainerError, TooLargeError

MIMETYPE: Final = "mimetype"
LIST: Final = "list.xml"
SIGNATURES: Final = "META-INF/signatures.xml"
MEDIA_TYPE: Final = "application/vnd.etsi.asic-e+zip"
MEMBERS: Final = (MIMETYPE, LIST, SIGNATURES)
MAX_RATIO: Final = 100
"""Unpacked bytes a packed one (section 2, Limits)."""
RATIO_FREE: Final = 64 * 1024
"""So many unpacked bytes are harmless at any ratio."""
_PIECE: Final = 64 * 1024

_LOCAL: Final = struct.Struct("<4sHHHHHIIIHH")
_CENTRAL: Final = struct.Struct("<4sHHHHHHIIIHHHHHII")
_END: Final = struct.Struct("<4sHHHHIIH")
_LOCAL_SIGN, _CENTRAL_SIGN, _END_SIGN = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_HARMLESS_FLAGS: Final = 0x0806
"""How hard it was packed, and that the name is UTF-8. Not: encrypted (1), sizes behind the data
(8), patches (0x20), hidden headers (0x2000)."""


class _Header(NamedTuple):
    """What both headers of a member state, in their common order."""

    version: int
    flags: int
    method: int
    time: int
    date: int
    crc: int
    packed: int
    unpacked: int
    name_length: int
    extra_length: int


class Member(Struct, frozen=True, kw_only=True):
    """One member: where its bytes are, and what they unpack to."""

    name: str
    data: memoryview
    is_packed: bool
    size: int
    """Unpacked."""
    crc: int


def is_container(document: bytes) -> bool:
    """Tell a ZIP file from XML by its first bytes."""
    return document.startswith(_LOCAL_SIGN)


def read_members(container: bytes) -> dict[str, Member]:
    """Return the members by name, none of them unpacked yet.

    Raises:
        ContainerError: It is not exactly what SIG-2 describes.
        TooLargeError: A member would unpack to more than its share.
    """
    members = {}
    view = memoryview(container)
    at, directory = 0, _find_directory(container)
    end = len(container) - _END.size
    entry = directory
    for number, _ in enumerate(MEMBERS):
        header, name, offset = _read_entry(container, entry, end)
        entry += _CENTRAL.size + len(name)
        # SIG-2: nothing before, between or behind the members, and none within another
        if offset != at:
            raise ContainerError(f"member {number + 1} does not begin where the one before ends")
        at = _check_local(container, at, header, name) + header.packed
        if at > directory:
            raise ContainerError(f"member {number + 1} reaches into the directory")
        member = _member(header, name, view[at - header.packed : at])
        members[member.name] = member
        # SIG-2: the type of the file stands first, so that it is found without unpacking
        if number == 0 and member.name != MIMETYPE:
            raise ContainerError(f"the first member is {member.name!r}, not {MIMETYPE!r}")
    # SIG-2: the directory begins where the last member ends, and ends where the end record begins
    if (at, entry) != (directory, end):
        raise ContainerError("bytes of the container belong to no member")
    # SIG-2: exactly these members, each once
    if members.keys() != set(MEMBERS):
        raise ContainerError(f"the members are not {', '.join(MEMBERS)}")
    _check_mimetype(members[MIMETYPE])
    return members


def unpack(member: Member) -> Iterator[bytes]:
    """Yield a member's content in pieces.

    Raises:
        ContainerError: It does not unpack to what its headers state.
    """
    size, crc = 0, 0
    for piece in _inflate(member) if member.is_packed else _pieces(member.data):
        size += len(piece)
        # ACC-1: a bomb is put out where it passes what was stated, and that was judged before
        if size > member.size:
            raise ContainerError(f"{member.name} unpacks to more than {member.size} bytes")
        crc = zlib.crc32(piece, crc)
        yield piece
    # SIG-2: what was unpacked is what the headers state
    if (size, crc) != (member.size, member.crc):
        raise ContainerError(f"{member.name} does not unpack to what its header states")


def write_container(file: BinaryIO, members: Iterable[tuple[str, Iterable[bytes]]]) -> None:
    """Write members in the order given, behind the type of the file."""
    with ZipFile(file, "w") as container:
        container.writestr(_info(MIMETYPE, ZIP_STORED), MEDIA_TYPE)
        for name, pieces in members:
            with container.open(_info(name, ZIP_DEFLATED), "w") as member:
                for piece in pieces:
                    member.write(piece)


def _info(name: str, method: int) -> ZipInfo:
    # The format's first moment: when a list was issued, its header states.
    info = ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    info.compress_type = method
    return info


def _find_directory(container: bytes) -> int:
    at = len(container) - _END.size
    if at < 0 or not is_container(container):
        raise ContainerError("not a container")
    sign, *disks, here, entries, size, offset, comment = _END.unpack_from(container, at)
    # SIG-2: the end record ends the file: no comment, and no other container behind it
    if sign != _END_SIGN or comment:
        raise ContainerError("the container has no end record at its end, or a comment in it")
    if disks != [0, 0] or here != entries or entries != len(MEMBERS):
        raise ContainerError(f"the container states {entries} members, {len(MEMBERS)} are needed")
    # SIG-2: zip64 would state these numbers elsewhere
    if offset + size != at:
        raise ContainerError("the directory is not where the container states")
    return int(offset)


def _read_entry(container: bytes, at: int, end: int) -> tuple[_Header, bytes, int]:
    if at + _CENTRAL.size > end:
        raise ContainerError("the directory ends before its last member")
    sign, _, *stated = _CENTRAL.unpack_from(container, at)
    *common, comment, disk, _, _, offset = stated
    header = _Header(*common)
    name = container[at + _CENTRAL.size : at + _CENTRAL.size + header.name_length]
    # SIG-2: no extra fields (zip64, times, aliens), no comments
    if sign != _CENTRAL_SIGN or header.extra_length or comment or disk:
        raise ContainerError("a member has more in the directory than its name")
    return header, name, offset


def _check_local(container: bytes, at: int, header: _Header, name: bytes) -> int:
    if at + _LOCAL.size > len(container):
        raise ContainerError("the container is cut off")
    sign, *stated = _LOCAL.unpack_from(container, at)
    begin = at + _LOCAL.size
    # SIG-2: the header before the member states what the directory states, name and all
    if sign != _LOCAL_SIGN or (*header, name) != (*stated, container[begin : begin + len(name)]):
        raise ContainerError(f"member {name!r} has another header than the directory states")
    return begin + len(name)


def _member(header: _Header, name: bytes, data: memoryview) -> Member:
    # SIG-2: not encrypted, and the sizes stand before the data
    if header.flags & ~_HARMLESS_FLAGS:
        raise ContainerError(f"member {name!r} is encrypted, or packed in a way that is not read")
    # SIG-2: stored or deflated
    if header.method not in {ZIP_STORED, ZIP_DEFLATED}:
        raise ContainerError(f"member {name!r} is packed by method {header.method}")
    # ACC-1: a bomb is refused before it is unpacked
    if header.unpacked > max(MAX_RATIO * header.packed, RATIO_FREE):
        raise TooLargeError(f"member {name!r} unpacks to more than {MAX_RATIO} times its size")
    return Member(
        name=name.decode("ascii", "backslashreplace"),
        data=data,
        is_packed=header.method == ZIP_DEFLATED,
        size=header.unpacked,
        crc=header.crc,
    )


def _check_mimetype(member: Member) -> None:
    # SIG-2: stored, so that the type is read off the first bytes
    if member.is_packed or bytes(member.data) != MEDIA_TYPE.encode():
        raise ContainerError(f"the container does not begin with the type {MEDIA_TYPE}")
    for _ in unpack(member):
        pass


def _pieces(data: memoryview) -> Iterator[bytes]:
    return (bytes(data[at : at + _PIECE]) for at in range(0, len(data), _PIECE))


def _inflate(member: Member) -> Iterator[bytes]:
    packer = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        for piece in _pieces(member.data):
            # SIG-2: the packed bytes are one stream, with nothing behind it
            if packer.eof:
                raise ContainerError(f"{member.name} ends before its header states")
            rest = piece
            while rest and not packer.eof:
                yield packer.decompress(rest, _PIECE)
                rest = packer.unconsumed_tail
        while not packer.eof and (more := packer.decompress(b"", _PIECE)):
            yield more
    except zlib.error as error:
        raise ContainerError(f"{member.name} does not unpack: {error}") from error
    # SIG-2: that stream is whole
    if not packer.eof or packer.unused_data:
        raise ContainerError(f"{member.name} does not end where its header states")
