"""New epochs take two people, and no file raises one (SEQ-3)."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from msgspec.structs import replace

from gateway.domain.approvals import Act, Approved, HoldSubject, Wanted
from gateway.domain.errors import (
    ActorNotPermittedError,
    ConflictError,
    InvalidRequestError,
    NotFoundError,
    UnprovenActorError,
)
from gateway.domain.lists import Stream
from gateway.domain.parties import Role
from gateway.services.approval_check import check_approvals
from gateway.services.epoch_desk import EpochDesk, EpochRaised
from gateway.services.onboarding import apply_profile
from gateway.services.proofs import Prover
from gateway.store.engines import Store, open_store
from gateway.trust.actor_keys import is_signed_by
from tests.contract.profiles_suite import OFFICER, profile
from tests.fakes.actors import ADDED, Person, make_person, register, subject_of

LATER = ADDED + timedelta(hours=1)
ROLES = {
    "admin": Role.ADMINISTRATOR,
    "alice": Role.OFFICER,
    "bob": Role.OFFICER,
    "olga": Role.OBSERVER,
}
RECEIVES = profile().receives.of_epoch(2)
SENDS = profile().sends.of_epoch(2)


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Person]:
    folder = tmp_path_factory.mktemp("keys")
    return {name: make_person(folder, name, role) for name, role in ROLES.items()}


@pytest.fixture
def store(sqlite_url: str, people: dict[str, Person]) -> Iterator[Store]:
    with open_store(sqlite_url, clock=lambda: ADDED) as opened:
        register(opened, *people.values())
        opened.profiles.apply(profile(), OFFICER, ADDED)
        yield opened


class Desk:
    def __init__(self, store: Store, people: dict[str, Person]) -> None:
        self.store, self.people = store, people
        self.desk = EpochDesk(store.profiles, store.approvals, Prover(store.actors, is_signed_by))

    def submit(self, name: str, stream: Stream = RECEIVES) -> Wanted | EpochRaised:
        statement = self.desk.statement(stream, "XB", reason="stolen key", actor=name, now=LATER)
        return self.desk.submit(self.people[name].key.sign(statement), LATER)

    @property
    def epochs(self) -> tuple[int, int]:
        stored = self.store.profiles.find("XB")
        assert stored is not None
        return stored.profile.receive_epoch, stored.profile.send_epoch


@pytest.fixture
def epochs(store: Store, people: dict[str, Person]) -> Desk:
    return Desk(store, people)


@pytest.mark.parametrize(("stream", "raised"), [(RECEIVES, (2, 1)), (SENDS, (1, 2))])
def test_seq_3_a_new_epoch_takes_two_people(
    epochs: Desk, stream: Stream, raised: tuple[int, int]
) -> None:
    first = epochs.submit("alice", stream)
    assert first == Wanted(missing=1, of_approver=True, given=(epochs.people["alice"].proven,))
    assert epochs.epochs == (1, 1)
    second = epochs.submit("admin", stream)
    both = (epochs.people["alice"].proven, epochs.people["admin"].proven)
    assert second == EpochRaised(stream=str(stream), epoch=2, version=2, by=both)
    assert epochs.epochs == raised
    told = list(epochs.store.audit.events())[-1]
    assert told.action == "profile.applied"
    assert told.facts["approved_by"] == "alice, admin"
    assert told.facts["reason"] == "stolen key"
    assert check_approvals(epochs.store.actors.witnessed(), is_signed_by) > 0


def test_seq_3_one_person_twice_and_two_officers_are_not_enough(epochs: Desk) -> None:
    for name in ("alice", "alice", "bob"):
        assert isinstance(epochs.submit(name), Wanted)
    assert epochs.epochs == (1, 1)


def test_approvals_of_one_way_are_none_of_the_other(epochs: Desk) -> None:
    epochs.submit("alice", RECEIVES)
    assert isinstance(epochs.submit("admin", SENDS), Wanted)
    epochs.submit("alice", RECEIVES.of_epoch(3))
    assert epochs.epochs == (1, 1)


def test_an_approval_of_somebody_revoked_meanwhile_counts_no_more(epochs: Desk) -> None:
    epochs.submit("alice")
    alice, admin = epochs.people["alice"], epochs.people["admin"]
    signed = admin.sign(Act.REVOKE_ACTOR, subject_of(alice))
    epochs.store.actors.revoke("alice", admin.proven, signed, LATER)
    assert isinstance(epochs.submit("admin"), Wanted)


def test_seq_3_a_closed_epoch_never_begins_again(epochs: Desk) -> None:
    epochs.submit("alice")
    epochs.submit("admin")
    for epoch in (1, 2):
        with pytest.raises(InvalidRequestError, match="not higher"):
            epochs.submit("alice", RECEIVES.of_epoch(epoch))


def test_strangers_observers_and_other_statements_raise_nothing(epochs: Desk) -> None:
    with pytest.raises(NotFoundError):
        epochs.submit("alice", replace(RECEIVES, agreement="XA-XC"))
    with pytest.raises(NotFoundError):
        epochs.desk.statement(RECEIVES, "XC", reason="lost", actor="alice", now=LATER)
    with pytest.raises(ActorNotPermittedError):
        epochs.submit("olga")
    about_a_hold = HoldSubject(stream="s", hold=1, list_digest="00" * 32)
    with pytest.raises(InvalidRequestError):
        epochs.desk.submit(epochs.people["alice"].sign(Act.RELEASE, about_a_hold), LATER)
    signed = epochs.people["alice"].sign(Act.RELEASE, about_a_hold)
    with pytest.raises(UnprovenActorError):
        epochs.desk.submit(replace(signed, content=signed.content + b" "), LATER)


def test_an_approval_is_foreseen_without_a_trace(epochs: Desk) -> None:
    statement = epochs.desk.statement(RECEIVES, "XB", reason="lost", actor="admin", now=LATER)
    admin = epochs.people["admin"].proven
    assert isinstance(epochs.desk.foresee(statement, admin), Wanted)
    epochs.submit("alice")
    assert isinstance(epochs.desk.foresee(statement, admin), Approved)
    assert epochs.epochs == (1, 1)


def test_a_profile_applied_meanwhile_is_not_written_over(epochs: Desk) -> None:
    stored = epochs.store.profiles.find("XB")
    assert stored is not None
    epochs.store.profiles.apply(replace(stored.profile, enabled=False), OFFICER, LATER)
    with pytest.raises(ConflictError, match="meanwhile"):
        epochs.store.profiles.replace(stored, profile(), OFFICER, LATER, facts={})


@pytest.mark.parametrize("way", ["receive", "send"])
def test_seq_3_no_file_raises_an_epoch(store: Store, way: str) -> None:
    changed = replace(profile(), **{f"{way}_epoch": 2})
    with pytest.raises(InvalidRequestError, match=f"mra stream epoch XB --{way}"):
        apply_profile(
            changed,
            profiles=store.profiles,
            callers=store.callers,
            fingerprint_of=lambda _: "aa" * 32,
            actor=OFFICER,
            now=LATER,
        )
    stored = store.profiles.find("XB")
    assert stored is not None
    assert stored.version == 1
