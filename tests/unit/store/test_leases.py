"""Leases where the databases differ; what both do is in `tests/contract/leases_suite.py`."""

import pytest

from gateway.store.engines import open_store
from gateway.store.leases import require_lease
from tests.contract.databases import clock
from tests.contract.leases_suite import SPAN, acquired
from tests.contract.synthetic_lists import NOW


# On SQLite a write makes every other write wait.
@pytest.mark.postgres
def test_on_postgresql_who_asks_while_a_run_writes_does_not_wait(postgres_url: str) -> None:
    with open_store(postgres_url, clock=clock) as store:
        lease = acquired(store)
        with store._database.write() as connection:
            require_lease(connection, lease)
            assert store.leases.acquire("XA-XB", "two", NOW + SPAN, SPAN) is None
