from tests.contract.databases import OnPostgres, OnSqlite
from tests.contract.leases_suite import LeasesSuite


class TestSqlite(OnSqlite, LeasesSuite):
    pass


class TestPostgres(OnPostgres, LeasesSuite):
    pass
