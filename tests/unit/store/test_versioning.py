"""One release, one schema: made by migrations, equal to the metadata, refused otherwise."""

import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import MetaData, text

from gateway.domain.errors import ConfigError, MissingDatabaseError, SchemaVersionError
from gateway.store.database import Database, open_database
from gateway.store.decision_log import log_url, make_decision_log, open_decision_log
from gateway.store.engines import open_store
from gateway.store.schema import metadata
from gateway.store.schema_decisions import metadata as decision_log
from gateway.store.versioning import DECISION_LOG, REGISTRY, check, upgrade
from tests.postgres_server import PostgresServer

MOMENT = datetime(2026, 3, 1, tzinfo=UTC)


def require_equal_to_metadata(database: Database, tables: MetaData, others: MetaData) -> None:
    foreign = {*others.tables, DECISION_LOG.version_table, REGISTRY.version_table}
    with database.read() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "compare_server_default": True,
                "include_name": lambda name, kind, _: kind != "table" or name not in foreign,
            },
        )
        assert compare_metadata(context, tables) == []


def rewrite_revision(url: str, revision: str) -> None:
    with open_database(url) as database, database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :r"), {"r": revision})


def test_the_migrated_schema_is_the_metadata_on_sqlite(sqlite_url: str) -> None:
    with open_database(sqlite_url) as database:
        require_equal_to_metadata(database, metadata, decision_log)
    make_decision_log(sqlite_url)
    with open_database(log_url(sqlite_url)) as database:
        require_equal_to_metadata(database, decision_log, metadata)


@pytest.mark.postgres
def test_the_migrated_schema_is_the_metadata_on_postgresql(postgres_url: str) -> None:
    make_decision_log(postgres_url)
    with open_database(postgres_url) as database:
        require_equal_to_metadata(database, metadata, decision_log)
        require_equal_to_metadata(database, decision_log, metadata)


def test_a_decision_log_that_is_not_there_is_made_and_one_of_a_newer_release_refused(
    sqlite_url: str, tmp_path: Path
) -> None:
    open_decision_log(sqlite_url).close()
    file = tmp_path / "gateway.decisions.db"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    open_decision_log(sqlite_url).close()
    with open_database(log_url(sqlite_url)) as database, database.write() as connection:
        connection.execute(text("UPDATE decision_log_version SET version_num = 'd9999'"))
    with pytest.raises(SchemaVersionError, match="newer release"):
        open_decision_log(sqlite_url)


def test_a_decision_log_that_is_gone_is_made_anew_only_for_a_gateway_that_starts(
    sqlite_url: str, tmp_path: Path
) -> None:
    with pytest.raises(MissingDatabaseError, match=r"gateway\.decisions\.db"):
        open_decision_log(sqlite_url, makes=False)
    assert not (tmp_path / "gateway.decisions.db").exists()


def test_upgrading_twice_changes_nothing(sqlite_url: str) -> None:
    upgrade(sqlite_url)
    check(sqlite_url)


@pytest.mark.postgres
def test_an_empty_postgresql_database_is_refused_until_upgraded(postgres: PostgresServer) -> None:
    with postgres.database() as url:
        with pytest.raises(SchemaVersionError, match="mra db upgrade"):
            check(url)
        upgrade(url)
        upgrade(url)
        check(url)


def test_a_database_that_is_not_there_is_refused_and_not_made(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'gateway.db'}"
    with pytest.raises(MissingDatabaseError, match="was it moved"):
        check(url)
    with pytest.raises(MissingDatabaseError, match="was it moved"):
        open_store(url, clock=lambda: MOMENT)
    assert list(tmp_path.iterdir()) == []


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "gateway.db").touch()
    with pytest.raises(SchemaVersionError, match="mra db upgrade"):
        check(f"sqlite:///{tmp_path / 'gateway.db'}")


def test_a_database_of_a_newer_release_is_refused(sqlite_url: str) -> None:
    rewrite_revision(sqlite_url, "9999")
    with pytest.raises(SchemaVersionError, match="newer release"):
        check(sqlite_url)
    with pytest.raises(SchemaVersionError, match="newer release"):
        open_store(sqlite_url, clock=lambda: MOMENT)
    with pytest.raises(SchemaVersionError, match="newer release"):
        upgrade(sqlite_url)


def test_only_the_owner_may_read_the_file_and_those_beside_it(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'gateway.db'}"
    upgrade(url)
    with open_store(url, clock=lambda: MOMENT) as store:
        store.registry.version()
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}
    assert modes["gateway.db"] == 0o600
    assert set(modes.values()) == {0o600}


def test_a_file_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"missing/gateway\.db"):
        upgrade(f"sqlite:///{tmp_path}/missing/gateway.db")


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "gateway.db"
    file.write_text("id,name\n" * 200)
    with pytest.raises(ConfigError, match="is no SQLite database"):
        check(f"sqlite:///{file}")
