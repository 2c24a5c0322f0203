"""Files in a folder that two administrations share (EXC-7): names, safe reading, atomic writing.

The other side may put anything there, at any moment: whatever is no whole file of a known name is
left where it is, and told. Nothing of the other side is ever deleted.
"""

import errno
import os
import re
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from pathlib import Path
from typing import Final

from msgspec import Struct

from gateway.domain.errors import TransportError
from gateway.domain.lists import Stream

Tell = Callable[[str, str], None]
"""Is told of a file that was not read: its path, and why."""

_ENDS: Final = re.compile(
    rb"</(?:[\w.-]+:)?AEOStatusList(?:Head|Acknowledgement)?\s*>\s*\Z", re.ASCII
)
_LAST_BYTES: Final = 512
_NUMBER: Final = r"[1-9][0-9]{0,14}"


class FileKind(StrEnum):
    """What a file holds, as its name says."""

    LIST = "xml"
    HEAD = "head.xml"
    ANSWER = "ack"


class Name(Struct, frozen=True, kw_only=True, order=True):
    """The name of a file of one stream."""

    sequence: int
    revision: int = 0
    """Of an acknowledgement; else 0."""
    text: str


def name_of(stream: Stream, sequence: int, kind: FileKind, revision: int = 0) -> Name:
    """Return the name under which a document travels."""
    ending = f"ack-{revision}.xml" if kind is FileKind.ANSWER else kind.value
    return Name(sequence=sequence, revision=revision, text=f"{stream}-{sequence}.{ending}")


class SharedFolder:
    """One folder. Every method raises `TransportError` if it cannot be reached."""

    def __init__(self, path: str, tell: Tell) -> None:
        self._path = path
        self._tell = tell

    def names(self, stream: Stream, kind: FileKind) -> list[Name]:
        """Return the names of one kind and stream, by sequence and revision."""
        ending = rf"ack-({_NUMBER})\.xml" if kind is FileKind.ANSWER else re.escape(kind.value)
        pattern = re.compile(rf"{re.escape(str(stream))}-({_NUMBER})\.{ending}", re.ASCII)
        with self._opened() as folder:
            found = [match for match in map(pattern.fullmatch, _names_in(folder)) if match]
        return sorted(
            Name(
                sequence=int(match[1]),
                revision=int(match[2]) if kind is FileKind.ANSWER else 0,
                text=match[0],
            )
            for match in found
        )

    def read(self, name: Name, most_bytes: int) -> bytes | None:
        """Return a whole document, or none if there is none that may be read; then it is told."""
        with self._opened() as folder:
            try:
                return _read(folder, name.text, most_bytes)
            except _IgnoredError as ignored:
                self._tell(str(Path(self._path) / name.text), str(ignored))
                return None

    def write(self, name: Name, content: bytes) -> None:
        """Write a document so that the other side sees it whole or not at all.

        One that is there already stays as it is.
        """
        with self._opened() as folder:
            with suppress(_IgnoredError):
                if _read(folder, name.text, len(content)) == content:
                    return
            # Under a temporary name, and renamed when it is on the disk.
            temporary = f".{name.text}.tmp"
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
            with os.fdopen(os.open(temporary, flags, 0o644, dir_fd=folder), "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, name.text, src_dir_fd=folder, dst_dir_fd=folder)
            os.fsync(folder)

    @contextmanager
    def _opened(self) -> Iterator[int]:
        folder = -1
        try:
            folder = os.open(self._path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            yield folder
        except OSError as error:
            message = f"folder {self._path}: {_why(error)}"
            raise TransportError(message, context={"folder": self._path}) from error
        finally:
            if folder >= 0:
                os.close(folder)


class _IgnoredError(Exception):
    """A file that is left where it is."""


def _read(folder: int, name: str, most_bytes: int) -> bytes:
    # No link is followed, and nothing is waited for.
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        descriptor = os.open(name, flags, dir_fd=folder)
    except OSError as error:
        raise _IgnoredError(_why(error)) from error
    try:
        # EXC-7: folders, pipes and devices are no documents
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise _IgnoredError("not a file")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            # The limit holds while reading, whatever the size was.
            content = file.read(most_bytes + 1)
    finally:
        os.close(descriptor)
    # ACC-1: one byte more was read than is allowed
    if len(content) > most_bytes:
        raise _IgnoredError(f"more than {most_bytes} bytes")
    # EXC-7: the other side may still be writing
    if not _ENDS.search(content[-_LAST_BYTES:]):
        raise _IgnoredError("not whole: still being written, or another document")
    return content


def _names_in(folder: int) -> list[str]:
    with os.scandir(folder) as entries:
        return [entry.name for entry in entries]


def _why(error: OSError) -> str:
    if error.errno == errno.ELOOP:
        return "a symbolic link"
    return (error.strerror or type(error).__name__).lower()
