"""One question on its way up the ladder, and how a rung answers.

A rung returns its evidence as a sentence, or a `Stop` with the reason. It writes into the case
what later rungs and the answer need, and never looks further down the ladder.
"""

from msgspec import Struct

from gateway.domain.agreements import Rules
from gateway.domain.answers import AnswerReason, MatchKind, Question
from gateway.domain.identifiers import declared_forms
from gateway.domain.knowledge import HeldOperator
from gateway.domain.occasion import Occasion, Standing
from gateway.domain.operators import Authorisation


class Stop(Struct, frozen=True):
    """The ladder ends here."""

    reason: AnswerReason
    sentence: str
    hints: tuple[str, ...] = ()


Outcome = str | Stop


class Case:
    """One question on its way up the ladder, with what was found so far."""

    __slots__ = (
        "authorisation",
        "code",
        "forms",
        "held",
        "match",
        "occasion",
        "question",
        "remarks",
        "standing",
    )

    def __init__(self, question: Question, occasion: Occasion) -> None:
        self.question = question
        self.occasion = occasion
        self.forms = declared_forms(question.code)
        self.standing: Standing | None = None
        self.code: str | None = None
        self.held: HeldOperator | None = None
        self.match: MatchKind | None = None
        self.authorisation: Authorisation | None = None
        self.remarks: tuple[str, ...] = ()


def chosen(case: Case) -> Standing:
    """Return the standing of the agreement, after rung 1."""
    assert case.standing is not None  # noqa: S101 (rung 1 has passed)
    return case.standing


def rules_of(standing: Standing) -> Rules:
    """Return the rules in force, after rung 2."""
    assert standing.rules is not None  # noqa: S101 (rung 2 has passed)
    return standing.rules


def found(case: Case) -> HeldOperator:
    """Return the operator that is meant, after rung 4."""
    assert case.held is not None  # noqa: S101 (rung 4 has passed)
    return case.held


def authorisation_of(case: Case) -> Authorisation:
    """Return the authorisation that is judged, after rung 6."""
    assert case.authorisation is not None  # noqa: S101 (rung 6 has passed)
    return case.authorisation
