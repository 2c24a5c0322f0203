"""What is kept of each decision, so that it can be shown and decided again years later."""

from datetime import date, datetime
from hashlib import sha256
from typing import Final, TypeAlias

import msgspec
from msgspec import Struct, structs

from gateway.domain.agreements import Direction
from gateway.domain.answers import Answer, AnswerReason, Basis, Question, Verdict
from gateway.domain.instants import second_in_hex
from gateway.domain.occasion import Hash

_ENCODE: Final = msgspec.json.Encoder(order="deterministic").encode
_KEPT: Final = 256
"""Bases that are kept; a second has a few of each agreement."""
_NAMED_BY: Final = 16
"""Hexadecimal digits: one second would need four milliards of bases for two to share a name."""

Entry: TypeAlias = tuple[str, str, str, str | None, str, str]
"""What is one decision's own, as a row in the order of `COLUMNS`; the last names its basis."""
COLUMNS: Final = ("reference", "caller", "question", "operator_id", "digest", "basis")


class Facts(Struct, frozen=True, kw_only=True):
    """What came out, and what it rests on: the same for many decisions of a second."""

    known_at: datetime
    """The moment of asking."""
    verdict: Verdict
    reason: AnswerReason
    agreement: str | None
    sequence: int | None
    list_digest: str | None
    rule_version: int
    snapshot: str | None
    """Names what was known; see `domain.snapshot`."""


class LoggedBasis(Facts, frozen=True, kw_only=True, eq=False, gc=False):
    """Such facts, as the log keeps them once."""

    name: str
    """Their second, and what tells them from others of that second."""


Logged: TypeAlias = tuple[Entry, LoggedBasis]
"""A decision as it is handed to the log."""
_Shared: TypeAlias = tuple[LoggedBasis, Hash]


class LoggedDecision(Facts, frozen=True, kw_only=True):
    """One decision as the log gives it back: who asked what, and what was answered."""

    reference: str
    caller: str
    question: Question
    operator_id: str | None
    digest: str
    """See `answer_digest`."""

    @property
    def valid_at(self) -> date | datetime:
        """The date asked about."""
        return self.question.on or self.known_at


def answer_digest(answer: Answer) -> str:
    """Return the digest by which a replay tells whether its answer is the same bit for bit.

    Hex SHA-256 over the canonical JSON of the answer's basis, then that of an array of its other
    fields in their order; inside both, fields stand by their names and defaults are left out.
    """
    return _digest(_shared(answer.basis)[1], answer)


class _Kept(dict[int, tuple[Basis, _Shared]]):
    """What decisions share, by the identity of their basis: it lives as long as its place here."""

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


def logged(caller: str, question: Question, answer: Answer) -> Logged:
    """Return what is kept of a decision. Within the request, so that it must be fast.

    Raises:
        UnicodeEncodeError: A text holds half of a surrogate pair.
    """
    basis, begun = _kept.of(answer.basis)
    # The question as text: PostgreSQL takes no character 0, not even an escaped one.
    asked = _ENCODE(question).decode()
    digest = _digest(begun, answer)
    return (answer.reference, caller, asked, answer.operator_id, digest, basis.name), basis


def basis_of(answer: Answer) -> LoggedBasis:
    """Return what is kept of the basis of a decision."""
    return _kept.of(answer.basis)[0]


def _digest(begun: Hash, answer: Answer) -> str:
    whole = begun.copy()
    whole.update(_ENCODE(structs.astuple(answer)[1:]))
    return whole.hexdigest()


def _shared(basis: Basis) -> _Shared:
    freshness = basis.freshness
    shared = LoggedBasis(
        name="",
        known_at=basis.known_at,
        verdict=basis.verdict,
        reason=basis.reason,
        agreement=basis.agreement,
        sequence=freshness.sequence,
        list_digest=freshness.list_digest,
        rule_version=basis.rule_version,
        snapshot=basis.snapshot,
    )
    own = sha256(_ENCODE(shared)).hexdigest()[:_NAMED_BY]
    name = f"{second_in_hex(basis.known_at)}-{own}"
    return structs.replace(shared, name=name), sha256(_ENCODE(basis))


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
