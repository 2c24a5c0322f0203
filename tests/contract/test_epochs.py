"""The contract of epochs, on both databases."""

from tests.contract.databases import OnPostgres, OnSqlite
from tests.contract.epochs_suite import EpochsSuite


class TestEpochsOnSqlite(OnSqlite, EpochsSuite):
    pass


class TestEpochsOnPostgres(OnPostgres, EpochsSuite):
    pass
