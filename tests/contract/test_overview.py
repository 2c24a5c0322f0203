from tests.contract.databases import OnPostgres, OnSqlite
from tests.contract.overview_suite import OverviewSuite


class TestSqlite(OnSqlite, OverviewSuite):
    pass


class TestPostgres(OnPostgres, OverviewSuite):
    pass
