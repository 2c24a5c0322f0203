"""Folders behind SFTP: whom we believe there, who we are, and what breaks on the way (EXC-7)."""

import os
import socket
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import asyncssh
import pytest
from msgspec.structs import replace

from gateway.domain.errors import ConfigError, TransportError
from gateway.domain.profiles import SftpPlace
from gateway.exchange.xml_feed.file_names import FileKind, Name, name_of
from gateway.exchange.xml_feed.sftp_folder import PIECE, SftpFolder
from gateway.exchange.xml_feed.sftp_session import SftpSession
from tests.fakes.sftp_servers import FaultyServer, Machine, write_key
from tests.fakes.xml_lists import STREAM

DEADLINE = timedelta(seconds=20)
NAME = name_of(STREAM, 1, FileKind.LIST)
LARGE = b"<x>" + os.urandom(5 * PIECE).hex().encode() + b"</x></AEOStatusList>\n"
ROOM = 2 * len(LARGE)


class Side:
    """One side's view of a folder, with what it was told."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self.told: list[str] = []
        self._sessions: list[SftpSession] = []

    def folder(
        self, place: SftpPlace | None = None, deadline: timedelta = DEADLINE, path: str = "/there"
    ) -> SftpFolder:
        self._sessions.append(SftpSession(place or self._machine.place, deadline))
        return SftpFolder(
            self._sessions[-1], path, lambda _path, _fault, why: self.told.append(why)
        )

    def close(self) -> None:
        for session in self._sessions:
            session.close()
            session.close()


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    made = Machine(tmp_path)
    with made.host:
        yield made
    made.close()


@pytest.fixture
def side(machine: Machine) -> Iterator[Side]:
    made = Side(machine)
    yield made
    made.close()


def there(machine: Machine) -> list[str]:
    return sorted(path.name for path in (machine.root / "there").iterdir())


def put(machine: Machine, content: bytes = LARGE) -> Path:
    path = machine.root / "there" / NAME.text
    path.write_bytes(content)
    return path


def test_exc_7_a_large_file_travels_both_ways(side: Side, machine: Machine) -> None:
    folder = side.folder()
    folder.write(NAME, LARGE)
    assert there(machine) == [NAME.text]
    assert machine.weather.renames == [f"/there/{NAME.text}"]
    assert (machine.root / "there" / NAME.text).stat().st_mode & 0o777 == 0o644
    assert folder.read(NAME, ROOM) == LARGE


def test_exc_7_another_host_key_is_not_believed_and_learns_nothing(
    side: Side, machine: Machine, tmp_path: Path
) -> None:
    other = write_key(tmp_path / "other").export_public_key().decode()
    place = replace(machine.place, host_keys=(other,))
    with pytest.raises(TransportError, match="none of those that the profile pins"):
        side.folder(place).names(STREAM, FileKind.LIST)


def test_exc_7_one_of_several_pinned_host_keys_is_believed(
    side: Side, machine: Machine, tmp_path: Path
) -> None:
    other = write_key(tmp_path / "other").export_public_key().decode()
    place = replace(machine.place, host_keys=(other, machine.host.host_key))
    assert side.folder(place).names(STREAM, FileKind.LIST) == []


def test_exc_7_known_hosts_of_the_user_vouch_for_nothing(
    side: Side, machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "user"
    (home / ".ssh").mkdir(parents=True)
    host, _, port = machine.host.address.rpartition(":")
    known = f"[{host}]:{port} {machine.host.host_key}\n"
    (home / ".ssh" / "known_hosts").write_text(known)
    monkeypatch.setenv("HOME", str(home))
    other = write_key(tmp_path / "other").export_public_key().decode()
    with pytest.raises(TransportError, match="none of those that the profile pins"):
        side.folder(replace(machine.place, host_keys=(other,))).names(STREAM, FileKind.LIST)


def test_exc_7_another_key_of_ours_is_not_let_in(
    side: Side, machine: Machine, tmp_path: Path
) -> None:
    write_key(tmp_path / "stranger")
    place = replace(machine.place, key_file=str(tmp_path / "stranger"))
    with pytest.raises(TransportError, match="is not let in with this key"):
        side.folder(place).names(STREAM, FileKind.LIST)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660])
def test_exc_7_a_key_that_others_may_read_is_not_used(
    side: Side, machine: Machine, mode: int
) -> None:
    machine.key_file.chmod(mode)
    with pytest.raises(ConfigError, match="may be read by others"):
        side.folder()


def _with_passphrase(path: Path) -> None:
    key = asyncssh.generate_private_key("ssh-ed25519")
    path.write_bytes(key.export_private_key("pkcs8-pem", passphrase="x" * 8))


BAD_KEYS: dict[str, Callable[[Path], object]] = {
    "missing": Path.unlink,
    "empty": lambda path: path.write_bytes(b""),
    "no key": lambda path: path.write_bytes(b"hello"),
    "a public key": lambda path: path.write_text(
        asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    ),
    "with a passphrase": _with_passphrase,
}


@pytest.mark.parametrize("spoil", BAD_KEYS.values(), ids=BAD_KEYS)
def test_exc_7_a_key_that_is_none_is_named(
    side: Side, machine: Machine, spoil: Callable[[Path], object]
) -> None:
    spoil(machine.key_file)
    with pytest.raises(ConfigError, match="id_ed25519"):
        side.folder()


def test_exc_7_a_broken_download_goes_on_where_it_broke(side: Side, machine: Machine) -> None:
    put(machine)
    machine.weather.cut_after, machine.weather.cuts = 4 * PIECE, 2
    assert side.folder().read(NAME, ROOM) == LARGE
    assert machine.weather.cuts == 0
    # Three times from the beginning would be far more.
    assert machine.weather.moved < 1.5 * len(LARGE)


def test_exc_7_a_broken_upload_goes_on_where_it_broke(side: Side, machine: Machine) -> None:
    machine.weather.cut_after, machine.weather.cuts = 4 * PIECE, 2
    side.folder().write(NAME, LARGE)
    assert (machine.root / "there" / NAME.text).read_bytes() == LARGE
    assert machine.weather.moved < 1.5 * len(LARGE)
    assert there(machine) == [NAME.text]


def test_exc_7_an_attempt_that_brings_nothing_is_not_made_again(
    side: Side, machine: Machine
) -> None:
    machine.weather.cut_after = 0
    with pytest.raises(TransportError):
        side.folder().write(NAME, LARGE)
    # The first may have found less than it knew before; the second has not.
    assert machine.weather.connections <= 2


def test_exc_7_a_machine_that_loses_bytes_shows_nothing(side: Side, machine: Machine) -> None:
    machine.weather.loses = 1
    with pytest.raises(TransportError, match="bytes are there"):
        side.folder().write(NAME, LARGE)
    assert [name for name in there(machine) if not name.startswith(".")] == []


def test_exc_7_an_upload_that_broke_off_for_good_is_gone_on_from_by_the_next_run(
    side: Side, machine: Machine
) -> None:
    machine.weather.cut_after = PIECE + PIECE // 2
    with pytest.raises(TransportError):
        side.folder().write(NAME, LARGE)
    (left,) = there(machine)
    assert left.startswith(".")
    machine.weather.cut_after, machine.weather.moved = None, 0
    side.folder().write(NAME, LARGE)
    assert machine.weather.moved < 4 * PIECE
    assert (machine.root / "there" / NAME.text).read_bytes() == LARGE
    assert there(machine) == [NAME.text]


def test_exc_7_a_file_that_is_replaced_between_two_attempts_is_never_a_mixture(
    side: Side, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(machine)
    other = LARGE[::-1][: len(LARGE) - 21] + b"</AEOStatusList>\n"
    machine.weather.cut_after, machine.weather.cuts = 4 * PIECE, 1
    folder = side.folder()
    run = folder._session.run
    runs: list[int] = []

    def run_and_replace(work: Callable[[asyncssh.SFTPClient], object]) -> object:
        if runs:
            path.write_bytes(other)
        runs.append(1)
        return run(work)  # type: ignore[arg-type,unused-ignore] # as it came

    monkeypatch.setattr(folder._session, "run", run_and_replace)
    assert folder.read(NAME, ROOM) == other


def test_exc_7_an_attempt_that_brings_nothing_is_the_last(
    side: Side, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(machine)
    machine.weather.cut_after = 0
    folder = side.folder()
    run = folder._session.run
    runs: list[int] = []

    def run_and_count(work: Callable[[asyncssh.SFTPClient], object]) -> object:
        runs.append(1)
        return run(work)  # type: ignore[arg-type,unused-ignore] # as it came

    monkeypatch.setattr(folder._session, "run", run_and_count)
    with pytest.raises(TransportError):
        folder.read(NAME, ROOM)
    assert len(runs) == 1


def test_exc_7_what_a_machine_takes_and_does_not_keep_is_never_shown(
    side: Side, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def forget(_server: object, _file: object, _offset: int, data: bytes) -> int:
        return len(data)

    monkeypatch.setattr(FaultyServer, "write", forget)
    monkeypatch.setattr(FaultyServer, "fsetstat", lambda *_: None)
    with pytest.raises(TransportError, match=f"0 of {len(LARGE)} bytes are there"):
        side.folder().write(NAME, LARGE)
    assert [name for name in there(machine) if not name.startswith(".")] == []


def test_syn_4_a_machine_that_stalls_ends_at_the_deadline(side: Side, machine: Machine) -> None:
    put(machine)
    machine.weather.stalls = True
    with pytest.raises(TransportError, match=r"took longer than 0\.5 s"):
        side.folder(deadline=timedelta(seconds=0.5)).read(NAME, ROOM)


def test_syn_4_a_machine_that_never_says_a_word_ends_at_the_deadline(
    side: Side, machine: Machine
) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        place = replace(machine.place, address=address)
        with pytest.raises(TransportError, match="took longer than"):
            side.folder(place, timedelta(seconds=0.5)).names(STREAM, FileKind.LIST)


def test_a_machine_that_is_not_there_is_not_reached(side: Side, machine: Machine) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(TransportError, match="sftp 127"):
        side.folder(replace(machine.place, address=address)).names(STREAM, FileKind.LIST)


def test_exc_7_a_full_disk_there_leaves_nothing_to_be_seen(side: Side, machine: Machine) -> None:
    machine.weather.room = 3 * PIECE
    with pytest.raises(TransportError, match="no space left"):
        side.folder().write(NAME, LARGE)
    assert [name for name in there(machine) if not name.startswith(".")] == []
    machine.weather.room = None
    side.folder().write(NAME, LARGE)
    assert there(machine) == [NAME.text]


def test_exc_7_a_link_in_the_place_of_the_temporary_name_is_not_written_through(
    side: Side, machine: Machine
) -> None:
    machine.weather.room = 0
    with pytest.raises(TransportError):
        side.folder().write(NAME, LARGE)
    (temporary,) = there(machine)
    victim = machine.root / "back" / "victim"
    victim.write_bytes(b"precious")
    (machine.root / "there" / temporary).unlink()
    (machine.root / "there" / temporary).symlink_to(victim)
    machine.weather.room = None
    with pytest.raises(TransportError, match="temporary name is taken: a symbolic link"):
        side.folder().write(NAME, LARGE)
    assert victim.read_bytes() == b"precious"
    assert not (machine.root / "there" / NAME.text).exists()


def test_exc_7_a_link_out_of_the_folder_is_not_followed(
    side: Side, machine: Machine, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.xml"
    secret.write_bytes(LARGE)
    (machine.root / "there" / NAME.text).symlink_to(secret)
    assert side.folder().read(NAME, ROOM) is None
    assert side.told == ["a symbolic link"]


def test_exc_7_a_link_that_is_put_in_after_the_look_is_not_read(
    side: Side, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(machine)
    elsewhere = machine.root / "back" / "elsewhere.xml"
    elsewhere.write_bytes(LARGE + b" ")
    opened = asyncssh.SFTPServer.open

    def swap_and_open(self: asyncssh.SFTPServer, *given: object) -> object:
        path.unlink(missing_ok=True)
        path.symlink_to(elsewhere)
        return opened(self, *given)  # type: ignore[arg-type,unused-ignore] # as it came

    monkeypatch.setattr(asyncssh.SFTPServer, "open", swap_and_open)
    assert side.folder().read(NAME, ROOM) is None
    assert side.told == ["replaced while it was opened"]


def test_acc_1_a_file_above_the_limit_is_not_opened(side: Side, machine: Machine) -> None:
    put(machine)
    assert side.folder().read(NAME, len(LARGE) - 1) is None
    assert (side.told, machine.weather.moved) == ([f"more than {len(LARGE) - 1} bytes"], 0)
    assert side.folder().read(NAME, len(LARGE)) == LARGE


def test_acc_1_a_folder_without_end_is_not_read(
    side: Side, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.exchange.xml_feed.sftp_folder.MOST_NAMES", 3)
    for number in range(5):
        (machine.root / "there" / str(number)).touch()
    with pytest.raises(TransportError, match="more than 3 files"):
        side.folder().names(STREAM, FileKind.LIST)


def test_exc_7_without_the_extension_a_rename_never_writes_over_a_file(
    side: Side, machine: Machine
) -> None:
    machine.weather.without_rename = True
    side.folder().write(NAME, LARGE)
    assert there(machine) == [NAME.text]
    put(machine, b"spoilt")
    with pytest.raises(TransportError):
        side.folder().write(NAME, LARGE)
    assert (machine.root / "there" / NAME.text).read_bytes() == b"spoilt"


def test_exc_7_what_lies_there_is_not_written_again(side: Side, machine: Machine) -> None:
    side.folder().write(NAME, LARGE)
    before = (machine.root / "there" / NAME.text).stat().st_ino
    side.folder().write(NAME, LARGE)
    assert (machine.root / "there" / NAME.text).stat().st_ino == before


def test_a_folder_that_is_not_there_is_no_empty_folder(side: Side) -> None:
    with pytest.raises(TransportError, match="no such file"):
        side.folder(path="/nowhere").names(STREAM, FileKind.LIST)


def test_a_name_is_taken_literally(side: Side, machine: Machine) -> None:
    odd = Name(sequence=1, text=f"{STREAM}-1.*.xml")
    put(machine)
    assert side.folder().read(odd, ROOM) is None
    assert side.told == ["no such file"]
