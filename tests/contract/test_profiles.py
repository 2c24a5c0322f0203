from tests.contract.databases import OnPostgres, OnSqlite
from tests.contract.profiles_suite import CallersSuite, ProfilesSuite, UsageSuite


class TestProfilesOnSqlite(OnSqlite, ProfilesSuite):
    pass


class TestProfilesOnPostgres(OnPostgres, ProfilesSuite):
    pass


class TestCallersOnSqlite(OnSqlite, CallersSuite):
    pass


class TestCallersOnPostgres(OnPostgres, CallersSuite):
    pass


class TestUsageOnSqlite(OnSqlite, UsageSuite):
    pass


class TestUsageOnPostgres(OnPostgres, UsageSuite):
    pass
