"""Registering and revoking actors: the first at the keyboard, all others by an administrator."""

from datetime import datetime

from gateway.domain.approvals import Act, ActorSubject, SignedStatement, Statement, statement_bytes
from gateway.domain.errors import ActorNotPermittedError, InvalidRequestError, NotFoundError
from gateway.domain.parties import Actor, RegisteredActor, Role
from gateway.ports.actors import Actors
from gateway.services.proofs import Prover


class ActorDesk:
    """Decides who may add and revoke actors.

    Args:
        actors: Where they are registered.
        prover: Knows whose a signature is.
        home: The administration: a statement is for one gateway only.
    """

    def __init__(self, actors: Actors, prover: Prover, *, home: str) -> None:
        self._actors = actors
        self._prover = prover
        self._home = home

    def add_first(self, new: RegisteredActor, keyboard: Actor) -> None:
        """Register the first actor, whom nobody can sign for.

        Raises:
            ActorNotPermittedError: The first actor is no administrator, or there is one already.
            InvalidRequestError: The name is empty, too long, or holds a control.
            ConflictError: Another process was first.
        """
        if self._actors.all():
            text = f"only an administrator adds {new.name}, with a signature"
            raise ActorNotPermittedError(text, context={"actor": new.name})
        if new.role is not Role.ADMINISTRATOR:
            text = f"the first actor is an administrator, who then adds the others; not {new.role}"
            raise ActorNotPermittedError(text, context={"actor": new.name})
        statement_bytes(
            self.statement(
                Act.ADD_ACTOR, new, reason="first", actor=keyboard.name, now=new.added_at
            )
        )
        self._actors.add_first(new, keyboard)

    def statement(
        self, action: Act, subject: RegisteredActor, *, reason: str, actor: str, now: datetime
    ) -> Statement:
        """Return what an administrator signs to add or revoke an actor."""
        return Statement(
            action=action,
            subject=ActorSubject(
                home=self._home, name=subject.name, role=subject.role, key=subject.fingerprint
            ),
            reason=reason,
            actor=actor,
            at=now,
        )

    def add(self, new: RegisteredActor, signed: SignedStatement) -> Actor:
        """Register an actor for whom an administrator signed; return the administrator.

        Raises:
            UnprovenActorError: The signature is no registered actor's.
            ActorNotPermittedError: It is no administrator's.
            InvalidRequestError: It is for something else.
            ConflictError: Name or key is registered already.
        """
        by = self._administrator(Act.ADD_ACTOR, new, signed)
        self._actors.add(new, by, signed)
        return by

    def revoke(self, name: str, signed: SignedStatement, now: datetime) -> Actor:
        """End a registration for which an administrator signed; return the administrator.

        Raises:
            NotFoundError: No such actor.
            UnprovenActorError: The signature is no registered actor's.
            ActorNotPermittedError: It is no administrator's, or would end the last one.
            InvalidRequestError: It is for something else.
            ConflictError: The registration has ended.
        """
        by = self._administrator(Act.REVOKE_ACTOR, self.find(name), signed)
        self._actors.revoke(name, by, signed, now)
        return by

    def find(self, name: str) -> RegisteredActor:
        """Return an actor, revoked or not.

        Raises:
            NotFoundError: No such actor.
        """
        actor = self._actors.find(name)
        if actor is None:
            raise NotFoundError(f"no actor is named {name}", context={"actor": name})
        return actor

    def _administrator(
        self, action: Act, subject: RegisteredActor, signed: SignedStatement
    ) -> Actor:
        statement, signer = self._prover.prove(signed)
        if signer.role is not Role.ADMINISTRATOR:
            text = f"{signer.name} is {signer.role}; actors are an administrator's business"
            raise ActorNotPermittedError(text, context={"actor": signer.name})
        wanted = self.statement(
            action, subject, reason=statement.reason, actor=signer.name, now=statement.at
        )
        if statement != wanted:
            raise InvalidRequestError("the signature is for something else")
        return signer.proven
