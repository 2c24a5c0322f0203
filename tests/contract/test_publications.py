from tests.contract.databases import OnPostgres, OnSqlite
from tests.contract.home_programme_suite import HomeProgrammeSuite
from tests.contract.publications_suite import PublicationsSuite


class TestPublicationsOnSqlite(OnSqlite, PublicationsSuite):
    pass


class TestPublicationsOnPostgres(OnPostgres, PublicationsSuite):
    pass


class TestHomeProgrammeOnSqlite(OnSqlite, HomeProgrammeSuite):
    pass


class TestHomeProgrammeOnPostgres(OnPostgres, HomeProgrammeSuite):
    pass
