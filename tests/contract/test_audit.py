from tests.contract.audit_suite import AuditSuite
from tests.contract.databases import OnPostgres, OnSqlite


class TestSqlite(OnSqlite, AuditSuite):
    pass


class TestPostgres(OnPostgres, AuditSuite):
    pass
