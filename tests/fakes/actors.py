"""People with keys of their own."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from gateway.domain.approvals import Act, ActorSubject, SignedStatement, Statement, Subject
from gateway.domain.parties import Actor, RegisteredActor, Role
from gateway.store.engines import Store
from gateway.trust.actor_keys import (
    ActorAlgorithm,
    ActorKey,
    load_actor_key,
    make_actor_key,
    read_public_key,
)

ADDED = datetime(2026, 3, 1, tzinfo=UTC)
KEYBOARD = Actor(name="root", role=Role.ADMINISTRATOR)


@dataclass(frozen=True)
class Person:
    """An actor with both halves of the key."""

    registered: RegisteredActor
    key: ActorKey
    file: Path

    @property
    def proven(self) -> Actor:
        return self.registered.proven

    def sign(
        self,
        action: Act,
        subject: Subject,
        *,
        reason: str = "asked by telephone",
        at: datetime = ADDED,
    ) -> SignedStatement:
        return self.key.sign(
            Statement(
                action=action, subject=subject, reason=reason, actor=self.registered.name, at=at
            )
        )


def make_person(
    folder: Path,
    name: str,
    role: Role,
    *,
    algorithm: ActorAlgorithm = ActorAlgorithm.ED25519,
    now: datetime = ADDED,
) -> Person:
    file = folder / f"{name}.pem"
    public = read_public_key(make_actor_key(file, algorithm=algorithm, passphrase=None))
    registered = RegisteredActor(
        name=name,
        role=role,
        public_key=public.pem,
        fingerprint=public.fingerprint,
        added_at=now,
    )
    return Person(registered, load_actor_key(file, None), file)


def subject_of(person: Person, *, home: str = "XA") -> ActorSubject:
    registered = person.registered
    return ActorSubject(
        home=home, name=registered.name, role=registered.role, key=registered.fingerprint
    )


def register(store: Store, administrator: Person, *others: Person) -> None:
    """Register an administrator as the first, and the others by the administrator's signature."""
    store.actors.add_first(administrator.registered, KEYBOARD)
    for person in others:
        signed = administrator.sign(Act.ADD_ACTOR, subject_of(person))
        store.actors.add(person.registered, administrator.proven, signed)
