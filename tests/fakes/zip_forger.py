"""ZIP files with headers of any content: what no library writes."""

import struct
import zlib
from collections.abc import Callable, Sequence
from io import BytesIO
from zipfile import ZipFile

from msgspec import Struct

from gateway.trust.container import LIST, MEDIA_TYPE, MIMETYPE, SIGNATURES, is_container


class Forged(Struct, kw_only=True):
    """A member; what its two headers state can be set apart."""

    name: str
    content: bytes
    deflated: bool = True
    flags: int = 0
    method: int | None = None
    extra: bytes = b""
    central_extra: bytes = b""
    comment: bytes = b""
    local_name: str | None = None
    local_crc: int | None = None
    local_packed: int | None = None
    local_size: int | None = None
    crc: int | None = None
    packed: int | None = None
    size: int | None = None
    data: bytes | None = None
    """Instead of the packed content."""
    version: int = 20
    time: int = 0
    local_time: int | None = None
    offset: int | None = None
    gap: bytes = b""
    """Bytes behind the data that belong to nobody."""

    def bytes_packed(self) -> bytes:
        if self.data is not None:
            return self.data
        return deflate(self.content) if self.deflated else self.content


def deflate(content: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(content) + packer.flush()


def tamper(document: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """Change a document, or what a container holds."""
    if not is_container(document):
        return change(document)
    file = BytesIO()
    with ZipFile(BytesIO(document)) as old, ZipFile(file, "w") as new:
        for info in old.infolist():
            new.writestr(info, change(old.read(info)))
    return file.getvalue()


def members(document: bytes = b"<list/>", signature: bytes = b"<signature/>") -> list[Forged]:
    """Return what a container holds, in order."""
    return [
        Forged(name=MIMETYPE, content=MEDIA_TYPE.encode(), deflated=False),
        Forged(name=LIST, content=document),
        Forged(name=SIGNATURES, content=signature),
    ]


def forge(
    parts: Sequence[Forged],
    *,
    prefix: bytes = b"",
    before_directory: bytes = b"",
    before_end: bytes = b"",
    comment: bytes = b"",
    suffix: bytes = b"",
    entries: int | None = None,
    disks: tuple[int, int] = (0, 0),
) -> bytes:
    """Put a container together."""
    body, directory = bytearray(prefix), bytearray()
    for part in parts:
        offset = len(body) if part.offset is None else part.offset
        packed = part.bytes_packed()
        method = part.method if part.method is not None else (8 if part.deflated else 0)
        crc = zlib.crc32(part.content) if part.crc is None else part.crc
        lengths = (
            len(packed) if part.packed is None else part.packed,
            len(part.content) if part.size is None else part.size,
        )
        local_name = (part.local_name or part.name).encode()
        body += struct.pack(
            "<4sHHHHHIIIHH",
            b"PK\x03\x04",
            part.version,
            part.flags,
            method,
            part.time if part.local_time is None else part.local_time,
            33,
            crc if part.local_crc is None else part.local_crc,
            lengths[0] if part.local_packed is None else part.local_packed,
            lengths[1] if part.local_size is None else part.local_size,
            len(local_name),
            len(part.extra),
        )
        body += local_name + part.extra + packed + part.gap
        name = part.name.encode()
        directory += struct.pack(
            "<4sHHHHHHIIIHHHHHII",
            b"PK\x01\x02",
            20,
            part.version,
            part.flags,
            method,
            part.time,
            33,
            crc,
            *lengths,
            len(name),
            len(part.central_extra),
            len(part.comment),
            0,
            0,
            0,
            offset,
        )
        directory += name + part.central_extra + part.comment
    body += before_directory
    count = len(parts) if entries is None else entries
    at = len(body)
    end = struct.pack(
        "<4sHHHHIIH", b"PK\x05\x06", *disks, count, count, len(directory), at, len(comment)
    )
    return bytes(body + directory + before_end + end + comment + suffix)
