from tests.contract.actors_suite import ActorsSuite, ApprovalsSuite, people
from tests.contract.databases import OnPostgres, OnSqlite

__all__ = ["people"]


class TestActorsOnSqlite(OnSqlite, ActorsSuite):
    pass


class TestActorsOnPostgres(OnPostgres, ActorsSuite):
    pass


class TestApprovalsOnSqlite(OnSqlite, ApprovalsSuite):
    pass


class TestApprovalsOnPostgres(OnPostgres, ApprovalsSuite):
    pass
