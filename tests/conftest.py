"""Databases for all tests, and the closing line that tells what ran on PostgreSQL."""

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import Phase, settings

from gateway.store.engines import Store, open_store
from gateway.store.versioning import upgrade
from tests.fakes.two_gateways import FreshUrls
from tests.postgres_server import PostgresServer, postgres_server
from tests.postgres_tally import PostgresTally

# See tests/fakes/mutations.py. Without explanations: tracing makes all that comes after the first
# failure ten times slower. With the blob: no database of examples is kept.
settings.register_profile(
    "deep",
    deadline=None,
    print_blob=True,
    phases=[phase for phase in Phase if phase is not Phase.explain],
)
# A machine that is busy with something else is no failure; those that measure set a deadline.
settings.register_profile("steady", deadline=None)
settings.load_profile("steady")


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """The server that `MRA_TEST_POSTGRES` names, or one that is started for this run."""
    with postgres_server(os.environ.get("MRA_TEST_POSTGRES")) as server:
        yield server


@pytest.fixture(scope="session")
def postgres_database(postgres: PostgresServer) -> Iterator[str]:
    with postgres.database() as url:
        upgrade(url)
        yield url


@pytest.fixture
def postgres_url(postgres: PostgresServer, postgres_database: str) -> str:
    """A migrated PostgreSQL database with nothing in it.

    Emptied, not made anew: a database costs the server half a second.
    """
    postgres.empty(postgres_database)
    return postgres_database


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("sqlite") / "template.db"
    upgrade(f"sqlite:///{file}")
    return file


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A migrated SQLite database for one test."""
    file = tmp_path / "gateway.db"
    shutil.copyfile(sqlite_template, file)
    return f"sqlite:///{file}"


@pytest.fixture
def store(sqlite_url: str) -> Iterator[Store]:
    """A store on SQLite for tests of what stands above it; contract suites override it."""
    with open_store(sqlite_url, clock=lambda: datetime(2026, 3, 1, 12, tzinfo=UTC)) as opened:
        yield opened


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
)
def fresh_urls(
    request: pytest.FixtureRequest, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[FreshUrls]:
    """Two migrated databases, emptied by each call."""
    if request.param == "sqlite":
        folder = tmp_path_factory.mktemp("fresh")
        yield lambda: (
            _copied(sqlite_template, folder / "1"),
            _copied(sqlite_template, folder / "2"),
        )
        return
    postgres = request.getfixturevalue("postgres")
    with ExitStack() as databases:
        urls = [databases.enter_context(postgres.database()) for _ in range(2)]
        for url in urls:
            upgrade(url)

        def emptied() -> tuple[str, str]:
            for url in urls:
                postgres.empty(url)
            return urls[0], urls[1]

        yield emptied


def _copied(template: Path, file: Path) -> str:
    for old in file.parent.glob(f"{file.name}*"):
        old.unlink()
    shutil.copyfile(template, file)
    return f"sqlite:///{file}"


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(PostgresTally(config))
