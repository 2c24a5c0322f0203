"""Actors with keys of their own, and what they signed."""

from datetime import datetime
from typing import Protocol

from msgspec import Struct

from gateway.domain.approvals import EpochSubject, RecordedApproval, SignedStatement
from gateway.domain.parties import Actor, RegisteredActor
from gateway.ports.audit import AuditEvent


class Witnessed(Struct, frozen=True, kw_only=True):
    """Actors and approvals, with what the audit trail tells of them, all of one moment."""

    actors: list[RegisteredActor]
    approvals: list[RecordedApproval]
    events: list[AuditEvent]
    """`actor.added`, `actor.revoked` and `approval.recorded`, in order."""


class Actors(Protocol):
    """Who may sign. Rows only come, and end once. Contract: `tests/contract/actors_suite.py`."""

    def add_first(self, new: RegisteredActor, by: Actor) -> None:
        """Register the first actor of all, without a signature. Audited.

        Raises:
            ConflictError: There is an actor already.
        """
        ...

    def add(self, new: RegisteredActor, by: Actor, signed: SignedStatement) -> None:
        """Register an actor, with the statement that wants it. Audited.

        Raises:
            ConflictError: Name or key is registered already, a revoked one too; or whoever signed
                was revoked meanwhile.
        """
        ...

    def revoke(self, name: str, by: Actor, signed: SignedStatement, now: datetime) -> None:
        """End a registration, with the statement that wants it. Audited.

        Raises:
            NotFoundError: No such actor.
            ConflictError: It has ended already, or whoever signed was revoked meanwhile.
            ActorNotPermittedError: It is the last administrator's: nobody could add anybody more.
        """
        ...

    def all(self) -> list[RegisteredActor]:
        """Return all actors by name, the revoked too."""
        ...

    def find(self, name: str) -> RegisteredActor | None:
        """Return the actor with this name, revoked or not."""
        ...

    def find_key(self, fingerprint: str) -> RegisteredActor | None:
        """Return the actor with this key, revoked or not."""
        ...

    def witnessed(self) -> Witnessed:
        """Return everything that a check of all approvals compares."""
        ...


class Approvals(Protocol):
    """What actors signed. Rows only come. Contract: `tests/contract/actors_suite.py`."""

    def record(self, by: Actor, signed: SignedStatement, now: datetime) -> None:
        """Keep an approval; one that is kept already stays as it is. Audited.

        Raises:
            ConflictError: Whoever signed was revoked meanwhile.
        """
        ...

    def of_hold(self, number: int) -> list[RecordedApproval]:
        """Return the approvals on a hold by actors who are still registered, oldest first."""
        ...

    def of_epoch(self, subject: EpochSubject) -> list[RecordedApproval]:
        """Return the approvals of an epoch by actors who are still registered, oldest first."""
        ...

    def all(self) -> list[RecordedApproval]:
        """Return all approvals, oldest first."""
        ...
