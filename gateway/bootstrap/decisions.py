"""The decision log: what lookups write to, and what replays read."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from typing import Final

from gateway.bootstrap.checks import CHECKS
from gateway.config.settings import Settings
from gateway.domain.errors import StoreError
from gateway.services.decision_recorder import DecisionRecorder, Rule
from gateway.services.past_knowledge import PastKnowledge
from gateway.services.replay import ReplayDesk
from gateway.store.decision_log import DecisionTable, open_decision_log
from gateway.store.engines import Store

RELEASE: Final = version("mra-gateway")


def open_log(settings: Settings) -> DecisionTable:
    """Open the decision log.

    Raises:
        ConfigError: Its file cannot be made.
        SchemaVersionError: An older or a newer release made it.
        DatabaseUnavailableError: It does not answer.
    """
    return open_decision_log(settings.database.read_url())


@contextmanager
def replay_desk(settings: Settings, store: Store) -> Iterator[tuple[DecisionTable, ReplayDesk]]:
    """Open the decision log, with the desk that decides anew what is in it.

    Raises:
        ConfigError: Its file cannot be made.
        SchemaVersionError: An older or a newer release made it.
        DatabaseUnavailableError: It does not answer.
    """
    past = PastKnowledge(
        past=store.history, profiles=store.profiles, checks=CHECKS, release=RELEASE
    )
    log = open_log(settings)
    try:
        yield log, ReplayDesk(log, past)
    finally:
        log.close()


def make_recorder(
    settings: Settings, tell: Callable[[StoreError | None], None]
) -> DecisionRecorder:
    """Make what keeps the decisions of one process; not started yet.

    Args:
        settings: Where they are kept, and what becomes of those that cannot be.
        tell: Told when batches begin to fail, and (None) when they are written again.

    Raises:
        ConfigError: The file of the log cannot be made.
        SchemaVersionError: An older or a newer release made it.
        DatabaseUnavailableError: It does not answer.
    """
    rule = Rule(settings.lookup.decision_log)
    return DecisionRecorder(None if rule is Rule.OFF else open_log(settings), rule, tell=tell)
