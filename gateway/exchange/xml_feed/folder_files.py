"""Files in a folder of this machine that two administrations share (EXC-7).

The other side may put anything there, at any moment: whatever is no whole file of a known name is
left where it is, and told. Nothing of the other side is ever deleted.
"""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path

from gateway.domain.errors import TransportError
from gateway.domain.lists import Stream
from gateway.domain.transport_faults import TransportFault
from gateway.exchange.xml_feed.file_names import (
    MOST_NAMES,
    FileKind,
    IgnoredError,
    Name,
    Tell,
    names_among,
    require_whole,
)


class SharedFolder:
    """One folder, as `file_names.Files` has it."""

    def __init__(self, path: str, tell: Tell) -> None:
        self._path = path
        self._tell = tell

    def names(self, stream: Stream, kind: FileKind) -> list[Name]:
        """Return the names of one kind and stream, by sequence and revision."""
        with self._opened() as folder:
            found = list(islice(_names_in(folder), MOST_NAMES + 1))
        # ACC-1: the other side may fill it without end
        if len(found) > MOST_NAMES:
            message = f"folder {self._path} holds more than {MOST_NAMES} files"
            raise TransportError(message, TransportFault.CROWDED)
        return names_among(found, stream, kind)

    def read(self, name: Name, most_bytes: int) -> bytes | None:
        """Return a whole document, or none if there is none that may be read; then it is told."""
        with self._opened() as folder:
            try:
                return _read(folder, name.text, most_bytes)
            except IgnoredError as ignored:
                self._tell(str(Path(self._path) / name.text), ignored.fault, ignored.why)
                return None

    def write(self, name: Name, content: bytes) -> None:
        """Write a document so that the other side sees it whole or not at all.

        One that is there already stays as it is.
        """
        with self._opened() as folder:
            with suppress(IgnoredError):
                if _read(folder, name.text, len(content)) == content:
                    return
            # Under a temporary name, and renamed when it is on the disk. Whatever has that name
            # is taken away and not opened: a pipe of theirs would hold us, a link lead elsewhere.
            temporary = f".{name.text}.tmp"
            with suppress(FileNotFoundError):
                os.unlink(temporary, dir_fd=folder)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
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
            raise TransportError(
                message, TransportFault.STATUS, context={"folder": self._path}
            ) from error
        finally:
            if folder >= 0:
                os.close(folder)


def _read(folder: int, name: str, most_bytes: int) -> bytes:
    # No link is followed, and nothing is waited for.
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        descriptor = os.open(name, flags, dir_fd=folder)
    except OSError as error:
        is_link = error.errno == errno.ELOOP
        fault = TransportFault.LINK if is_link else TransportFault.MISSING
        raise IgnoredError(fault, _why(error)) from error
    try:
        # EXC-7: folders, pipes and devices are no documents
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise IgnoredError(TransportFault.NOT_A_FILE, "not a file")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            # The limit holds while reading, whatever the size was.
            content = file.read(most_bytes + 1)
    finally:
        os.close(descriptor)
    return require_whole(content, most_bytes)


def _names_in(folder: int) -> Iterator[str]:
    with os.scandir(folder) as entries:
        for entry in entries:
            yield entry.name


def _why(error: OSError) -> str:
    if error.errno == errno.ELOOP:
        return "a symbolic link"
    return (error.strerror or type(error).__name__).lower()
