from tests.contract.databases import OnPostgres, OnSqlite
from tests.contract.decision_log_suite import DecisionLogSuite


class TestSqlite(OnSqlite, DecisionLogSuite):
    pass


class TestPostgres(OnPostgres, DecisionLogSuite):
    pass
