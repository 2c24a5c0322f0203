from tests.contract.databases import OnPostgres, OnSqlite
from tests.contract.interruption_suite import InterruptionSuite
from tests.contract.registry_suite import RacesSuite, RegistrySuite, SeenListsSuite


class TestSqlite(OnSqlite, RegistrySuite, SeenListsSuite, RacesSuite, InterruptionSuite):
    pass


class TestPostgres(OnPostgres, RegistrySuite, SeenListsSuite, RacesSuite, InterruptionSuite):
    pass
