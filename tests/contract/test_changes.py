from tests.contract.changes_suite import ChangesSuite
from tests.contract.databases import OnPostgres, OnSqlite


class TestSqlite(OnSqlite, ChangesSuite):
    pass


class TestPostgres(OnPostgres, ChangesSuite):
    pass
