"""What is kept of each decision, so that it can be shown and decided again years later."""

from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache
from hashlib import sha256
from typing import Final, TypeAlias

import msgspec
from msgspec import Struct

from gateway.domain.agreements import Direction
from gateway.domain.answers import Answer, AnswerReason, Question, Verdict

_ENCODE: Final = msgspec.json.Encoder(order="deterministic").encode

Entry: TypeAlias = bytes
"""One decision as a JSON array, in the order of `LoggedDecision`; times in seconds since 1970. An
array of entries is a batch."""


class LoggedDecision(Struct, frozen=True, kw_only=True):
    """One decision as the log holds it: who asked what, and what was answered."""

    reference: str
    caller: str
    known_at: datetime
    """The moment of asking."""
    question: Question
    verdict: Verdict
    reason: AnswerReason
    agreement: str | None
    operator_id: str | None
    sequence: int | None
    list_digest: str | None
    rule_version: int
    snapshot: str | None
    """Names what was known; see `domain.snapshot`."""
    digest: str
    """Hex SHA-256 over the canonical bytes of the answer."""

    @property
    def valid_at(self) -> date | datetime:
        """The date asked about."""
        return self.question.on or self.known_at


COLUMNS: Final = LoggedDecision.__struct_fields__
"""The names of what an entry holds, in order."""


def answer_digest(answer: Answer) -> str:
    """Return the digest by which a replay tells whether its answer is the same bit for bit.

    Over canonical JSON: names of fields with their values in the order of `Answer`, defaults left
    out.
    """
    return sha256(_ENCODE(answer)).hexdigest()


def entry_of(caller: str, question: Question, answer: Answer) -> Entry:
    """Write what is kept of a decision. Tens of thousands a second, because each one pays for it.

    Raises:
        UnicodeEncodeError: A text holds half of a surrogate pair.
    """
    basis = answer.basis
    freshness = basis.freshness
    return _ENCODE(
        (
            answer.reference,
            caller,
            _seconds(basis.known_at),
            # Text in text: PostgreSQL takes no character 0, not even an escaped one.
            _ENCODE(question).decode(),
            basis.verdict,
            basis.reason,
            basis.agreement,
            answer.operator_id,
            freshness.sequence,
            freshness.list_digest,
            basis.rule_version,
            basis.snapshot,
            sha256(_ENCODE(answer)).hexdigest(),
        )
    )


def batch_of(entries: Iterable[Entry]) -> bytes:
    """Return entries as one JSON array."""
    return b"[%b]" % b",".join(entries)


def question_from_bytes(canonical: str | bytes) -> Question:
    """Read the question of an entry.

    Raises:
        msgspec.MsgspecError: It is none.
        ValueError: Its date is none.
    """
    stored = _QUESTION.decode(canonical)
    return Question(
        code=stored.code,
        direction=stored.direction,
        name=stored.name,
        on=None if stored.on is None else _on(stored.on),
        role=stored.role,
        test=stored.test,
    )


class _StoredQuestion(Struct):
    """A question as JSON has it: a date and a moment are both texts there."""

    code: str
    direction: Direction | None = None
    name: str | None = None
    on: str | None = None
    role: str | None = None
    test: bool = False


_QUESTION: Final = msgspec.json.Decoder(_StoredQuestion)


def _on(text: str) -> date | datetime:
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)


@lru_cache(maxsize=4)  # all of one second have the same
def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())
