import sqlite3
from pathlib import Path

from tests.fakes.command_line import CommandLine


def test_database_that_fits_is_told(mra: CommandLine) -> None:
    assert mra("db", "check").code == 0
    assert mra("db", "check", "--json").data == {"fits": True}


def test_upgrade_may_be_repeated(mra: CommandLine) -> None:
    assert mra("db", "upgrade").code == 0
    assert mra("db", "upgrade").code == 0


def test_missing_database_is_refused_and_not_made(mra: CommandLine) -> None:
    (mra.folder / "mra.db").unlink()
    for command in (["db", "check"], ["partner", "list"], ["serve"], ["lookup", "XB0000000001"]):
        ended = mra(*command)
        assert ended.code == 69
        assert "mra db upgrade" in ended.err
    assert not (mra.folder / "mra.db").exists()
    assert mra("db", "upgrade").code == 0
    assert mra("partner", "list").code == 0


def set_revision(file: Path, revision: str | None) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute("DELETE FROM alembic_version")
        if revision is not None:
            connection.execute("INSERT INTO alembic_version VALUES (?)", (revision,))
    connection.close()


def test_database_of_a_newer_release_is_refused_and_left_alone(mra: CommandLine) -> None:
    set_revision(mra.folder / "mra.db", "9999")
    before = (mra.folder / "mra.db").read_bytes()
    for command in (["db", "check"], ["partner", "list"], ["db", "upgrade"]):
        ended = mra(*command)
        assert ended.code == 69
        assert "newer release" in ended.err
    assert (mra.folder / "mra.db").read_bytes() == before


def test_file_that_is_no_database_is_named_and_left_alone(mra: CommandLine) -> None:
    (mra.folder / "mra.db").write_text("precious notes")
    for command in (["partner", "list"], ["db", "check"], ["db", "upgrade"]):
        ended = mra(*command)
        assert ended.code == 78
        assert f"{mra.folder}/mra.db is no SQLite database" in ended.err
    assert (mra.folder / "mra.db").read_text() == "precious notes"
