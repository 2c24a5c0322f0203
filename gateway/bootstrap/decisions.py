"""The decision log: what lookups write to, and what replays read."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from importlib.metadata import version
from typing import Final

from msgspec import structs

from gateway.config.check_digits import CHECKS
from gateway.config.settings import Settings
from gateway.domain.answers import Answer, Question
from gateway.domain.errors import StoreError
from gateway.domain.logged_decisions import logged
from gateway.domain.parties import Actor
from gateway.domain.snapshot import Snapshot
from gateway.ports.audit import Audit
from gateway.ports.decision_log import ErasedDecisions
from gateway.services.decision_recorder import DecisionRecorder, Rule
from gateway.services.decision_retention import erase_decisions
from gateway.services.past_knowledge import PastKnowledge
from gateway.services.replay import ReplayDesk
from gateway.store.decision_log import DecisionTable, open_decision_log
from gateway.store.engines import Store

RELEASE: Final = version("mra-gateway")


def open_log(settings: Settings) -> DecisionTable:
    """Open the decision log that a gateway has made: a new one would hide that it was moved.

    Raises:
        ConfigError: The URL is no database of ours.
        MissingDatabaseError: It is not there.
        SchemaVersionError: An older or a newer release made it.
        DatabaseUnavailableError: It does not answer.
    """
    return open_decision_log(settings.database.read_url(), makes=False)


@contextmanager
def replay_desk(settings: Settings, store: Store) -> Iterator[tuple[DecisionTable, ReplayDesk]]:
    """Open the decision log, with the desk that decides anew what is in it.

    Raises:
        ConfigError: The URL is no database of ours.
        MissingDatabaseError: It is not there.
        SchemaVersionError: An older or a newer release made it.
        DatabaseUnavailableError: It does not answer.
    """
    past = PastKnowledge(
        past=store.history, profiles=store.profiles, checks=CHECKS, release=RELEASE
    )
    with closing(open_log(settings)) as log:
        yield log, ReplayDesk(log, past)


def log_one(
    settings: Settings,
    caller: str,
    question: Question,
    answer: Answer,
    snapshots: Iterable[Snapshot],
    *,
    tell: Callable[[StoreError], None],
) -> Answer:
    """Log a decision that is given at the keyboard, and return it as it is to be given.

    Args:
        settings: Where it is logged, and what becomes of one that cannot be.
        caller: Who asks.
        question: As asked.
        answer: To it.
        snapshots: That it rests on.
        tell: Told why the answer is given without a reference.

    Raises:
        ConfigError: The file of the log is none.
        StoreError: It cannot be logged and must not be given.
    """
    rule = Rule(settings.lookup.decision_log)
    if rule is Rule.OFF:
        return answer
    try:
        with closing(open_log(settings)) as log:
            log.append([logged(caller, question, answer)], {one.name: one for one in snapshots})
    except StoreError as error:
        if rule is Rule.REQUIRED:
            raise
        tell(error)
        return structs.replace(answer, reference="")
    return answer


def erase_old_decisions(
    settings: Settings, audit: Audit, *, actor: Actor, now: datetime
) -> ErasedDecisions:
    """Erase the decisions whose time is over.

    Raises:
        ConfigError: The file of the log is none.
        MissingDatabaseError: It is not there.
        DatabaseUnavailableError: What was erased until then stays so.
    """
    with closing(open_log(settings)) as log:
        before = now - settings.retention.decisions
        return erase_decisions(log, audit, before, actor=actor, now=now)


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
    url = settings.database.read_url()
    return DecisionRecorder(None if rule is Rule.OFF else open_decision_log(url), rule, tell=tell)
