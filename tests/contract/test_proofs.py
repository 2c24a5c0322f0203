from tests.contract.databases import OnPostgres, OnSqlite
from tests.contract.proofs_suite import ProofsSuite


class TestSqlite(OnSqlite, ProofsSuite):
    pass


class TestPostgres(OnPostgres, ProofsSuite):
    pass
