"""The desk at which officers block operators and lift blocks, each with a reason.

One officer is enough, whatever an agreement's `[review]` wants for held lists: a block only takes
away, and lifting one gives back what the partner's list and the agreement grant anyway.
"""

from datetime import datetime

from msgspec import Struct

from gateway.domain.agreements import Interval
from gateway.domain.approvals import DECIDING
from gateway.domain.blocks import HomeBlock
from gateway.domain.errors import (
    ActorNotPermittedError,
    InvalidRequestError,
    SchemaViolationError,
)
from gateway.domain.identifiers import declared_forms
from gateway.domain.operators import LIMITS
from gateway.domain.parties import Actor, Role
from gateway.domain.spans import in_words
from gateway.domain.texts import check_text
from gateway.ports.actors import Actors
from gateway.ports.blocks import HomeBlocks
from gateway.ports.profiles import Profiles
from gateway.ports.registry import CurrentLists, History


class Named(Struct, frozen=True, kw_only=True):
    """An operator that a code names."""

    operator_id: str
    name: str | None = None
    """None: no accepted list has the operator now."""


class BlockDesk:
    """Puts home blocks in and lifts them."""

    def __init__(
        self,
        blocks: HomeBlocks,
        actors: Actors,
        *,
        profiles: Profiles,
        registry: CurrentLists,
        history: History,
    ) -> None:
        self._blocks = blocks
        self._actors = actors
        self._profiles = profiles
        self._registry = registry
        self._history = history

    def find_operator(self, code: str, now: datetime) -> Named:
        """Return the operator with this code in any form, or the code itself in normal form.

        Whoever is not listed can be blocked too: the block acts if the operator comes.
        """
        forms = [form for form, _ in declared_forms(code)]
        for stored in self._profiles.all():
            stream = self._registry.in_force(stored.profile.receives)
            for form in forms:
                version = self._history.find_version(stream, form, now)
                if version is not None and not stored.profile.test:
                    return Named(operator_id=form, name=version.operator.names[0].text)
        return Named(operator_id=forms[0])

    def put_in(
        self, operator: Named, interval: Interval, *, reason: str, actor: Actor
    ) -> HomeBlock:
        """Block an operator on the dates of an interval.

        Raises:
            ActorNotPermittedError: The actor may look only, or was revoked.
            InvalidRequestError: Id or reason is empty, too long, or holds a control; or the
                interval is empty.
            ConflictError: Another block of the operator acts on some of these dates.
        """
        _require_text(operator.operator_id, "code", LIMITS["operator_id"])
        _require_text(reason, "reason")
        self._require_may_decide(actor)
        start, until = interval.effective_at, interval.until
        if until is not None and until <= start:
            message = f"until {in_words(until)} is not after from {in_words(start)}"
            raise InvalidRequestError(message)
        return self._blocks.put_in(operator.operator_id, interval, reason=reason, actor=actor)

    def lift(self, number: int, *, reason: str, actor: Actor) -> HomeBlock:
        """End a block now.

        Raises:
            ActorNotPermittedError: The actor may look only, or was revoked.
            InvalidRequestError: The reason is empty, too long, or holds a control.
            NotFoundError: There is no such block.
            ConflictError: It was lifted before, or its time is over.
        """
        _require_text(reason, "reason")
        self._require_may_decide(actor)
        return self._blocks.lift(number, reason=reason, actor=actor)

    def named(self, name: str) -> Actor:
        """Return who gives this name: with the role that is registered for it, else an officer."""
        registered = self._actors.find(name)
        return Actor(name=name, role=Role.OFFICER if registered is None else registered.role)

    def blocks(self) -> list[HomeBlock]:
        """Return every block, the lifted too, newest first."""
        return sorted(self._blocks.all(), key=lambda block: block.id, reverse=True)

    def _require_may_decide(self, actor: Actor) -> None:
        registered = self._actors.find(actor.name)
        if registered is not None and registered.revoked_at is not None:
            text = f"{actor.name} was revoked on {registered.revoked_at:%Y-%m-%d}"
            raise ActorNotPermittedError(text, context={"actor": actor.name})
        if actor.role not in DECIDING:
            text = f"{actor.name} is {actor.role} and may look, not decide"
            raise ActorNotPermittedError(text, context={"actor": actor.name})


def _require_text(text: str, field: str, limit: int = LIMITS["text"]) -> None:
    try:
        check_text(text, field, limit)
    except SchemaViolationError as error:
        raise InvalidRequestError(error.message, context=error.context) from error
