from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from gateway.domain.approvals import Act, HoldSubject
from gateway.domain.errors import (
    ActorNotPermittedError,
    InvalidRequestError,
    NotFoundError,
    UnprovenActorError,
)
from gateway.domain.parties import Role
from gateway.services.actor_desk import ActorDesk
from gateway.services.proofs import Prover
from gateway.store.engines import Store, open_store
from gateway.trust.actor_keys import is_signed_by
from tests.fakes.actors import ADDED, KEYBOARD, Person, make_person, register, subject_of

LATER = ADDED + timedelta(hours=1)


@pytest.fixture
def store(sqlite_url: str) -> Iterator[Store]:
    with open_store(sqlite_url, clock=lambda: ADDED) as opened:
        yield opened


@pytest.fixture
def desk(store: Store) -> ActorDesk:
    return ActorDesk(store.actors, Prover(store.actors, is_signed_by), home="XA")


@pytest.fixture(scope="module")
def person(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Person]:
    folder: Path = tmp_path_factory.mktemp("keys")

    def make(name: str, role: Role = Role.OFFICER) -> Person:
        inner = folder / name / role.value
        inner.mkdir(parents=True, exist_ok=True)
        known = made.get((name, role))
        return known or made.setdefault((name, role), make_person(inner, name, role))

    made: dict[tuple[str, Role], Person] = {}
    return make


@pytest.fixture
def admin(person: Callable[..., Person]) -> Person:
    return person("admin", Role.ADMINISTRATOR)


@pytest.mark.parametrize("role", [Role.OBSERVER, Role.OFFICER, Role.APPROVER])
def test_the_first_actor_is_an_administrator(
    desk: ActorDesk, person: Callable[..., Person], role: Role
) -> None:
    with pytest.raises(ActorNotPermittedError, match="the first actor is an administrator"):
        desk.add_first(person("alice", role).registered, KEYBOARD)


@pytest.mark.parametrize("name", ["", " alice", "a\x1b[2J", "x" * 513])
def test_a_name_is_a_text(desk: ActorDesk, admin: Person, name: str) -> None:
    with pytest.raises(InvalidRequestError, match="name"):
        desk.add_first(replace(admin.registered, name=name), KEYBOARD)


def test_after_the_first_nobody_is_added_without_a_signature(
    desk: ActorDesk, person: Callable[..., Person], admin: Person
) -> None:
    desk.add_first(admin.registered, KEYBOARD)
    with pytest.raises(ActorNotPermittedError, match="only an administrator adds"):
        desk.add_first(person("second", Role.ADMINISTRATOR).registered, KEYBOARD)


def test_an_administrator_adds_and_revokes(
    desk: ActorDesk, store: Store, person: Callable[..., Person], admin: Person
) -> None:
    alice = person("alice")
    desk.add_first(admin.registered, KEYBOARD)
    assert desk.add(alice.registered, admin.sign(Act.ADD_ACTOR, subject_of(alice))) == admin.proven
    signed = admin.sign(Act.REVOKE_ACTOR, subject_of(alice), reason="left the service")
    assert desk.revoke("alice", signed, LATER) == admin.proven
    assert desk.find("alice") == replace(alice.registered, revoked_at=LATER)
    assert [each.statement.reason for each in store.approvals.all()][-1] == "left the service"


@pytest.mark.parametrize("role", [Role.OBSERVER, Role.OFFICER, Role.APPROVER])
def test_nobody_else_adds_or_revokes(
    desk: ActorDesk, store: Store, person: Callable[..., Person], admin: Person, role: Role
) -> None:
    alice, bob = person("alice", role), person("bob")
    register(store, admin, alice)
    with pytest.raises(ActorNotPermittedError, match=f"alice is {role}"):
        desk.add(bob.registered, alice.sign(Act.ADD_ACTOR, subject_of(bob)))
    with pytest.raises(ActorNotPermittedError, match=f"alice is {role}"):
        desk.revoke("admin", alice.sign(Act.REVOKE_ACTOR, subject_of(admin)), LATER)
    assert len(store.actors.all()) == 2


def test_a_signature_for_something_else_adds_nobody(
    desk: ActorDesk, store: Store, person: Callable[..., Person], admin: Person
) -> None:
    alice = person("alice")
    register(store, admin)
    hold = HoldSubject(stream="s", hold=1, list_digest="d")
    wrong = (
        admin.sign(Act.REVOKE_ACTOR, subject_of(alice)),
        admin.sign(Act.ADD_ACTOR, subject_of(alice, home="XC")),
        admin.sign(Act.ADD_ACTOR, subject_of(person("alice", Role.APPROVER))),
        admin.sign(Act.ADD_ACTOR, subject_of(person("bob"))),
        admin.sign(Act.ADD_ACTOR, hold),
    )
    for signed in wrong:
        with pytest.raises(InvalidRequestError, match="something else"):
            desk.add(alice.registered, signed)
    assert store.approvals.all() == []


def test_unknown_revoked_and_forged_signers_prove_nothing(
    desk: ActorDesk, store: Store, person: Callable[..., Person], admin: Person
) -> None:
    second, alice = person("second", Role.ADMINISTRATOR), person("alice")
    register(store, admin)
    subject = subject_of(alice)
    with pytest.raises(UnprovenActorError, match="not registered"):
        desk.add(alice.registered, second.sign(Act.ADD_ACTOR, subject))
    good = admin.sign(Act.ADD_ACTOR, subject)
    stolen = replace(second.sign(Act.ADD_ACTOR, subject), key=good.key)
    with pytest.raises(UnprovenActorError, match="not admin's over this text"):
        desk.add(alice.registered, stolen)
    desk.add(second.registered, admin.sign(Act.ADD_ACTOR, subject_of(second)))
    desk.revoke("second", admin.sign(Act.REVOKE_ACTOR, subject_of(second)), LATER)
    with pytest.raises(UnprovenActorError, match="second was revoked on 2026-03-01"):
        desk.add(alice.registered, second.sign(Act.ADD_ACTOR, subject))


def test_nobody_signs_in_the_name_of_another(
    desk: ActorDesk, store: Store, person: Callable[..., Person], admin: Person
) -> None:
    second, alice = person("second", Role.ADMINISTRATOR), person("alice")
    register(store, admin, second)
    liar = Person(admin.registered, second.key, second.file)
    with pytest.raises(UnprovenActorError, match="signed by second in the name of admin"):
        desk.add(alice.registered, liar.sign(Act.ADD_ACTOR, subject_of(alice)))


def test_strangers_cannot_be_revoked(desk: ActorDesk, store: Store, admin: Person) -> None:
    register(store, admin)
    with pytest.raises(NotFoundError, match="nobody"):
        desk.revoke("nobody", admin.sign(Act.REVOKE_ACTOR, subject_of(admin)), LATER)
