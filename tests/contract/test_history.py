from tests.contract.databases import OnPostgres, OnSqlite
from tests.contract.history_suite import HistorySuite


class TestSqlite(OnSqlite, HistorySuite):
    pass


class TestPostgres(OnPostgres, HistorySuite):
    pass
