"""On which databases the suites of the store run: each as a class to inherit from."""

from collections.abc import Iterator
from datetime import datetime

import pytest

from gateway.store.engines import Store, open_store
from tests.contract.synthetic_lists import NOW
from tests.postgres_server import PostgresServer


def clock() -> datetime:
    return NOW


class OnDatabase:
    """What both have: a store on a database of its own for each test."""

    @pytest.fixture
    def database_url(self) -> str:
        raise NotImplementedError

    @pytest.fixture
    def store(self, database_url: str) -> Iterator[Store]:
        with open_store(database_url, clock=clock) as opened:
            yield opened


class OnSqlite(OnDatabase):
    @pytest.fixture
    def database_url(self, sqlite_url: str, request: pytest.FixtureRequest) -> str:
        request.node.user_properties.append(("contract on", "sqlite"))
        return sqlite_url


@pytest.mark.postgres
class OnPostgres(OnDatabase):
    @pytest.fixture
    def database_url(
        self, postgres: PostgresServer, postgres_url: str, request: pytest.FixtureRequest
    ) -> str:
        request.node.user_properties += [
            ("contract on", "postgres"),
            ("postgres version", postgres.version),
        ]
        return postgres_url
