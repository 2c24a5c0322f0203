"""Who decides on a held list: approvals are collected until they are enough, then it is done."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from gateway.domain.approvals import (
    DECIDING,
    Act,
    Approval,
    Approved,
    HoldSubject,
    RecordedApproval,
    SignedStatement,
    Standing,
    Statement,
    Wanted,
    judge,
    statement_bytes,
)
from gateway.domain.errors import (
    ActorNotPermittedError,
    ConflictError,
    InvalidRequestError,
    NotFoundError,
)
from gateway.domain.holds import HoldDetail, HoldOutcome, HoldState, HoldView
from gateway.domain.parties import Actor, Role
from gateway.ports.actors import Actors, Approvals
from gateway.ports.holds import Holds
from gateway.services.proofs import Prover

POSSIBLE_IN = {
    Act.RELEASE: HoldState.HELD,
    Act.REJECT: HoldState.HELD,
    Act.ROLL_BACK: HoldState.RELEASED,
}
"""The state of a hold in which an act makes sense; restrictions may be lifted in any."""


class Proposal(Struct, frozen=True, kw_only=True):
    """An act on which somebody has approved already, and what is wanted next."""

    action: Act
    by: tuple[Actor, ...]
    standing: Standing


class HeldList(Struct, frozen=True, kw_only=True):
    """A hold, with what was approved so far."""

    view: HoldView
    proposals: tuple[Proposal, ...]
    lapsed: int
    """Approvals that count no more: the hold has moved since."""


class HoldDesk:
    """Collects approvals for acts on holds."""

    def __init__(self, holds: Holds, actors: Actors, approvals: Approvals, prover: Prover) -> None:
        self._holds = holds
        self._actors = actors
        self._approvals = approvals
        self._prover = prover

    def holds(self, *, open_only: bool = True) -> list[HeldList]:
        """Return holds with their approvals, oldest first."""
        return [self._with_approvals(view) for view in self._holds.holds(open_only=open_only)]

    def find(self, number: int) -> HeldList:
        """Return one hold with its approvals, open or not.

        Raises:
            NotFoundError: No such hold; the open ones are named.
        """
        try:
            detail = self._holds.show(number, examples=0)
        except NotFoundError as error:
            known = ", ".join(str(view.number) for view in self._holds.holds())
            message = f"no hold {number}; open ones: {known or 'none'}"
            raise NotFoundError(message, context={"hold": str(number)}) from error
        return self._with_approvals(detail.view)

    def detail(self, number: int, *, examples: int) -> HoldDetail:
        """Return a hold with the difference that its release makes.

        Raises:
            NotFoundError: No such hold.
        """
        return self._holds.show(number, examples=examples)

    def statement(
        self, action: Act, number: int, *, reason: str, actor: str, now: datetime
    ) -> Statement:
        """Return what an actor approves: the hold as it stands now.

        Raises:
            NotFoundError: No such hold.
            InvalidRequestError: The hold is not in a state for this, or the reason is empty, too
                long, or holds a control.
        """
        view = self.find(number).view
        _require_possible(action, view)
        statement = Statement(
            action=action, subject=_subject(view), reason=reason, actor=actor, at=now
        )
        statement_bytes(statement)
        return statement

    def foresee(self, statement: Statement, actor: Actor) -> Standing:
        """Tell what this actor's approval would bring; nothing is written.

        Raises:
            ActorNotPermittedError: This actor's approval does not count.
        """
        view = self._view(statement)
        _require_counts(actor, view)
        return judge(view.review, [*self._given(view, statement.action), actor])

    def submit(self, signed: SignedStatement, now: datetime) -> Wanted | HoldOutcome:
        """Record a signed approval, and act if it was the last one wanted.

        Raises:
            UnprovenActorError: The signature is no registered actor's.
            ActorNotPermittedError: This actor's approval does not count.
            NotFoundError: No such hold.
            InvalidRequestError: The statement is not about a hold, or it has ended.
            ConflictError: Another list joined the hold since this was signed.
        """
        statement, signer = self._prover.prove(signed)
        view = self._view(statement)
        _require_counts(signer.proven, view)
        self._approvals.record(signer.proven, signed, now)
        standing = judge(view.review, self._given(view, statement.action))
        if isinstance(standing, Wanted):
            return standing
        return self._act(statement, standing, now)

    def submit_named(self, statement: Statement, actor: Actor, now: datetime) -> HoldOutcome:
        """Act for somebody who only gave a name, where the agreement does not want four eyes.

        Raises:
            ActorNotPermittedError: The agreement wants four eyes, or this actor's approval does not
                count.
            NotFoundError: No such hold.
            InvalidRequestError: The hold has ended.
            ConflictError: Another list joined the hold meanwhile.
        """
        view = self._view(statement)
        _require_counts(actor, view)
        return self._act(statement, Approved(by=(actor,)), now)

    def named(self, name: str) -> Actor:
        """Return who gives this name without a key: with the role that is registered for it.

        Raises:
            ActorNotPermittedError: The name's registration has ended.
        """
        registered = self._actors.find(name)
        if registered is None:
            return Actor(name=name, role=Role.OFFICER)
        if registered.revoked_at is not None:
            text = f"{name} was revoked on {registered.revoked_at:%Y-%m-%d}"
            raise ActorNotPermittedError(text, context={"actor": name})
        return Actor(name=name, role=registered.role)

    def _act(self, statement: Statement, approved: Approved, now: datetime) -> HoldOutcome:
        subject = _hold_subject(statement)
        approval = Approval(
            action=statement.action,
            subject=subject,
            reason=statement.reason,
            by=approved.by,
            at=now,
        )
        acts = {
            Act.RELEASE: self._holds.release,
            Act.REJECT: self._holds.reject,
            Act.ROLL_BACK: self._holds.rollback,
            Act.LIFT: self._holds.lift_restrictions,
        }
        return acts[statement.action](subject.hold, approval)

    def _view(self, statement: Statement) -> HoldView:
        subject = _hold_subject(statement)
        view = self.find(subject.hold).view
        _require_possible(statement.action, view)
        if subject != _subject(view):
            text = f"hold {view.number} has moved: another list is the newest now; look again"
            raise ConflictError(text, context={"hold": str(view.number)})
        return view

    def _given(self, view: HoldView, action: Act) -> list[Actor]:
        return [
            each.actor
            for each in self._approvals.of_hold(view.number)
            if each.statement.action is action and each.statement.subject == _subject(view)
        ]

    def _with_approvals(self, view: HoldView) -> HeldList:
        recorded = self._approvals.of_hold(view.number)
        current = [each for each in recorded if each.statement.subject == _subject(view)]
        return HeldList(
            view=view, proposals=_proposals(view, current), lapsed=len(recorded) - len(current)
        )


def _proposals(view: HoldView, recorded: Sequence[RecordedApproval]) -> tuple[Proposal, ...]:
    by_action: dict[Act, list[Actor]] = {}
    for each in recorded:
        by_action.setdefault(each.statement.action, []).append(each.actor)
    return tuple(
        Proposal(action=action, by=tuple(by), standing=judge(view.review, by))
        for action, by in by_action.items()
    )


def _subject(view: HoldView) -> HoldSubject:
    return HoldSubject(stream=str(view.stream), hold=view.number, list_digest=view.list_digest)


def _hold_subject(statement: Statement) -> HoldSubject:
    if not isinstance(statement.subject, HoldSubject):
        raise InvalidRequestError(f"a statement for {statement.action} is not about a hold")
    return statement.subject


def _require_possible(action: Act, view: HoldView) -> None:
    wanted = POSSIBLE_IN.get(action)
    if wanted is not None and view.state is not wanted:
        text = f"hold {view.number} is {view.state}; this is for one that is {wanted}"
        raise InvalidRequestError(text, context={"hold": str(view.number)})
    if action is Act.LIFT and not view.restrictions:
        text = f"hold {view.number} restricts nobody"
        raise InvalidRequestError(text, context={"hold": str(view.number)})


def _require_counts(actor: Actor, view: HoldView) -> None:
    if actor.role not in DECIDING:
        text = f"{actor.name} is {actor.role} and may look, not decide"
        raise ActorNotPermittedError(text, context={"actor": actor.name})
    if view.review.four_eyes and actor.key is None:
        text = f"{view.stream.agreement} wants four eyes: two actors, each with a key of their own"
        raise ActorNotPermittedError(text, context={"agreement": view.stream.agreement})
