from tests.contract.blocks_suite import BlocksSuite
from tests.contract.databases import OnPostgres, OnSqlite


class TestSqlite(OnSqlite, BlocksSuite):
    pass


class TestPostgres(OnPostgres, BlocksSuite):
    pass
