"""The decision log: what lookups write to, and what replays read."""

from collections.abc import Callable
from importlib.metadata import version
from typing import Final

from gateway.config.settings import Settings
from gateway.domain.errors import StoreError
from gateway.services.decision_recorder import DecisionRecorder, Rule
from gateway.store.decision_log import DecisionTable, open_decision_log

RELEASE: Final = version("mra-gateway")


def open_log(settings: Settings) -> DecisionTable:
    """Open the decision log.

    Raises:
        ConfigError: Its file cannot be made.
        SchemaVersionError: An older or a newer release made it.
        DatabaseUnavailableError: It does not answer.
    """
    return open_decision_log(settings.database.read_url())


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
