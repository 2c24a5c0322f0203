"""Names of files that two administrations share, and when a file is whole (EXC-7)."""

import re
from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Final, Protocol

from msgspec import Struct

from gateway.domain.lists import Stream
from gateway.domain.transport_faults import TransportFault

Tell = Callable[[str, TransportFault, str], None]
"""Is told of a file that was not read: its path, the fault, and why in words."""

_ENDS: Final = re.compile(
    rb"</(?:[\w.-]+:)?AEOStatusList(?:Head|Acknowledgement)?\s*>\s*\Z", re.ASCII
)
_LAST_BYTES: Final = 512
MOST_NAMES: Final = 100_000
"""A folder with more is not read: nobody has as many lists on offer."""
_END_RECORD: Final = re.compile(rb"PK\x05\x06.{18}\Z", re.DOTALL)
_NUMBER: Final = r"[1-9][0-9]{0,14}"


class FileKind(StrEnum):
    """What a file holds, as its name says."""

    LIST = "xml"
    CONTAINER = "asice"
    """A list too (SIG-2)."""
    HEAD = "head.xml"
    ANSWER = "ack"


class Name(Struct, frozen=True, kw_only=True, order=True):
    """The name of a file of one stream."""

    sequence: int
    revision: int = 0
    """Of an acknowledgement; else 0."""
    text: str


class Files(Protocol):
    """A folder. Every method raises `TransportError` if it cannot be reached."""

    def names(self, stream: Stream, kind: FileKind) -> list[Name]:
        """Return the names of one kind and stream, by sequence and revision."""
        ...

    def read(self, name: Name, most_bytes: int) -> bytes | None:
        """Return a whole document, or none if there is none that may be read; then it is told."""
        ...

    def write(self, name: Name, content: bytes) -> None:
        """Write a document so that the other side sees it whole or not at all.

        One that is there already stays as it is.
        """
        ...


class IgnoredError(Exception):
    """A file that is left where it is."""

    def __init__(self, fault: TransportFault, why: str) -> None:
        super().__init__(why)
        self.fault, self.why = fault, why


def name_of(stream: Stream, sequence: int, kind: FileKind, revision: int = 0) -> Name:
    """Return the name under which a document travels."""
    ending = f"ack-{revision}.xml" if kind is FileKind.ANSWER else kind.value
    return Name(sequence=sequence, revision=revision, text=f"{stream}-{sequence}.{ending}")


def names_among(found: Iterable[str], stream: Stream, kind: FileKind) -> list[Name]:
    """Return the names of one kind and stream among those in a folder, in order."""
    ending = rf"ack-({_NUMBER})\.xml" if kind is FileKind.ANSWER else re.escape(kind.value)
    pattern = re.compile(rf"{re.escape(str(stream))}-({_NUMBER})\.{ending}", re.ASCII)
    return sorted(
        Name(
            sequence=int(match[1]),
            revision=int(match[2]) if kind is FileKind.ANSWER else 0,
            text=match[0],
        )
        for match in map(pattern.fullmatch, found)
        if match
    )


def require_whole(content: bytes, most_bytes: int) -> bytes:
    """Return the content of a file that may be read.

    Raises:
        IgnoredError: It has more bytes, or does not end as its documents end.
    """
    # ACC-1: one byte more was read than is allowed
    if len(content) > most_bytes:
        raise above_the_limit(most_bytes)
    # EXC-7: the other side may still be writing
    if not (_ENDS.search(content[-_LAST_BYTES:]) or _END_RECORD.search(content[-_LAST_BYTES:])):
        why = "not whole: still being written, or another document"
        raise IgnoredError(TransportFault.NOT_WHOLE, why)
    return content


def above_the_limit(most_bytes: int) -> IgnoredError:
    """Return the error for a file of more bytes (ACC-1)."""
    return IgnoredError(TransportFault.OVERSIZED, f"more than {most_bytes} bytes")
