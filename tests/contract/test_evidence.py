from tests.contract.databases import OnPostgres, OnSqlite
from tests.contract.evidence_suite import EvidenceSuite


class TestSqlite(OnSqlite, EvidenceSuite):
    pass


class TestPostgres(OnPostgres, EvidenceSuite):
    pass
