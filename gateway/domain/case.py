"""One question on its way up the ladder, and how a rung answers.

A rung returns its evidence as a message, or a `Stop` with the reason. It writes into the case
what later rungs and the answer need, and never looks further down the ladder.
"""

from typing import final

from msgspec import Struct

from gateway.domain.agreements import Rules
from gateway.domain.answers import AnswerReason, MatchKind, Question
from gateway.domain.identifiers import declared_forms
from gateway.domain.knowledge import HeldOperator
from gateway.domain.messages import Message
from gateway.domain.occasion import Occasion, Standing
from gateway.domain.operators import Authorisation


@final
class Stop(Struct, frozen=True, gc=False):
    """The ladder ends here."""

    reason: AnswerReason
    sentence: Message
    hints: tuple[Message, ...] = ()


Outcome = Message | Stop


class Case:
    """One question on its way up the ladder, with what was found so far.

    What a rung has still to find is not there yet: asked for too early, it is an AttributeError.
    """

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

    standing: Standing
    """Of the agreement that rung 1 finds."""
    held: HeldOperator
    """The operator that rung 4 finds."""
    authorisation: Authorisation
    """The one that rung 6 judges."""

    def __init__(self, question: Question, occasion: Occasion) -> None:
        self.question = question
        self.occasion = occasion
        self.forms = declared_forms(question.code)
        self.code: str | None = None
        self.match: MatchKind | None = None
        self.remarks: tuple[Message, ...] = ()


def rules_of(standing: Standing) -> Rules:
    """Return the rules in force, after rung 2."""
    assert standing.rules is not None  # noqa: S101 (rung 2 has passed)
    return standing.rules
