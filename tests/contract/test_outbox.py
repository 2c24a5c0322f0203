from tests.contract.databases import OnPostgres, OnSqlite
from tests.contract.outbox_suite import OutboxSuite


class TestSqlite(OnSqlite, OutboxSuite):
    pass


class TestPostgres(OnPostgres, OutboxSuite):
    pass
