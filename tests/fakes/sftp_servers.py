"""A machine with SFTP that does as the test says: cuts, stalls, runs out of room."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import IO, NoReturn, cast

import asyncssh
from asyncssh import SFTPAttrs, SFTPName, SFTPServer, SSHKey, SSHServerChannel
from msgspec import Struct, structs

from gateway.domain.profiles import SftpPlace
from gateway.entrypoints.cli.demo.sftp_host import SftpHost


class Weather(Struct):
    """What the next transfers meet."""

    cut_after: int | None = None
    """Bytes of one connection, read or written."""
    cuts: int = 10**9
    """How often."""
    stalls: bool = False
    room: int | None = None
    """Bytes that may still be written."""
    moved: int = 0
    """Bytes that were read or written in all."""
    connections: int = 0
    """In which something was opened to be written."""
    loses: int = 0
    """Bytes at the end of each piece that are written nowhere, though the machine says they are; it
    sets no length either."""
    without_rename: bool = False
    renames: list[str] = []
    opened: list[str] = []
    """The paths that were opened."""
    names: tuple[str, ...] | None = None
    """What a folder is said to hold."""
    cut_in: str | None = None
    """The file that is never read to its end."""
    read: Callable[[str, int, bytes], Awaitable[bytes]] | None = None
    """Bends what is read: name, offset and bytes of a file."""


class FaultyServer(SFTPServer):
    """Serves one connection under the weather."""

    def __init__(self, channel: "SSHServerChannel[bytes]", root: Path, weather: Weather) -> None:
        super().__init__(channel, chroot=bytes(root))
        self._weather = weather
        self._moved = 0
        self._open: list[IO[bytes]] = []

    def open(self, path: bytes, pflags: int, attrs: SFTPAttrs) -> object:
        opened = cast("IO[bytes]", super().open(path, pflags, attrs))
        self._weather.opened.append(os.fsdecode(path))
        self._weather.connections += bool(pflags & asyncssh.FXF_WRITE)
        self._open.append(opened)
        return opened

    def exit(self) -> None:
        # Of a connection that was cut, the library leaves them to the collector.
        for file in self._open:
            file.close()

    async def scandir(self, path: bytes) -> AsyncIterator[SFTPName]:
        if self._weather.names is None:
            async for found in super().scandir(path):
                yield found
        for name in self._weather.names or ():
            yield SFTPName(os.fsencode(name), attrs=SFTPAttrs())

    async def read(self, file_obj: object, offset: int, size: int) -> bytes:
        await self._meet(size)
        data = cast("bytes", super().read(file_obj, offset, size))
        name = Path(os.fsdecode(cast("IO[bytes]", file_obj).name)).name
        if self._weather.cut_in == name and offset:
            self._cut()
        bend = self._weather.read
        return data if bend is None else await bend(name, offset, data)

    async def write(self, file_obj: object, offset: int, data: bytes) -> int:
        weather = self._weather
        if weather.room is not None and weather.room < len(data):
            raise OSError(28, "No space left on device")
        await self._meet(len(data))
        if weather.room is not None:
            weather.room -= len(data)
        super().write(file_obj, offset, data[: len(data) - weather.loses])
        return len(data)

    def fsetstat(self, file_obj: object, attrs: SFTPAttrs) -> None:
        if not self._weather.loses:
            super().fsetstat(file_obj, attrs)

    def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
        if self._weather.without_rename:
            raise asyncssh.SFTPOpUnsupported("posix-rename is not supported")
        self._weather.renames.append(os.fsdecode(newpath))
        super().posix_rename(oldpath, newpath)

    async def _meet(self, size: int) -> None:
        weather = self._weather
        if weather.stalls:
            await asyncio.Event().wait()
        self._moved += size
        if weather.cut_after is not None and self._moved > weather.cut_after and weather.cuts:
            weather.cuts -= 1
            self._cut()
        weather.moved += size

    def _cut(self) -> NoReturn:
        self.channel.get_connection().abort()
        raise asyncssh.SFTPConnectionLost("cut")


class Machine:
    """The machine, its folder and who may use it."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "machine"
        (self.root / "there").mkdir(parents=True)
        (self.root / "back").mkdir()
        self.weather = Weather()
        self.key_file = folder / "id_ed25519"
        self.key = write_key(self.key_file)
        self.host = SftpHost(
            self.root,
            [self.key],
            self._serve,
        )
        self._servers: list[FaultyServer] = []

    def _serve(self, channel: "SSHServerChannel[bytes]") -> FaultyServer:
        self._servers.append(FaultyServer(channel, self.root, self.weather))
        return self._servers[-1]

    @property
    def sessions(self) -> int:
        """How often somebody was let in."""
        return len(self._servers)

    def recover(self) -> None:
        """Do as one should from now on; what was opened stays known."""
        for field, value in structs.asdict(Weather(opened=self.weather.opened)).items():
            setattr(self.weather, field, value)

    def close(self) -> None:
        """Close what stalled connections left open."""
        for server in self._servers:
            server.exit()

    @property
    def place(self) -> SftpPlace:
        return SftpPlace(
            address=self.host.address,
            user="xb",
            key_file=str(self.key_file),
            host_keys=(self.host.host_key,),
        )


def write_key(path: Path, *, mode: int = 0o600) -> SSHKey:
    """Write a private key for one owner, and return it."""
    key = asyncssh.generate_private_key("ssh-ed25519")
    path.touch(mode=mode)
    path.chmod(mode)
    path.write_bytes(key.export_private_key())
    return key
