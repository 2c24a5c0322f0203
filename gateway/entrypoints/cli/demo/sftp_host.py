"""A machine with SFTP on loopback, in a thread: what two administrations share in the demo."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread
from types import TracebackType
from typing import Self

import asyncssh
from asyncssh import SFTPServer, SSHKey, SSHServerChannel

from gateway.domain.errors import MachineError

PATIENCE_SECONDS = 30


class SftpHost:
    """Serves one folder to whoever shows the registered key; use it as a context.

    Args:
        root: The folder; its users see nothing above it.
        users: Their public keys.
        serve: Makes what serves one connection.
    """

    def __init__(
        self,
        root: Path,
        users: list[SSHKey],
        serve: Callable[["SSHServerChannel[bytes]"], SFTPServer] | None = None,
    ) -> None:
        self.key = asyncssh.generate_private_key("ssh-ed25519")
        self.address = ""
        self._root = root
        self._users = users
        self._serve = serve or self._plain
        self._loop: asyncio.AbstractEventLoop | None = None
        self._listens = Event()
        self._thread = Thread(target=self._run, name="sftp", daemon=True)

    @property
    def host_key(self) -> str:
        """The line that pins this machine."""
        return self.key.export_public_key().decode("ascii").strip()

    def __enter__(self) -> Self:
        """Wait until it listens.

        Raises:
            MachineError: It does not.
        """
        self._thread.start()
        if not self._listens.wait(PATIENCE_SECONDS) or not self.address:
            raise MachineError("no sftp server on loopback")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Cut all connections, and end."""
        self.stop()

    def stop(self) -> None:
        """Cut all connections, and end. May be called twice."""
        if self._loop is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(PATIENCE_SECONDS)

    def _plain(self, channel: "SSHServerChannel[bytes]") -> SFTPServer:
        return SFTPServer(channel, chroot=bytes(self._root))

    def _run(self) -> None:
        loop = self._loop = asyncio.new_event_loop()
        try:
            server = loop.run_until_complete(self._listen())
            self.address = f"127.0.0.1:{server.get_port()}"
            self._listens.set()
            loop.run_forever()
            loop.run_until_complete(_end(server))
            loop.run_until_complete(loop.shutdown_asyncgens())
        finally:
            self._listens.set()
            loop.close()

    async def _listen(self) -> asyncssh.SSHAcceptor:
        lines = b"".join(key.export_public_key() for key in self._users)
        return await asyncssh.listen(
            "127.0.0.1",
            0,
            config=[],
            server_host_keys=[self.key],
            authorized_client_keys=asyncssh.import_authorized_keys(lines.decode("ascii")),
            sftp_factory=self._serve,
            password_auth=False,
            kbdint_auth=False,
            allow_scp=False,
        )


async def _end(server: asyncssh.SSHAcceptor) -> None:
    server.close()
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
