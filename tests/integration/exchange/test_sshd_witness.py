"""OpenSSH's own server as outside witness: what our SFTP client does holds there too (EXC-7)."""

import getpass
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from gateway.domain.errors import TransportError
from gateway.domain.profiles import SftpPlace
from gateway.exchange.xml_feed.file_names import FileKind, name_of
from gateway.exchange.xml_feed.sftp_folder import PIECE, SftpFolder
from gateway.exchange.xml_feed.sftp_session import SftpSession
from tests.fakes.sftp_servers import write_key
from tests.fakes.xml_lists import STREAM

SSHD = shutil.which("sshd", path="/usr/sbin:/usr/bin:/usr/local/sbin")

pytestmark = [
    pytest.mark.sshd,
    pytest.mark.skipif(SSHD is None, reason="NOT WITNESSED: sshd is not installed on this machine"),
]

NAME = name_of(STREAM, 1, FileKind.LIST)
LARGE = b"<x>" + os.urandom(2 * PIECE).hex().encode() + b"</x></AEOStatusList>\n"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[SftpPlace]:
    """A server on loopback for whoever runs the tests, with keys of its own."""
    host_key, client_key = tmp_path / "host", tmp_path / "client"
    shown = write_key(host_key).export_public_key().decode().strip()
    authorized = tmp_path / "authorized"
    authorized.write_bytes(write_key(client_key).export_public_key())
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = tmp_path / "sshd_config"
    config.write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {host_key}\nPidFile none\n"
        f"AuthorizedKeysFile {authorized}\nStrictModes no\nUsePAM no\nPasswordAuthentication no\n"
        "PermitRootLogin prohibit-password\nSubsystem sftp internal-sftp\n"
        "ForceCommand internal-sftp\n"
    )
    if os.getuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)
    log = tmp_path / "sshd.log"
    assert SSHD is not None
    with log.open("wb") as said:
        server = subprocess.Popen([SSHD, "-D", "-e", "-f", str(config)], stderr=said)
    try:
        _await(port, server, log)
        yield SftpPlace(
            address=f"127.0.0.1:{port}",
            user=getpass.getuser(),
            key_file=str(client_key),
            host_keys=(shown,),
        )
    finally:
        server.terminate()
        server.wait(10)


def _await(port: int, server: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    pytest.fail(f"sshd does not listen: {log.read_text()}")


def _folder(place: SftpPlace, path: Path, told: list[str]) -> tuple[SftpSession, SftpFolder]:
    session = SftpSession(place, timedelta(seconds=20))
    return session, SftpFolder(session, str(path), lambda _path, _fault, why: told.append(why))


def test_exc_7_files_travel_by_way_of_openssh(place: SftpPlace, tmp_path: Path) -> None:
    shared, told = tmp_path / "shared", list[str]()
    shared.mkdir()
    session, folder = _folder(place, shared, told)
    try:
        folder.write(NAME, LARGE)
        assert [path.name for path in shared.iterdir()] == [NAME.text]
        assert folder.names(STREAM, FileKind.LIST) == [NAME]
        assert folder.read(NAME, len(LARGE)) == LARGE
        (shared / NAME.text).write_bytes(b"spoilt")
        folder.write(NAME, LARGE)
        assert (shared / NAME.text).read_bytes() == LARGE
        (shared / NAME.text).unlink()
        (shared / NAME.text).symlink_to(tmp_path / "host")
        assert folder.read(NAME, len(LARGE)) is None
        assert told[-1] == "a symbolic link"
    finally:
        session.close()


def test_exc_7_openssh_with_another_host_key_is_not_believed(
    place: SftpPlace, tmp_path: Path
) -> None:
    other = write_key(tmp_path / "other").export_public_key().decode()
    session, folder = _folder(replace(place, host_keys=(other,)), tmp_path, [])
    try:
        with pytest.raises(TransportError, match="none of those that the profile pins"):
            folder.names(STREAM, FileKind.LIST)
    finally:
        session.close()


def test_exc_7_openssh_lets_no_other_key_in(place: SftpPlace, tmp_path: Path) -> None:
    write_key(tmp_path / "stranger")
    stranger = replace(place, key_file=str(tmp_path / "stranger"))
    session, folder = _folder(stranger, tmp_path, [])
    try:
        with pytest.raises(TransportError, match="is not let in with this key"):
            folder.names(STREAM, FileKind.LIST)
    finally:
        session.close()
