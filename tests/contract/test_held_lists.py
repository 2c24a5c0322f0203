from tests.contract.databases import OnPostgres, OnSqlite
from tests.contract.held_lists_suite import HeldListsSuite


class TestSqlite(OnSqlite, HeldListsSuite):
    pass


class TestPostgres(OnPostgres, HeldListsSuite):
    pass
