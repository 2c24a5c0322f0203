"""Engines, transactions, and the library's errors in the gateway's words."""

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text

from gateway.domain.errors import (
    ConfigError,
    ConflictError,
    DatabaseUnavailableError,
    StoreError,
)
from gateway.store.database import open_database
from gateway.store.schema_leases import leases
from gateway.store.versioning import check
from tests.contract.synthetic_lists import NOW

BAD_URLS = {
    "no database": "",
    "no URL": "gateway.db",
    "in memory": "sqlite://",
    "in memory, by name": "sqlite:///:memory:",
    "another database": "mysql://localhost/mra",
    "another driver": "postgresql+psycopg2://localhost/mra",
}
ROW = {"subject": "x", "holder": "y", "token": 1, "expires_at": NOW}


@pytest.mark.parametrize("url", BAD_URLS.values(), ids=BAD_URLS)
def test_a_url_that_is_no_database_of_ours_is_refused(url: str) -> None:
    with pytest.raises(ConfigError):
        open_database(url)


def test_a_refused_url_does_not_show_its_password() -> None:
    with pytest.raises(ConfigError) as refusal:
        open_database("mysql://mra:secret-word@localhost/mra")
    assert "secret-word" not in str(refusal.value)


def test_sqlite_writes_ahead_and_keeps_foreign_keys(sqlite_url: str) -> None:
    with open_database(sqlite_url) as database, database.write() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"
        assert connection.execute(text("PRAGMA foreign_keys")).scalar_one() == 1
        assert connection.execute(text("PRAGMA synchronous")).scalar_one() == 2


def test_an_error_rolls_the_whole_block_back(sqlite_url: str) -> None:
    with open_database(sqlite_url) as database:
        with pytest.raises(ConflictError), database.write() as connection:
            connection.execute(insert(leases), [ROW, ROW])
        with database.read() as connection:
            assert connection.execute(select(leases.c.subject)).all() == []


@pytest.mark.postgres
def test_a_reading_transaction_cannot_write_on_postgresql(postgres_url: str) -> None:
    with open_database(postgres_url) as database, pytest.raises(StoreError):  # noqa: SIM117 - the error comes out of `read`
        with database.read() as connection:
            connection.execute(insert(leases).values(ROW))


def test_a_reading_transaction_cannot_write_on_sqlite(sqlite_url: str) -> None:
    with open_database(sqlite_url) as database, pytest.raises(StoreError):  # noqa: SIM117 - the error comes out of `read`
        with database.read() as connection:
            connection.execute(insert(leases).values(ROW))


def test_a_row_that_is_there_already_is_a_conflict(sqlite_url: str) -> None:
    with open_database(sqlite_url) as database:
        with database.write() as connection:
            connection.execute(insert(leases).values(ROW))
        with pytest.raises(ConflictError), database.write() as connection:
            connection.execute(insert(leases).values(ROW))


def test_a_statement_that_the_database_refuses_is_told_without_its_data(sqlite_url: str) -> None:
    with open_database(sqlite_url) as database, pytest.raises(StoreError) as refusal:  # noqa: SIM117 - the error comes out of `read`
        with database.read() as connection:
            connection.execute(text("SELECT something FROM nowhere WHERE x = :x"), {"x": "secret"})
    assert not isinstance(refusal.value, DatabaseUnavailableError)
    assert "nowhere" in str(refusal.value)
    assert "secret" not in str(refusal.value)


def test_a_database_that_is_locked_for_too_long_is_unavailable(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.store.database.BUSY_TIMEOUT_SECONDS", 0.05)
    rival = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    rival.execute("BEGIN IMMEDIATE")
    try:
        with (
            open_database(sqlite_url) as database,
            pytest.raises(DatabaseUnavailableError, match="locked"),
            database.write(),
        ):
            pass
    finally:
        rival.close()


def test_a_server_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnavailableError):
        check(f"postgresql+psycopg://mra@/mra?host={tmp_path}")


def test_readers_are_not_kept_waiting_by_a_writer(sqlite_url: str) -> None:
    with open_database(sqlite_url) as database, database.write() as writer:
        writer.execute(insert(leases).values(ROW))
        with database.read() as reader:
            assert reader.execute(select(leases.c.subject)).all() == []
