"""Indexes that searches leave behind for the next ones, in real files."""

import os
import stat
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gateway.domain.errors import MachineError
from gateway.ports.search import Findable
from gateway.services.search_words import latin_of
from gateway.store.search_file import SearchFile
from gateway.store.search_shelf import LEFT_BEHIND, SearchShelf

HELD = Findable(operator_id="XB01", names=("Northwind Ceramics Ltd",))
GROUPS = [["nor", "ort", "rth"]]


@pytest.fixture
def shelf(tmp_path: Path) -> SearchShelf:
    return SearchShelf(tmp_path / "mra.db", latin_of, "1.0")


def build(shelf: SearchShelf, state: str = "list 1") -> SearchFile:
    index = shelf.make()
    index.add("XA-XB", [HELD])
    index.finish(state)
    return index


def kept(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


def test_what_one_process_has_built_another_searches(shelf: SearchShelf, tmp_path: Path) -> None:
    built = build(shelf)
    found = shelf.find("list 1")
    assert found is not None
    assert found.candidates(GROUPS, None, 5) == built.candidates(GROUPS, None, 5)
    assert found.candidates(GROUPS, "XA-XB", 5)[1][0].findable == HELD
    assert found.candidates(GROUPS, "XA-XC", 5) == ("list 1", ())
    (file,) = kept(tmp_path)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.name.startswith("mra.search-")


def test_other_lists_or_another_release_find_nothing(shelf: SearchShelf, tmp_path: Path) -> None:
    build(shelf)
    assert shelf.find("list 2") is None
    assert SearchShelf(tmp_path / "mra.db", latin_of, "1.1").find("list 1") is None


def test_only_the_newest_is_kept_and_whoever_searches_the_old_one_goes_on(
    shelf: SearchShelf, tmp_path: Path
) -> None:
    build(shelf)
    old = shelf.find("list 1")
    build(shelf, "list 2")
    assert len(kept(tmp_path)) == 1
    assert shelf.find("list 1") is None
    assert shelf.find("list 2") is not None
    assert old is not None
    assert old.candidates(GROUPS, None, 5)[1][0].findable == HELD


def test_what_is_kept_is_never_changed(shelf: SearchShelf) -> None:
    build(shelf)
    found = shelf.find("list 1")
    assert found is not None
    with pytest.raises(MachineError):
        found.change("XA-XB", ["XB01"], [HELD], "list 2")
    again = shelf.find("list 1")
    assert again is not None


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:100])


def exchange_names(file: Path) -> None:
    other = SearchShelf(file.parent / "other.db", latin_of, "1.0")
    build(other, "list 2")
    (of_other,) = file.parent.glob("other.search-*.db")
    of_other.replace(file)


BROKEN = {
    "empty": lambda file: file.write_bytes(b""),
    "no database": lambda file: file.write_bytes(b"x" * 9000),
    "cut off": cut,
    "of other lists": exchange_names,
}


@pytest.mark.parametrize("break_it", BROKEN.values(), ids=BROKEN)
def test_what_cannot_be_read_is_built_anew(
    shelf: SearchShelf, tmp_path: Path, break_it: Callable[[Path], object]
) -> None:
    build(shelf)
    (file,) = kept(tmp_path)
    break_it(file)
    assert shelf.find("list 1") is None
    build(shelf)
    assert shelf.find("list 1") is not None


def test_several_at_once_leave_one_whole_file(shelf: SearchShelf, tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: build(shelf), range(12)))
    assert len(kept(tmp_path)) == 1
    assert shelf.find("list 1") is not None


def test_what_a_killed_process_left_is_taken_away_after_an_hour(
    shelf: SearchShelf, tmp_path: Path
) -> None:
    at_work, left = tmp_path / "mra.search-a.part", tmp_path / "mra.search-b.part"
    for file in (at_work, left):
        file.touch()
    long_ago = time.time() - LEFT_BEHIND - 1
    os.utime(left, (long_ago, long_ago))
    build(shelf)
    assert at_work.exists()
    assert not left.exists()


def test_without_a_place_for_it_an_index_is_searched_and_not_kept(tmp_path: Path) -> None:
    shelf = SearchShelf(tmp_path / "gone" / "mra.db", latin_of, "1.0")
    index = build(shelf)
    assert index.candidates(GROUPS, None, 5)[1][0].findable == HELD
    assert shelf.find("list 1") is None
