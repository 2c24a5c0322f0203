from gateway.store.engines import Store
from gateway.store.leases import require_lease
from tests.contract.databases import OnPostgres, OnSqlite
from tests.contract.leases_suite import SPAN, LeasesSuite, acquired
from tests.contract.synthetic_lists import NOW


class TestSqlite(OnSqlite, LeasesSuite):
    pass


class TestPostgres(OnPostgres, LeasesSuite):
    # On SQLite a write makes every other write wait.
    def test_who_asks_while_a_run_writes_does_not_wait(self, store: Store) -> None:
        lease = acquired(store)
        with store._database.write() as connection:
            require_lease(connection, lease)
            assert store.leases.acquire("XA-XB", "two", NOW + SPAN, SPAN) is None
