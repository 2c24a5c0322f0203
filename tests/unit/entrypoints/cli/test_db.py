import json
import sqlite3
from datetime import datetime, timedelta
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
        assert f"there is no database {mra.folder}/mra.db: was it moved" in ended.err
        told = " ".join(ended.err.split())
        assert told.index("Put it back") < told.index("first installation") < told.index("upgrade")
        assert "release" not in told
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


def test_after_a_restore_nothing_is_issued_until_the_partner_was_heard(mra: CommandLine) -> None:
    mra("operator", "import", "operators.csv")
    mra("partner", "apply", "partners/XA-XB")
    mra("publish")
    assert mra("db", "restored", "--json").data == {"waiting_for": ["XB"]}
    assert "no list goes out before XB was heard" in mra("doctor").out
    refused = mra("publish", "--always")
    assert refused.code == 75
    assert "PARTNER_UNHEARD" in refused.err
    assert "not before XB was heard" in mra("publish", "--preview", "--always").err
    assert mra("publish", "--unheard").code == 64
    released = mra("publish", "XB", "--always", "--unheard")
    assert (released.code, "DELTA list 2" in released.err) == (0, True)


def test_bodies_of_old_lists_are_shown_first_and_erased_when_asked(mra: CommandLine) -> None:
    assert "no list is old enough" in mra("db", "retain").err
    assert mra("db", "retain", "--erase", "--json").data == []


def test_old_lists_are_told_with_what_they_take(mra: CommandLine) -> None:
    mra("operator", "import", "operators.csv")
    mra("partner", "apply", "partners/XA-XB")
    mra("publish")
    mra("publish", "--full")
    old = Path("mra.toml").read_text().replace('lists = "90d"', 'lists = "1d"')
    Path("mra.toml").write_text(old)
    _age_lists(mra.folder / "mra.db")
    assert "1 list would be erased" in mra("db", "retain").err
    (shown,) = _list(mra("db", "retain", "--erase", "--json").data)
    assert (shown["stream"], shown["sequences"]) == ("XA-XB-XA-XB-production-1", [1])
    assert "no list is old enough" in mra("db", "retain").err


def _age_lists(file: Path) -> None:
    """Make what was issued a minute ago two days older, past the gateway."""
    with sqlite3.connect(file) as connection:
        for sequence, header in connection.execute("SELECT sequence, header FROM publications"):
            read = json.loads(header)
            moment = datetime.fromisoformat(read["issuedAt"]) - timedelta(days=2)
            read["issuedAt"] = moment.isoformat()
            connection.execute(
                "UPDATE publications SET header = ? WHERE sequence = ?",
                (json.dumps(read), sequence),
            )


def _list(data: object) -> list[dict[str, object]]:
    assert isinstance(data, list)
    return data
