"""Bringing a database to this release, and refusing one of another release."""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from gateway.domain.errors import ConfigError, SchemaVersionError
from gateway.store.database import Database, make_private_file, open_database, sqlite_file

_MIGRATIONS = Path(__file__).parent / "migrations"
_MAGIC = b"SQLite format 3\0"
_LOCK = 0x6D7261
"""Key of the advisory lock on PostgreSQL: any constant that nobody else uses (`mra`)."""


def upgrade(url: str) -> None:
    """Create the database's tables or bring them to this release. May be called twice.

    Raises:
        ConfigError: The URL is no database of ours, or its file cannot be made.
        SchemaVersionError: A newer release made the database.
        DatabaseUnavailableError: Nothing was changed.
        StoreError: Nothing was changed.
    """
    file = sqlite_file(url)
    if file is not None:
        make_private_file(file)
        _require_sqlite(file)
    with open_database(url) as database, database.write() as connection:
        if connection.dialect.name == "postgresql":
            # Two processes that start at once: the second finds the work done.
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        _require_not_ahead(_revision(connection))
        command.upgrade(_config(connection), "head")


def check(url: str) -> None:
    """Return if the database is of this release.

    Raises:
        ConfigError: The URL is no database of ours.
        SchemaVersionError: It was made by an older or a newer release, or is not there yet.
        DatabaseUnavailableError: It does not answer.
        StoreError: It answers with an error.
    """
    require_made(url)
    with open_database(url) as database:
        require_current(database)


def require_made(url: str) -> None:
    """Return unless this is an SQLite file that is not there: connecting would make an empty one.

    Raises:
        ConfigError: The URL is no database of ours, or the file is of another kind.
        SchemaVersionError: The file is not there.
    """
    file = sqlite_file(url)
    if file is not None and not file.is_file():
        raise SchemaVersionError(
            f"there is no database {file} yet; run `mra db upgrade`",
            context={"file": str(file)},
        )
    if file is not None:
        _require_sqlite(file)


def _require_sqlite(file: Path) -> None:
    try:
        with file.open("rb") as opened:
            start = opened.read(len(_MAGIC))
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {error.strerror}") from error
    # An empty file is a database without tables.
    if start not in {b"", _MAGIC}:
        raise ConfigError(f"{file} is no SQLite database", context={"file": str(file)})


def require_current(database: Database) -> None:
    """Return if the database is of this release.

    Raises:
        SchemaVersionError: It was made by an older or a newer release.
        DatabaseUnavailableError: It does not answer.
        StoreError: It answers with an error.
    """
    with database.read() as connection:
        revision = _revision(connection)
    _require_not_ahead(revision)
    head = _scripts().get_current_head()
    if revision != head:
        raise SchemaVersionError(
            "the database was made by an older release; run `mra db upgrade`",
            context={"database": revision or "empty", "release": head or ""},
        )


def _require_not_ahead(revision: str | None) -> None:
    known = {script.revision for script in _scripts().walk_revisions()}
    if revision is not None and revision not in known:
        raise SchemaVersionError(
            "the database was made by a newer release; install that release or a newer one",
            context={"database": revision},
        )


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


@cache
def _scripts() -> ScriptDirectory:
    """Read the migrations once: they do not change while a process lives."""
    return ScriptDirectory(str(_MIGRATIONS))


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
