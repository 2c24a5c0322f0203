"""The file of the decision log, taken away from under a process that writes to it."""

import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from gateway.domain.answers import Answer, Question
from gateway.domain.errors import (
    DatabaseUnavailableError,
    DecisionLogFullError,
    SchemaVersionError,
    StoreError,
)
from gateway.domain.parties import Caller, Purpose
from gateway.domain.snapshot import Snapshot
from gateway.ports.decision_log import Wanted
from gateway.services.decision_recorder import DecisionRecorder, Rule
from gateway.store.decision_log import DecisionTable, make_decision_log, open_decision_log
from tests.contract.decision_log_suite import answer, codes
from tests.fakes.known_world import NOW

ROOM = 3
BORDER = Caller(name="border", fingerprint="0" * 64, purposes=(Purpose.LOOKUP,), added_at=NOW)


class Writing:
    """A process that gives decisions, with the file that its log is in."""

    def __init__(self, folder: Path, rule: Rule = Rule.REQUIRED) -> None:
        self.url = f"sqlite:///{folder}/mra.db"
        self.file = folder / "mra.decisions.db"
        self.elsewhere = folder / "elsewhere.db"
        make_decision_log(self.url)
        self.log = open_decision_log(self.url)
        self.told: list[StoreError | None] = []
        self.record = DecisionRecorder(self.log, rule, tell=self.told.append, room=ROOM)

    def give(self, code: str) -> Answer:
        question = Question(code=code)
        return self.record.keep(BORDER, question, answer(question))

    def write(self, code: str) -> bool:
        self.give(code)
        return self.record.flush()

    def written(self) -> list[str]:
        return sorted(codes(self.log.select(Wanted())))


@pytest.fixture
def writing(tmp_path: Path) -> Iterator[Writing]:
    made = Writing(tmp_path)
    assert made.write("ZZ1")
    yield made
    made.log.close()


def read(file: Path) -> list[str]:
    beside = file.with_name("mra.db")
    found = DecisionTable(f"sqlite:///{file}")
    try:
        assert not beside.exists()
        return sorted(codes(found.select(Wanted())))
    finally:
        found.close()


def test_a_log_that_is_moved_away_is_told_once_and_none_is_lost(writing: Writing) -> None:
    writing.file.rename(writing.elsewhere)
    assert [writing.write("ZZ2"), writing.record.flush()] == [False, False]
    (error,) = writing.told
    assert isinstance(error, DatabaseUnavailableError)
    assert str(writing.file) in error.message
    assert "mra db upgrade" in error.message
    # What was written before is in the file that went away, without any file beside it.
    assert read(writing.elsewhere) == ["ZZ1"]
    writing.elsewhere.rename(writing.file)
    assert writing.record.flush()
    assert writing.written() == ["ZZ1", "ZZ2"]
    assert writing.told == [error, None]


def test_in_place_of_a_deleted_log_another_is_taken_up_but_never_made(writing: Writing) -> None:
    writing.file.unlink()
    assert not writing.write("ZZ2")
    assert not writing.record.flush()
    assert not writing.file.exists()
    make_decision_log(writing.url)
    assert writing.record.flush()
    assert writing.written() == ["ZZ2"]
    assert writing.write("ZZ3")
    assert writing.written() == ["ZZ2", "ZZ3"]


def test_a_log_that_is_replaced_is_told_and_the_new_one_taken_up(
    writing: Writing, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    Writing(other).log.close()
    (other / "mra.decisions.db").rename(writing.file)
    assert [writing.write("ZZ2"), writing.record.flush()] == [False, True]
    assert writing.written() == ["ZZ2"]
    assert [error is None for error in writing.told] == [False, True]


def test_what_is_no_log_of_this_release_is_not_taken_up(writing: Writing) -> None:
    writing.file.unlink()
    assert not writing.write("ZZ2")
    writing.file.touch()
    assert not writing.record.flush()
    with pytest.raises(SchemaVersionError):
        writing.log.append(writing.record._batch, {})
    writing.file.write_text("not a database at all")
    with pytest.raises(StoreError, match="no SQLite database"):
        writing.log.append(writing.record._batch, {})


def test_while_the_log_is_away_the_rule_decides(tmp_path: Path) -> None:
    for number, rule in enumerate((Rule.REQUIRED, Rule.BEST_EFFORT)):
        folder = tmp_path / str(number)
        folder.mkdir()
        writing = Writing(folder, rule)
        writing.file.rename(writing.elsewhere)
        for code in ("ZZ1", "ZZ2", "ZZ3"):
            assert not writing.write(code)
        if rule is Rule.REQUIRED:
            with pytest.raises(DecisionLogFullError):
                writing.give("ZZ4")
        else:
            assert writing.give("ZZ4").reference == ""
        writing.elsewhere.rename(writing.file)
        assert writing.record.flush()
        assert writing.written() == ["ZZ1", "ZZ2", "ZZ3"]
        writing.log.close()


def test_a_copy_over_the_log_keeps_its_place(writing: Writing) -> None:
    shutil.copy(writing.file, writing.elsewhere)
    assert writing.write("ZZ2")
    assert writing.told == []


def put_in_place_with_unwritten_pages(writing: Writing, folder: Path) -> None:
    """Put another log in its place, the last decision of which is only in the file beside it."""
    other = Writing(folder)
    other.write("ZZ7")
    for end in ("", "-wal", "-shm"):
        shutil.copy(f"{other.file}{end}", f"{folder / 'copy.db'}{end}")
        (folder / f"copy.db{end}").rename(f"{writing.file}{end}")
    other.log.close()


def test_leaving_a_log_keeps_what_lies_beside_the_one_in_its_place(
    writing: Writing, tmp_path: Path
) -> None:
    for end in ("", "-wal", "-shm"):
        Path(f"{writing.file}{end}").rename(f"{writing.elsewhere}{end}")
    (tmp_path / "other").mkdir()
    put_in_place_with_unwritten_pages(writing, tmp_path / "other")
    beside = Path(f"{writing.file}-wal")
    before = beside.read_bytes()
    assert not writing.write("ZZ2")
    assert beside.read_bytes() == before != b""
    assert writing.record.flush()
    assert writing.written() == ["ZZ2", "ZZ7"]


def test_a_log_that_was_not_opened_yet_is_not_settled_in_its_place(
    writing: Writing, tmp_path: Path
) -> None:
    writing.log.close()
    for end in ("", "-wal", "-shm"):
        Path(f"{writing.file}{end}").unlink(missing_ok=True)
    (tmp_path / "other").mkdir()
    put_in_place_with_unwritten_pages(writing, tmp_path / "other")
    beside = Path(f"{writing.file}-wal")
    before = beside.read_bytes()
    assert not writing.write("ZZ2")
    assert beside.read_bytes() == before != b""


def test_a_statement_that_fails_on_a_file_that_was_moved_tells_the_move(
    writing: Writing,
) -> None:
    class MovedWhileWritten(Mapping[str, Snapshot]):
        """Snapshots that are asked for within the transaction."""

        def __iter__(self) -> Iterator[str]:
            writing.file.rename(writing.elsewhere)
            raise sqlite3.DatabaseError("database disk image is malformed")

        def __len__(self) -> int:
            return 1

        def __getitem__(self, name: str) -> Snapshot:
            raise KeyError(name)

    with pytest.raises(DatabaseUnavailableError, match="moved or replaced"):
        writing.log.append([], MovedWhileWritten())
