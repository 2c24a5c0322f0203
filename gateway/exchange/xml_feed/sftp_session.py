"""A connection to a machine by SFTP: pinned host keys, one key of ours, deadlines over everything.

Nothing of the user's own SSH settings is read: no agent, no other keys, no known hosts, no
passwords. A step that breaks takes its connection along; the next one makes a new one.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Final, TypeVar

import asyncssh
from asyncssh import SFTPClient, SSHClientConnection, SSHKey

from gateway.domain.errors import ConfigError, TransportError
from gateway.domain.profiles import SftpPlace
from gateway.domain.transport_faults import TransportFault
from gateway.trust.key_files import read_secret

T = TypeVar("T")

_FAREWELL_SECONDS: Final = 1.0
"""A connection is cut at once; so long its own ends may take."""


class SftpSession:
    """The way to one machine, for one run; its methods are called by one thread.

    Raises:
        ConfigError: The key cannot be used, or is open to others; a pinned host key is none.
    """

    def __init__(self, place: SftpPlace, deadline: timedelta) -> None:
        self._place = place
        self._deadline = deadline
        self._key = load_client_key(place)
        self._host_keys = load_host_keys(place)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._connection: SSHClientConnection | None = None
        self._client: SFTPClient | None = None

    def run(self, work: Callable[[SFTPClient], Awaitable[T]]) -> T:
        """Do one step, connected, within the deadline.

        Raises:
            TransportError: Not reached, not believed, not let in, cut off, or not in time.
        """
        loop = self._loop = self._loop or _make_loop()
        try:
            return loop.run_until_complete(self._within_deadline(work))
        except TimeoutError as error:
            seconds = f"{self._deadline.total_seconds():g}"
            why = f"took longer than {seconds} s"
            raise self._broken(loop, TransportFault.TIMEOUT, why) from error
        except asyncssh.HostKeyNotVerifiable as error:
            why = "the host key is none of those that the profile pins"
            raise self._broken(loop, TransportFault.UNTRUSTED, why) from error
        except asyncssh.PermissionDenied as error:
            why = f"{self._place.user} is not let in with this key"
            raise self._broken(loop, TransportFault.DENIED, why) from error
        except (OSError, asyncssh.Error) as error:
            raise self._broken(loop, self._fault_of(error), _reason(error)) from error

    def close(self) -> None:
        """Give back the connection. May be called twice."""
        if self._loop is not None:
            self._loop.run_until_complete(self._end())
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.close()
            self._loop = None

    async def _within_deadline(self, work: Callable[[SFTPClient], Awaitable[T]]) -> T:
        task = asyncio.ensure_future(self._connected(work))
        # Over name, connection, handshake, login and all of the work (SYN-4).
        done, _ = await asyncio.wait({task}, timeout=self._deadline.total_seconds())
        if not done:
            # First the connection: who is cancelled while a file is open waits for its end.
            await self._end()
            task.cancel()
            await asyncio.wait({task}, timeout=_FAREWELL_SECONDS)
            raise TimeoutError
        return task.result()

    async def _connected(self, work: Callable[[SFTPClient], Awaitable[T]]) -> T:
        return await work(self._client or await self._connect())

    async def _connect(self) -> SFTPClient:
        host, _, port = self._place.address.rpartition(":")
        self._connection = await asyncssh.connect(
            host.strip("[]"),
            int(port),
            config=[],
            username=self._place.user,
            client_keys=[self._key],
            # The machine shows a key that the profile pins, or nothing is said to it
            known_hosts=(self._host_keys, [], []),
            preferred_auth="publickey",
            agent_path=None,
            compression_algs=["none"],
            connect_timeout=self._deadline.total_seconds(),
            login_timeout=self._deadline.total_seconds(),
        )
        self._client = await self._connection.start_sftp_client()
        return self._client

    def _fault_of(self, error: Exception) -> TransportFault:
        match error:
            case asyncssh.ConnectionLost() | asyncssh.SFTPConnectionLost() | ConnectionResetError():
                is_in = self._client is not None
                return TransportFault.TRUNCATED if is_in else TransportFault.NO_ANSWER
            case asyncssh.SFTPError():
                return TransportFault.STATUS
            case OSError():
                return TransportFault.UNREACHABLE
            case _:
                return TransportFault.MALFORMED

    def _broken(
        self, loop: asyncio.AbstractEventLoop, fault: TransportFault, why: str
    ) -> TransportError:
        loop.run_until_complete(self._end())
        place = self._place.address
        return TransportError(f"sftp {place}: {why}", fault, context={"address": place})

    async def _end(self) -> None:
        connection, self._connection, self._client = self._connection, None, None
        if connection is None:
            return
        connection.abort()
        with suppress(TimeoutError, OSError, asyncssh.Error):
            async with asyncio.timeout(_FAREWELL_SECONDS):
                await connection.wait_closed()


def _make_loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    # What breaks a step is told by the step; the library's inner tasks would tell it once more.
    loop.set_exception_handler(lambda _loop, _context: None)
    return loop


def load_client_key(place: SftpPlace) -> SSHKey:
    """Read home's private key for a machine.

    Raises:
        ConfigError: Missing, open to others, with a passphrase, or no key.
    """
    content = read_secret(Path(place.key_file))
    try:
        return asyncssh.import_private_key(content)
    except asyncssh.KeyImportError as error:
        message = f"{place.key_file} holds no private key without passphrase that ssh can use"
        raise ConfigError(message) from error


def load_host_keys(place: SftpPlace) -> list[SSHKey]:
    """Read the public keys that a machine may show.

    Raises:
        ConfigError: One of them is none.
    """
    try:
        return [asyncssh.import_public_key(line) for line in place.host_keys]
    except asyncssh.KeyImportError as error:
        raise ConfigError(f"a host key of {place.address} is not readable: {error}") from error


def _reason(error: Exception) -> str:
    text = str(getattr(error, "reason", "") or error) or type(error).__name__
    return "".join(each for each in text[:200] if each.isprintable()).lower()
