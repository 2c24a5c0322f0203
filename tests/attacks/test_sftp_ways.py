"""Attacks by a machine behind SFTP, or by who stands before it (EXC-7, issue 6)."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from gateway.domain.errors import ConfigError
from gateway.domain.profiles import FeedKind
from gateway.domain.transport_faults import TransportFault
from tests.fakes.besieged import Besieged
from tests.fakes.besieged_folders import Shared
from tests.fakes.besieged_ways import failed, within_bounds
from tests.fakes.sftp_servers import Machine, write_key
from tests.fakes.silent_partners import silent_listener

KINDS = (FeedKind.XML, FeedKind.ASICE)
QUICK = timedelta(seconds=0.5)
WITHHELD, NONE = failed(TransportFault.WITHHELD), "nothing issued"


class Site(Shared):
    """The machine, with head and list 3 in its folder."""

    def __init__(self, ground: Besieged, folder: Path) -> None:
        self.machine = Machine(folder)
        self.machine.host.__enter__()
        super().__init__(ground, self.machine.root, self.machine.place)
        self.offer(self.head, self.document)

    def repel(self, told: str, *faults: TransportFault, patience: timedelta | None = None) -> None:
        """Fetch from it as it is, and then as it should be."""
        before = self.ground.deciding_rows()
        with within_bounds():
            assert self.fetch(patience or timedelta(seconds=20)) == told
        assert self.told == {*faults}
        assert self.ground.deciding_rows() == before
        self.machine.recover()
        self.sftp = self.machine.place
        self.require_taken()

    def close(self) -> None:
        self.machine.host.stop()
        self.machine.close()


@pytest.fixture
def site(ground: Besieged, tmp_path: Path) -> Iterator[Site]:
    made = Site(ground, tmp_path)
    yield made
    made.close()


def test_a_machine_with_another_host_key_learns_nothing(site: Site, tmp_path: Path) -> None:
    other = write_key(tmp_path / "other").export_public_key().decode()
    site.sftp = replace(site.machine.place, host_keys=(other,))
    with within_bounds():
        assert site.fetch() == failed(TransportFault.UNTRUSTED)
    assert site.machine.sessions == 0
    site.repel(failed(TransportFault.UNTRUSTED))


def test_a_machine_that_takes_another_key_than_ours_lets_us_not_in(
    site: Site, tmp_path: Path
) -> None:
    write_key(tmp_path / "stranger")
    site.sftp = replace(site.machine.place, key_file=str(tmp_path / "stranger"))
    site.repel(failed(TransportFault.DENIED))


def test_without_a_key_nobody_is_asked(site: Site, tmp_path: Path) -> None:
    site.sftp = replace(site.machine.place, key_file=str(tmp_path / "none"))
    with pytest.raises(ConfigError, match="cannot be read"):
        site.fetch()
    assert site.machine.sessions == 0
    site.sftp = site.machine.place
    site.require_taken()


def _cut_short(site: Site) -> None:
    site.offer(document=site.document[:-20])


def _linked(site: Site) -> None:
    elsewhere = site.folder / "back" / "elsewhere"
    site.list_path.rename(elsewhere)
    site.list_path.symlink_to(elsewhere)


def _in_the_place_of(site: Site) -> None:
    site.list_path.unlink()
    site.list_path.mkdir()


def _half_written(site: Site) -> None:
    site.list_path.rename(site.inbox / f".{site.list_path.name}.0123456789abcdef.tmp")


def _growing(site: Site) -> None:
    """Somebody writes on while it is read."""

    async def grow(path: str, offset: int, data: bytes) -> bytes:
        if path == site.list_path.name and not offset:
            with site.list_path.open("ab") as file:
                file.write(b"<!-- more -->" * 4000)
        return data

    site.machine.weather.read = grow


def _endless(site: Site) -> None:
    """It states a size, and goes on behind it."""

    async def go_on(path: str, _offset: int, data: bytes) -> bytes:
        return data or b" " * 16_384 if path == site.list_path.name else data

    site.machine.weather.read = go_on


FILES: Mapping[str, tuple[Callable[[Site], None], str, TransportFault | None]] = {
    "cut short": (_cut_short, WITHHELD, TransportFault.NOT_WHOLE),
    "growing while it is read": (_growing, WITHHELD, TransportFault.NOT_WHOLE),
    "without end": (_endless, WITHHELD, TransportFault.OVERSIZED),
    "a link": (_linked, WITHHELD, TransportFault.LINK),
    "a folder": (_in_the_place_of, WITHHELD, TransportFault.NOT_A_FILE),
    "a temporary name": (_half_written, NONE, None),
}


@pytest.mark.parametrize(("put", "told", "fault"), FILES.values(), ids=FILES)
def test_a_hostile_file_is_left_and_changes_nothing(
    site: Site, put: Callable[[Site], None], told: str, fault: TransportFault | None
) -> None:
    put(site)
    site.repel(told, *([fault] if fault else []))


def test_a_machine_that_brings_a_byte_at_a_time_ends_at_the_deadline(site: Site) -> None:
    async def drip(_path: str, _offset: int, data: bytes) -> bytes:
        await asyncio.sleep(0.05)
        return data[:1]

    site.machine.weather.read = drip
    site.repel(failed(TransportFault.TIMEOUT), patience=QUICK)


def test_a_machine_that_never_says_a_word_ends_at_the_deadline(site: Site) -> None:
    with silent_listener() as address:
        site.sftp = replace(site.machine.place, address=address)
        site.repel(failed(TransportFault.TIMEOUT), patience=QUICK)


def test_a_connection_that_is_reset_in_the_middle_brings_no_part_of_a_list(site: Site) -> None:
    site.offer(document=site.document[:-1] + b" " * 100_000 + site.document[-1:])
    site.machine.weather.cut_in = site.list_path.name
    site.repel(failed(TransportFault.TRUNCATED))


def test_thousands_of_foreign_files_hide_no_list(site: Site) -> None:
    for number in range(2_000):
        (site.inbox / f"{number}.xml").touch()
    with within_bounds():
        assert site.fetch() == "applied"
    assert site.told == set()


def test_a_folder_with_more_than_is_looked_at_is_no_empty_folder(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.exchange.xml_feed.sftp_folder.MOST_NAMES", 100)
    for number in range(200):
        (site.inbox / f"{number}.xml").touch()
    site.repel(failed(TransportFault.CROWDED))


TRICKS = (
    "../back/{list}",
    "/there/{list}",
    "./{list}",
    "{list}/",
    "{list}\0",
    "{list}\n",
    "..",
    "{list}/../../../etc/passwd",
    "{wide}",
)


@pytest.mark.parametrize("trick", TRICKS, ids=map(repr, TRICKS))
def test_a_name_with_a_trick_leads_nowhere(site: Site, trick: str) -> None:
    name = site.list_path.name
    told = trick.format(list=name, wide=name.replace("-3.", "-\N{FULLWIDTH DIGIT THREE}."))
    (site.folder / "back" / name).write_bytes(site.document)
    site.list_path.unlink()
    site.machine.weather.names = (site.head_path.name, told)
    site.repel(NONE)
    assert all(Path(each).parent == Path("/there") for each in site.machine.weather.opened)
