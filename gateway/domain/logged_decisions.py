"""What is kept of each decision, so that it can be shown and decided again years later."""

from datetime import date, datetime
from hashlib import sha256
from typing import Final, TypeAlias

import msgspec
from msgspec import Struct, structs

from gateway.domain.agreements import Direction
from gateway.domain.answers import Answer, AnswerReason, Basis, Question, Verdict
from gateway.domain.occasion import Hash

_ENCODE: Final = msgspec.json.Encoder(order="deterministic").encode
_KEPT: Final = 256
"""Bases whose part of an entry is kept; a second has a few of each agreement."""

Entry: TypeAlias = tuple[str | int | None, ...]
"""One decision as a row, in the order of `LoggedDecision`; times in seconds since 1970."""
END: Final = {"known_at": -8, "verdict": -7, "reason": -6, "agreement": -5, "snapshot": -1}
"""Where an entry, or its end alone, holds what is counted."""
_Shared: TypeAlias = tuple[Entry, Hash]


class LoggedDecision(Struct, frozen=True, kw_only=True):
    """One decision as the log holds it: who asked what, and what was answered."""

    reference: str
    caller: str
    question: Question
    operator_id: str | None
    digest: str
    """See `answer_digest`."""
    known_at: datetime
    """The moment of asking; from here on it is what all decisions share that have one basis."""
    verdict: Verdict
    reason: AnswerReason
    agreement: str | None
    sequence: int | None
    list_digest: str | None
    rule_version: int
    snapshot: str | None
    """Names what was known; see `domain.snapshot`."""

    @property
    def valid_at(self) -> date | datetime:
        """The date asked about."""
        return self.question.on or self.known_at


COLUMNS: Final = LoggedDecision.__struct_fields__
"""The names of what an entry holds, in order."""


def answer_digest(answer: Answer) -> str:
    """Return the digest by which a replay tells whether its answer is the same bit for bit.

    Hex SHA-256 over the canonical JSON of the answer's basis, then that of an array of its other
    fields in their order; inside both, fields stand by their names and defaults are left out.
    """
    return _digest(_shared(answer.basis)[1], answer)


class _Kept(dict[int, tuple[Basis, _Shared]]):
    """What entries share, by the identity of their basis: it lives as long as its place here."""

    def of(self, basis: Basis) -> _Shared:
        found = self.get(id(basis))
        if found is not None:
            return found[1]
        if len(self) >= _KEPT:
            self.clear()
        shared = _shared(basis)
        self[id(basis)] = (basis, shared)
        return shared


_kept: Final = _Kept()


def entry_of(caller: str, question: Question, answer: Answer) -> Entry:
    """Return what is kept of a decision. Within the request, so that it must be fast.

    Raises:
        UnicodeEncodeError: A text holds half of a surrogate pair.
    """
    shared, begun = _kept.of(answer.basis)
    # The question as text: PostgreSQL takes no character 0, not even an escaped one.
    asked = _ENCODE(question).decode()
    return (answer.reference, caller, asked, answer.operator_id, _digest(begun, answer), *shared)


def shared_of(basis: Basis) -> Entry:
    """Return the end of an entry: what all decisions share that have one basis."""
    return _kept.of(basis)[0]


def _digest(begun: Hash, answer: Answer) -> str:
    whole = begun.copy()
    whole.update(_ENCODE(structs.astuple(answer)[1:]))
    return whole.hexdigest()


def _shared(basis: Basis) -> _Shared:
    freshness = basis.freshness
    row = (
        int(basis.known_at.timestamp()),
        basis.verdict.value,
        basis.reason.value,
        basis.agreement,
        freshness.sequence,
        freshness.list_digest,
        basis.rule_version,
        basis.snapshot,
    )
    return row, sha256(_ENCODE(basis))


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
