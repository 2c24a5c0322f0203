from tests.contract.audit_heads_suite import AuditHeadsSuite
from tests.contract.databases import OnPostgres, OnSqlite


class TestSqlite(OnSqlite, AuditHeadsSuite):
    pass


class TestPostgres(OnPostgres, AuditHeadsSuite):
    pass
