"""Deciding again what was decided: the same question, on the same knowledge, at the same moment."""

from collections.abc import Iterable, Iterator
from typing import Final

from msgspec import Struct

from gateway.domain.answers import Answer
from gateway.domain.errors import NotFoundError
from gateway.domain.knowledge import Knowledge, gather
from gateway.domain.logged_decisions import LoggedDecision, answer_digest
from gateway.domain.recognition import recognise
from gateway.ports.decision_log import DecisionLog, Numbered
from gateway.services.past_knowledge import PastKnowledge

_KEPT: Final = 4
"""Knowledges of the past that are held for the next decision."""


class Difference(Struct, frozen=True):
    """A fact that comes out differently."""

    fact: str
    logged: object
    now: object


class Replayed(Struct, frozen=True, kw_only=True):
    """What came out."""

    decision: LoggedDecision
    answer: Answer
    is_equal: bool
    """The answer is the same bit for bit."""
    differences: tuple[Difference, ...]
    """None although it is not equal: only words differ, such as those of another release."""
    release: str
    """That decided."""


class ReplayDesk:
    """Decides logged decisions again. For one thread."""

    def __init__(self, log: DecisionLog, past: PastKnowledge) -> None:
        self._log = log
        self._past = past
        self._known: dict[str, tuple[Knowledge, str]] = {}

    def find(self, reference: str) -> list[Numbered]:
        """Return the decisions with a reference, oldest first.

        Raises:
            NotFoundError: There is none.
            DatabaseUnavailableError: The log does not answer.
        """
        found = list(self._log.find(reference))
        if not found:
            message = f"no decision {reference!r} is in the log"
            raise NotFoundError(message, context={"reference": reference})
        return found

    def replay(self, decision: LoggedDecision, *, whole_lists: bool = False) -> Replayed:
        """Decide once more.

        Args:
            decision: As it was logged.
            whole_lists: Read each list of then once, for many questions; else what is asked for.

        Raises:
            NotFoundError: What it rested on is not in the log.
            StoreError: A profile or list that it rested on is not in this database.
            DatabaseUnavailableError: The database does not answer.
        """
        knowledge, release = self._knowledge(decision, whole_lists=whole_lists)
        answer = recognise(decision.question, knowledge=knowledge, known_at=decision.known_at)
        return Replayed(
            decision=decision,
            answer=answer,
            is_equal=answer_digest(answer) == decision.digest,
            differences=tuple(_differences(decision, answer)),
            release=release,
        )

    def replay_all(self, decisions: Iterable[LoggedDecision]) -> Iterator[Replayed]:
        """Decide many once more, ordered by what they rested on.

        Raises:
            As `replay`.
        """
        for decision in sorted(decisions, key=lambda one: one.snapshot or ""):
            yield self.replay(decision, whole_lists=True)

    def _knowledge(self, decision: LoggedDecision, *, whole_lists: bool) -> tuple[Knowledge, str]:
        if decision.snapshot is None:
            # Test codes: what is known of them is made up, and always the same.
            return gather((), {}, checks=self._past.checks), ""
        name = decision.snapshot
        kept = self._known.get(name)
        if kept is not None:
            return kept
        snapshot = self._log.find_snapshot(name)
        if snapshot is None:
            raise NotFoundError(
                f"snapshot {name!r} of decision {decision.reference} is not in the log"
            )
        if len(self._known) >= _KEPT:
            self._known.clear()
        known = self._past.of(snapshot, whole_lists=whole_lists)
        self._known[name] = known, snapshot.release
        return self._known[name]


def _differences(decision: LoggedDecision, answer: Answer) -> Iterator[Difference]:
    for fact, now in (
        ("reference", answer.reference),
        ("verdict", answer.verdict),
        ("reason", answer.reason),
        ("agreement", answer.agreement),
        ("operator_id", answer.operator_id),
        ("sequence", answer.freshness.sequence),
        ("list_digest", answer.freshness.list_digest),
        ("rule_version", answer.rule_version),
    ):
        logged = getattr(decision, fact)
        if logged != now:
            yield Difference(fact, logged, now)
