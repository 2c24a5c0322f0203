"""One question on its way up the ladder, and how a rung answers.

A rung returns its evidence as a sentence, or a `Stop` with the reason. It writes into the case
what later rungs and the answer need, and never looks further down the ladder.
"""

from datetime import datetime

from msgspec import Struct

from gateway.domain.agreements import Agreement, Rules
from gateway.domain.answers import AnswerReason, Freshness, FreshnessClass, MatchKind, Question
from gateway.domain.identifiers import declared_forms
from gateway.domain.knowledge import HeldOperator, Knowledge
from gateway.domain.operators import Authorisation
from gateway.domain.spans import Span, in_words, span_of


class Stop(Struct, frozen=True):
    """The ladder ends here."""

    reason: AnswerReason
    sentence: str
    hints: tuple[str, ...] = ()


Outcome = str | Stop

_MISSING = Freshness(condition=FreshnessClass.MISSING)


class Case:
    """One question on its way up the ladder, with what was found so far."""

    __slots__ = (
        "_spans",
        "agreement",
        "authorisation",
        "code",
        "date",
        "forms",
        "freshness",
        "held",
        "knowledge",
        "known_at",
        "match",
        "question",
        "remarks",
        "rules",
        "span",
    )

    def __init__(self, question: Question, knowledge: Knowledge, known_at: datetime) -> None:
        self.question = question
        self.knowledge = knowledge
        self.known_at = known_at
        self.forms = declared_forms(question.code)
        self.agreement: Agreement | None = None
        self.span: Span | None = None
        self.rules: Rules | None = None
        self.freshness = _MISSING
        self.code: str | None = None
        self.held: HeldOperator | None = None
        self.match: MatchKind | None = None
        self.authorisation: Authorisation | None = None
        self.remarks: list[str] = []
        # At once, so that a time without offset is refused whatever the code is.
        whole = span_of(question.on, now=known_at, time_zone="UTC")
        self._spans = {"UTC": whole}
        self.date = in_words(whole.start if whole.end is None else question.on or known_at)

    def judge_under(self, agreement: Agreement) -> None:
        """Take an agreement, with its span and the freshness of its list."""
        self.agreement = agreement
        self.span = self.span_under(agreement)
        self.rules = rules_over(agreement, self.span)
        age = self.knowledge.ages.get(agreement.id)
        self.freshness = _MISSING if age is None else age.at(self.known_at)

    def span_under(self, agreement: Agreement) -> Span:
        """Return the time asked about, in an agreement's time zone."""
        zone = agreement.time_zone
        if zone not in self._spans:
            self._spans[zone] = span_of(self.question.on, now=self.known_at, time_zone=zone)
        return self._spans[zone]


def rules_over(agreement: Agreement, span: Span) -> Rules | None:
    """Return the rules in force during all of the span, or none."""
    for rules in agreement.rules:
        if span.is_inside(rules.interval):
            return rules
    return None


def chosen(case: Case) -> tuple[Agreement, Span]:
    """Return the agreement and the time asked about, after rung 1."""
    assert case.agreement is not None  # noqa: S101 (rung 1 has passed)
    assert case.span is not None  # noqa: S101 (set together with the agreement)
    return case.agreement, case.span


def rules_of(case: Case) -> Rules:
    """Return the rules in force, after rung 2."""
    assert case.rules is not None  # noqa: S101 (rung 2 has passed)
    return case.rules


def found(case: Case) -> HeldOperator:
    """Return the operator that is meant, after rung 4."""
    assert case.held is not None  # noqa: S101 (rung 4 has passed)
    return case.held


def authorisation_of(case: Case) -> Authorisation:
    """Return the authorisation that is judged, after rung 6."""
    assert case.authorisation is not None  # noqa: S101 (rung 6 has passed)
    return case.authorisation
