"""Approvals: what an actor signs, and how many signatures an act needs.

An approval is a statement in canonical JSON (RFC 8785, as in `canonical`): who wants what done to
exactly which held list, why, and when. Signed with the actor's own key it proves later, without
this gateway, who decided.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from msgspec import DecodeError, Struct, json

from gateway.domain.agreements import Review
from gateway.domain.errors import InvalidRequestError, SchemaViolationError
from gateway.domain.instants import check_instant
from gateway.domain.parties import Actor, Role
from gateway.domain.texts import check_text

DECIDING = frozenset({Role.OFFICER, Role.APPROVER, Role.ADMINISTRATOR})
"""Whose approval counts; an observer's never does, nor the gateway's own."""
APPROVING = frozenset({Role.APPROVER, Role.ADMINISTRATOR})
"""One of two approvals is by one of these."""
FOUR_EYES = 2
"""Actors, each with a key of their own."""


class Act(StrEnum):
    """What an approval is for."""

    RELEASE = "hold.release"
    REJECT = "hold.reject"
    ROLL_BACK = "hold.rollback"
    LIFT = "hold.lift"
    RAISE_EPOCH = "stream.epoch"
    ADD_ACTOR = "actor.add"
    REVOKE_ACTOR = "actor.revoke"


class HoldSubject(Struct, frozen=True, kw_only=True, rename="camel", tag="hold"):
    """A hold as it stands: an approval is void once another list has joined or replaced it."""

    stream: str
    hold: int
    list_digest: str
    """Of the newest held list."""


class ActorSubject(Struct, frozen=True, kw_only=True, rename="camel", tag="actor"):
    """An actor who is added or revoked, at one administration's gateway."""

    home: str
    name: str
    role: Role
    key: str
    """Fingerprint."""


class EpochSubject(Struct, frozen=True, kw_only=True, rename="camel", tag="epoch"):
    """A new epoch of the lists from or to a partner (SEQ-3)."""

    partner: str
    stream: str
    """In that epoch."""
    epoch: int


Subject = HoldSubject | ActorSubject | EpochSubject


def told_as(subject: Subject) -> str:
    """Return how the audit trail and the command line name what an approval is about."""
    match subject:
        case HoldSubject():
            return f"hold {subject.hold}"
        case ActorSubject():
            return subject.name
        case EpochSubject():
            return subject.stream


class Statement(Struct, frozen=True, kw_only=True, rename="camel"):
    """What is signed."""

    action: Act
    subject: Subject
    reason: str
    actor: str
    """The signer's name."""
    at: datetime


class SignedStatement(Struct, frozen=True, kw_only=True):
    """A statement as it was signed; these bytes are kept and never made again."""

    content: bytes
    """Canonical JSON of the statement."""
    signature: bytes
    key: str
    """Fingerprint of the signer's key."""

    @property
    def digest(self) -> str:
        """Hex SHA-256 of the content: its name in the audit trail."""
        return sha256(self.content).hexdigest()


class RecordedApproval(Struct, frozen=True, kw_only=True):
    """An approval that was given, with who gave it."""

    number: int
    statement: Statement
    signed: SignedStatement
    actor: Actor
    recorded_at: datetime


class Approval(Struct, frozen=True, kw_only=True):
    """All that an act on a hold needs: handed to whoever carries it out."""

    action: Act
    subject: HoldSubject
    """Whoever carries it out compares the digest again, in the transaction."""
    reason: str
    """Of the last approval."""
    by: tuple[Actor, ...]
    """In the order of their approvals."""
    at: datetime

    @property
    def actor(self) -> Actor:
        """Whose approval was the last one: the actor of the change."""
        return self.by[-1]

    @property
    def facts(self) -> dict[str, str]:
        """What the audit event of the act says of it: it names everybody."""
        return {"reason": self.reason, "approved_by": ", ".join(each.name for each in self.by)}


class Wanted(Struct, frozen=True, kw_only=True, tag="wanted"):
    """Approvals are missing."""

    missing: int
    of_approver: bool
    """One of them has to be an approver's or administrator's."""
    given: tuple[Actor, ...]
    """Whose approvals count so far; none of them is asked again."""


class Approved(Struct, frozen=True, kw_only=True, tag="approved"):
    """Enough approvals."""

    by: tuple[Actor, ...]


Standing = Wanted | Approved

_ENCODE = json.Encoder(order="sorted").encode
_DECODE = json.Decoder(Statement).decode


def judge(review: Review, given: Sequence[Actor]) -> Standing:
    """Tell whether these approvals are enough to act on a hold.

    Args:
        review: The agreement's settings.
        given: Who approved this act on this newest held list, in order; actors whose registration
            has ended left out.
    """
    counted = _distinct(
        [each for each in given if each.role in DECIDING and (each.key or not review.four_eyes)]
    )
    wanted = FOUR_EYES if review.four_eyes else 1
    has_approver = not review.four_eyes or any(each.role in APPROVING for each in counted)
    missing = max(wanted - len(counted), 0 if has_approver else 1)
    if missing:
        return Wanted(missing=missing, of_approver=not has_approver, given=counted)
    return Approved(by=counted)


def _distinct(given: Sequence[Actor]) -> tuple[Actor, ...]:
    """Return the actors that are different people: neither a name nor a key counts twice."""
    counted: list[Actor] = []
    for actor in given:
        names = {each.name for each in counted}
        keys = {each.key for each in counted if each.key}
        if actor.name not in names and actor.key not in keys:
            counted.append(actor)
    return tuple(counted)


def statement_bytes(statement: Statement) -> bytes:
    """Return the canonical form of a statement: what is signed.

    Raises:
        InvalidRequestError: The reason is empty, too long, or holds a control; a name does.
    """
    texts = {"reason": statement.reason, "actor": statement.actor}
    if isinstance(statement.subject, ActorSubject):
        texts["name"] = statement.subject.name
    try:
        for field, text in texts.items():
            check_text(text, field)
        check_instant(statement.at, "at")
    except SchemaViolationError as error:
        raise InvalidRequestError(error.message, context=error.context) from error
    return _ENCODE(statement)


def read_statement(content: bytes) -> Statement:
    """Read what was signed.

    Raises:
        InvalidRequestError: It is no statement, or not in the one form that is canonical.
    """
    try:
        statement = _DECODE(content)
    except (DecodeError, UnicodeDecodeError) as error:
        raise InvalidRequestError(f"no statement: {error}") from error
    if statement_bytes(statement) != content:
        raise InvalidRequestError("a statement that is not in canonical form")
    return statement
