"""Raising an epoch: after a disaster or a stolen key, by two people, each with a key of their own.

Whatever an agreement says of held lists: a new epoch throws away the chain by which lists follow
one another, and needs four eyes on both sides (SEQ-3). The partner raises the same one.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from msgspec import Struct, structs

from gateway.domain.agreements import Review
from gateway.domain.approvals import (
    DECIDING,
    Act,
    Approved,
    EpochSubject,
    SignedStatement,
    Standing,
    Statement,
    Wanted,
    judge,
    statement_bytes,
)
from gateway.domain.errors import ActorNotPermittedError, InvalidRequestError, NotFoundError
from gateway.domain.lists import Stream
from gateway.domain.parties import Actor
from gateway.domain.profiles import PartnerProfile, StoredProfile
from gateway.ports.actors import Approvals
from gateway.ports.profiles import Profiles
from gateway.services.proofs import Prover

_BOTH: Final = Review(four_eyes=True)


class EpochRaised(Struct, frozen=True, kw_only=True, tag="done"):
    """A new epoch is agreed on here."""

    stream: str
    epoch: int
    version: int
    """Of the profile."""
    by: tuple[Actor, ...]


class EpochDesk:
    """Collects approvals for new epochs, and writes the profile when there are enough."""

    def __init__(self, profiles: Profiles, approvals: Approvals, prover: Prover) -> None:
        self._profiles = profiles
        self._approvals = approvals
        self._prover = prover

    def statement(
        self, stream: Stream, partner: str, *, reason: str, actor: str, now: datetime
    ) -> Statement:
        """Return what an actor approves.

        Args:
            stream: In the new epoch.
            partner: Whose profile names it.
            reason: Why.
            actor: Who will sign.
            now: The moment of the approval.

        Raises:
            NotFoundError: No such partner, or the stream is not one with it.
            InvalidRequestError: The epoch is not higher than the present one, or the reason is
                empty, too long, or holds a control.
        """
        statement = Statement(
            action=Act.RAISE_EPOCH,
            subject=EpochSubject(partner=partner, stream=str(stream), epoch=stream.epoch),
            reason=reason,
            actor=actor,
            at=now,
        )
        statement_bytes(statement)
        self._raised(statement)
        return statement

    def foresee(self, statement: Statement, actor: Actor) -> Standing:
        """Tell what this actor's approval would bring; nothing is written.

        Raises:
            ActorNotPermittedError: This actor's approval does not count.
        """
        _require_counts(actor)
        return judge(_BOTH, [*self._given(statement), actor])

    def submit(self, signed: SignedStatement, now: datetime) -> Wanted | EpochRaised:
        """Record a signed approval, and raise the epoch if it was the last one wanted.

        Raises:
            UnprovenActorError: The signature is no registered actor's.
            ActorNotPermittedError: This actor's approval does not count.
            NotFoundError: No such partner.
            InvalidRequestError: The statement is not about an epoch, or the epoch is not higher.
            ConflictError: Somebody applied a profile meanwhile; the approval is kept.
        """
        statement, signer = self._prover.prove(signed)
        _require_counts(signer.proven)
        before, profile = self._raised(statement)
        self._approvals.record(signer.proven, signed, now)
        standing = judge(_BOTH, self._given(statement))
        # SEQ-3: four eyes
        if isinstance(standing, Wanted):
            return standing
        return self._write(statement, standing, before, profile, now)

    def _write(
        self,
        statement: Statement,
        approved: Approved,
        before: StoredProfile,
        profile: PartnerProfile,
        now: datetime,
    ) -> EpochRaised:
        subject = _subject(statement)
        facts = {
            "epoch_of": subject.stream,
            "reason": statement.reason,
            "approved_by": ", ".join(each.name for each in approved.by),
        }
        stored = self._profiles.replace(before, profile, approved.by[-1], now, facts=facts)
        return EpochRaised(
            stream=subject.stream, epoch=subject.epoch, version=stored.version, by=approved.by
        )

    def _raised(self, statement: Statement) -> tuple[StoredProfile, PartnerProfile]:
        """Return the profile as it is, and as it would be."""
        subject = _subject(statement)
        stored = self._profiles.find(subject.partner)
        if stored is None:
            raise NotFoundError(f"no partner {subject.partner}")
        profile, epoch = stored.profile, subject.epoch
        if subject.stream == str(profile.receives.of_epoch(epoch)):
            present, raised = profile.receive_epoch, structs.replace(profile, receive_epoch=epoch)
        elif subject.stream == str(profile.sends.of_epoch(epoch)):
            present, raised = profile.send_epoch, structs.replace(profile, send_epoch=epoch)
        else:
            raise NotFoundError(f"{subject.stream} is no stream with {subject.partner}")
        # SEQ-3: an epoch that was left is closed for good
        if epoch <= present:
            text = f"epoch {epoch} is not higher than the present one, {present}"
            raise InvalidRequestError(text, context={"stream": subject.stream})
        return stored, raised

    def _given(self, statement: Statement) -> Sequence[Actor]:
        return [each.actor for each in self._approvals.of_epoch(_subject(statement))]


def require_same_epochs(profile: PartnerProfile, before: PartnerProfile) -> None:
    """Check that a profile from a file changes no epoch: that takes two people (SEQ-3).

    Raises:
        InvalidRequestError: It does.
    """
    for way in ("receive", "send"):
        name = f"{way}_epoch"
        wanted, present = getattr(profile, name), getattr(before, name)
        # SEQ-3: no file raises an epoch
        if wanted != present:
            text = (
                f"{profile.agreement.id}: {name} is {present} here and {wanted} in the file; write "
                f"{present}, or raise it by two people: mra stream epoch {profile.partner} --{way}"
            )
            raise InvalidRequestError(text, context={"agreement": profile.agreement.id})


def _subject(statement: Statement) -> EpochSubject:
    if not isinstance(statement.subject, EpochSubject):
        raise InvalidRequestError(f"a statement for {statement.action} is not about an epoch")
    return statement.subject


def _require_counts(actor: Actor) -> None:
    if actor.role not in DECIDING:
        text = f"{actor.name} is {actor.role} and may look, not decide"
        raise ActorNotPermittedError(text, context={"actor": actor.name})
