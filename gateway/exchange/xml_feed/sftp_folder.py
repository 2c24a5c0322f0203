"""Files in a folder behind SFTP (EXC-7), as `file_names.Files` has it.

What `folder_files` leaves to the kernel is asked of the server here: a name is looked at before it
is opened, and again when it is open. Whoever rules the server could swap it in between; what is
read is signed all the same. Broken transfers go on where they broke, as long as each attempt brings
something.
"""

import stat
from collections.abc import Awaitable, Callable
from contextlib import suppress
from hashlib import sha256
from typing import Final, cast

import asyncssh
from asyncssh import FXF_CREAT, FXF_EXCL, FXF_WRITE, SFTPAttrs, SFTPClient, SFTPClientFile

from gateway.domain.errors import TransportError
from gateway.domain.lists import Stream
from gateway.domain.transport_faults import TransportFault
from gateway.exchange.xml_feed.download import RESUMPTIONS
from gateway.exchange.xml_feed.file_names import (
    MOST_NAMES,
    FileKind,
    IgnoredError,
    Name,
    Tell,
    above_the_limit,
    names_among,
    require_whole,
)
from gateway.exchange.xml_feed.sftp_session import SftpSession

PIECE: Final = 512 * 1024
"""Bytes that are known to have arrived before the next ones are sent."""


class SftpFolder:
    """One folder of a machine."""

    def __init__(self, session: SftpSession, path: str, tell: Tell) -> None:
        self._session = session
        self._path = path
        self._tell = tell

    def names(self, stream: Stream, kind: FileKind) -> list[Name]:
        """Return the names of one kind and stream, by sequence and revision.

        Raises:
            TransportError: The folder cannot be read, or holds far too much.
        """
        return names_among(self._session.run(self._listed), stream, kind)

    def read(self, name: Name, most_bytes: int) -> bytes | None:
        """Return a whole document, or none if there is none that may be read; then it is told.

        Raises:
            TransportError: The folder cannot be reached, or broke off once too often.
        """
        try:
            return self._read(name.text, most_bytes)
        except IgnoredError as ignored:
            self._tell(self._at(name.text), ignored.fault, ignored.why)
            return None

    def write(self, name: Name, content: bytes) -> None:
        """Write a document so that the other side sees it whole or not at all.

        One that is there already stays as it is.

        Raises:
            TransportError: The folder cannot be reached or written.
        """
        with suppress(IgnoredError):
            if self._read(name.text, len(content)) == content:
                return
        sending = _Sending(content)
        # Of this content alone: what an earlier run left is gone on from.
        temporary = f".{name.text}.{sha256(content).hexdigest()[:16]}.tmp"
        final = self._at(name.text)
        self._again_and_again(lambda sftp: sending.go_on(sftp, self._at(temporary)), sending)
        self._session.run(lambda sftp: _rename(sftp, self._at(temporary), final))

    def _read(self, name: str, most_bytes: int) -> bytes:
        coming = _Coming(most_bytes)
        path = self._at(name)
        self._again_and_again(lambda sftp: coming.go_on(sftp, path), coming)
        return require_whole(bytes(coming.content), most_bytes)

    def _again_and_again(
        self, work: Callable[[SFTPClient], Awaitable[None]], transfer: "_Coming | _Sending"
    ) -> None:
        for _ in range(RESUMPTIONS):
            before = transfer.done
            try:
                return self._session.run(work)
            except TransportError:
                # EXC-7: what broke is taken up again, as long as each attempt brings something
                if transfer.done <= before:
                    raise
        return self._session.run(work)

    async def _listed(self, sftp: SFTPClient) -> list[str]:
        found: list[str] = []
        async for entry in sftp.scandir(self._path):
            found.append(str(entry.filename))
            # ACC-1: a folder that never ends
            if len(found) > MOST_NAMES:
                message = f"sftp folder {self._path} holds more than {MOST_NAMES} files"
                raise TransportError(message, TransportFault.CROWDED)
        return found

    def _at(self, name: str) -> str:
        # Every name is one that `file_names` made, so that no path leads out of the folder
        return f"{self._path.rstrip('/')}/{name}"


class _Coming:
    """A file as it arrives."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._seen: tuple[object, ...] | None = None
        self.content = bytearray()

    @property
    def done(self) -> int:
        return len(self.content)

    async def go_on(self, sftp: SFTPClient, path: str) -> None:
        before = await _look(sftp, path)
        if before is None:
            raise IgnoredError(TransportFault.MISSING, "no such file")
        _require_file(before)
        # ACC-1: what states more is not even opened; what states less is stopped below
        if (before.size or 0) > self._most_bytes:
            raise above_the_limit(self._most_bytes)
        async with await sftp.open(path, "rb") as file:
            # EXC-7: what was opened is what was looked at, and what an earlier piece was of
            if _identity(await file.stat()) != _identity(before):
                raise IgnoredError(TransportFault.REPLACED, "replaced while it was opened")
            if self._seen not in {None, _identity(before)}:
                self.content.clear()
            self._seen = _identity(before)
            await self._take(file)

    async def _take(self, file: SFTPClientFile) -> None:
        while len(self.content) <= self._most_bytes:
            # Of a file that is open for bytes.
            piece = cast("bytes", await file.read(PIECE, len(self.content)))
            if not piece:
                return
            self.content += piece


class _Sending:
    """A file as it is written, under its temporary name."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.done = -1

    async def go_on(self, sftp: SFTPClient, path: str) -> None:
        there = await _look(sftp, path)
        flags = FXF_WRITE if there is not None else FXF_WRITE | FXF_CREAT | FXF_EXCL
        if there is not None:
            # EXC-7: nothing is written through a link that somebody put in the way
            _require_own_file(there)
        mode = SFTPAttrs(permissions=0o644)
        async with await sftp.open(path, flags, mode, encoding=None) as file:
            at = self._known_to_be_there(there)
            while at < len(self._content):
                await file.write(self._content[at : at + PIECE], at)
                at = self.done = min(at + PIECE, len(self._content))
            # Of a longer file with this name.
            await file.truncate(len(self._content))
            with suppress(asyncssh.SFTPOpUnsupported):
                await file.fsync()
            written = (await file.stat()).size
        # EXC-7: all of it is there before the other side may see it
        if written != len(self._content):
            raise asyncssh.SFTPFailure(f"{written} of {len(self._content)} bytes are there")

    def _known_to_be_there(self, there: SFTPAttrs | None) -> int:
        size = 0 if there is None else min(there.size or 0, len(self._content))
        # Of an earlier run: bytes of a piece may have arrived in any order, so that the last one
        # counts as missing. Of this run it is known.
        return max((size - 1) // PIECE * PIECE, min(self.done, size), 0)


async def _look(sftp: SFTPClient, path: str) -> SFTPAttrs | None:
    try:
        return await sftp.lstat(path)
    except asyncssh.SFTPNoSuchFile:
        return None


def _require_file(attributes: SFTPAttrs) -> None:
    mode = attributes.permissions or 0
    # EXC-7: no link is followed
    if stat.S_ISLNK(mode):
        raise IgnoredError(TransportFault.LINK, "a symbolic link")
    # EXC-7: folders, pipes and devices are no documents
    if not stat.S_ISREG(mode):
        raise IgnoredError(TransportFault.NOT_A_FILE, "not a file")


def _require_own_file(attributes: SFTPAttrs) -> None:
    try:
        _require_file(attributes)
    except IgnoredError as ignored:
        raise asyncssh.SFTPFailure(f"the temporary name is taken: {ignored.why}") from ignored


def _identity(attributes: SFTPAttrs) -> tuple[object, ...]:
    return (attributes.size, attributes.mtime, attributes.permissions, attributes.uid)


async def _rename(sftp: SFTPClient, temporary: str, final: str) -> None:
    try:
        await sftp.posix_rename(temporary, final)
    except asyncssh.SFTPOpUnsupported:
        # Without the extension a rename fails where a file is: it is never there in parts.
        await sftp.rename(temporary, final)
