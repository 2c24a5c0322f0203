"""Whose signature is it, and does it count? Asked before anything that needs a proven actor."""

from collections.abc import Callable

from gateway.domain.approvals import SignedStatement, Statement, read_statement
from gateway.domain.errors import UnprovenActorError
from gateway.domain.parties import RegisteredActor
from gateway.ports.actors import Actors

IsSignedBy = Callable[[str, SignedStatement], bool]
"""Whether the key of this public half (PEM) signed the statement; bootstrap hands it over."""


class Prover:
    """Knows registered actors by their keys."""

    def __init__(self, actors: Actors, is_signed_by: IsSignedBy) -> None:
        self._actors = actors
        self._is_signed_by = is_signed_by

    def whose(self, fingerprint: str) -> RegisteredActor:
        """Return the actor with a key.

        Raises:
            UnprovenActorError: The key is nobody's, or its registration has ended.
        """
        actor = self._actors.find_key(fingerprint)
        if actor is None:
            raise _unproven(f"key {fingerprint[:16]}… is not registered", fingerprint)
        if actor.revoked_at is not None:
            raise _unproven(f"{actor.name} was revoked on {actor.revoked_at:%Y-%m-%d}", fingerprint)
        return actor

    def prove(self, signed: SignedStatement) -> tuple[Statement, RegisteredActor]:
        """Return what was signed, and the actor who signed it.

        Raises:
            UnprovenActorError: The key is nobody's, the signature is not over these bytes, or they
                speak in another's name.
            InvalidRequestError: It is no statement.
        """
        actor = self.whose(signed.key)
        if not self._is_signed_by(actor.public_key, signed):
            raise _unproven(f"the signature is not {actor.name}'s over this text", signed.key)
        statement = read_statement(signed.content)
        if statement.actor != actor.name:
            text = f"signed by {actor.name} in the name of {statement.actor}"
            raise _unproven(text, signed.key)
        return statement, actor


def _unproven(message: str, fingerprint: str) -> UnprovenActorError:
    return UnprovenActorError(message, context={"fingerprint": fingerprint})
