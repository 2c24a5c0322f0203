from tests.contract.databases import OnPostgres, OnSqlite
from tests.contract.deliveries_suite import DeliveriesSuite


class TestSqlite(OnSqlite, DeliveriesSuite):
    pass


class TestPostgres(OnPostgres, DeliveriesSuite):
    pass
