"""Bringing a database to this release, and refusing one of another release."""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from msgspec import Struct
from sqlalchemy import Connection, text

from gateway.domain.errors import ConfigError, MissingDatabaseError, SchemaVersionError
from gateway.store.database import Database, make_private_file, open_database, sqlite_file


class Schema(Struct, frozen=True, kw_only=True):
    """One set of tables with migrations of its own."""

    folder: str
    """Of its migrations."""
    version_table: str


REGISTRY = Schema(folder="versions", version_table="alembic_version")
DECISION_LOG = Schema(folder="decision_log", version_table="decision_log_version")

_MIGRATIONS = Path(__file__).parent / "migrations"
_MAGIC = b"SQLite format 3\0"
_LOCK = 0x6D7261
"""Key of the advisory lock on PostgreSQL: any constant that nobody else uses (`mra`)."""


def upgrade(url: str, schema: Schema = REGISTRY) -> None:
    """Create a schema's tables or bring them to this release. May be called twice.

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
        _require_not_ahead(_revision(connection, schema), schema)
        command.upgrade(_config(connection, schema), "head")


def check(url: str, schema: Schema = REGISTRY) -> None:
    """Return if a schema of the database is of this release.

    Raises:
        ConfigError: The URL is no database of ours.
        MissingDatabaseError: It is not there.
        SchemaVersionError: It was made by an older or a newer release.
        DatabaseUnavailableError: It does not answer.
        StoreError: It answers with an error.
    """
    require_made(url)
    with open_database(url) as database:
        require_current(database, schema)


def require_made(url: str) -> None:
    """Return unless this is an SQLite file that is not there: connecting would make an empty one.

    Raises:
        ConfigError: The URL is no database of ours, or the file is of another kind.
        MissingDatabaseError: The file is not there.
    """
    file = sqlite_file(url)
    if file is not None and not file.is_file():
        raise MissingDatabaseError(
            f"there is no database {file}: was it moved, is the path in the settings wrong, "
            "or is it lost?",
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


def require_current(database: Database, schema: Schema = REGISTRY) -> None:
    """Return if the database is of this release.

    Raises:
        SchemaVersionError: It was made by an older or a newer release.
        DatabaseUnavailableError: It does not answer.
        StoreError: It answers with an error.
    """
    with database.read() as connection:
        revision = _revision(connection, schema)
    _require_not_ahead(revision, schema)
    head = _scripts(schema).get_current_head()
    if revision != head:
        raise SchemaVersionError(
            "the database was made by an older release; run `mra db upgrade`",
            context={"database": revision or "empty", "release": head or ""},
        )


def _require_not_ahead(revision: str | None, schema: Schema) -> None:
    known = {script.revision for script in _scripts(schema).walk_revisions()}
    if revision is not None and revision not in known:
        raise SchemaVersionError(
            "the database was made by a newer release; install that release or a newer one",
            context={"database": revision},
        )


def _revision(connection: Connection, schema: Schema) -> str | None:
    options = {"version_table": schema.version_table}
    return MigrationContext.configure(connection, opts=options).get_current_revision()


@cache
def _scripts(schema: Schema) -> ScriptDirectory:
    """Read the migrations once: they do not change while a process lives."""
    return ScriptDirectory(str(_MIGRATIONS), version_locations=[str(_MIGRATIONS / schema.folder)])


def _config(connection: Connection, schema: Schema) -> Config:
    config = Config()
    config.set_main_option("script_location", _escaped(_MIGRATIONS))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", _escaped(_MIGRATIONS / schema.folder))
    config.attributes |= {"connection": connection, "version_table": schema.version_table}
    return config


def _escaped(path: Path) -> str:
    return str(path).replace("%", "%%")
