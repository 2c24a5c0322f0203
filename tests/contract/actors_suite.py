"""What every implementation of `ports.actors` does."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from msgspec.structs import replace
from sqlalchemy import text

from gateway.domain.approvals import Act, HoldSubject
from gateway.domain.errors import (
    ActorNotPermittedError,
    AuditTrailError,
    ConflictError,
    NotFoundError,
)
from gateway.domain.parties import Actor, Role
from gateway.services.approval_check import check_approvals
from gateway.store.engines import Store
from gateway.trust.actor_keys import ActorAlgorithm, is_signed_by
from tests.fakes.actors import ADDED, KEYBOARD, Person, make_person, register, subject_of

LATER = ADDED + timedelta(hours=1)
SUBJECT = HoldSubject(stream="XB-XA-XA-XB-production-1", hold=3, list_digest="d8" * 32)
_REST = "'x', signature, recorded_at FROM approvals"
TAMPERINGS = {
    "a key of an actor": (
        "UPDATE actors SET fingerprint = 'x' WHERE name = 'officer'",
        "actor officer was changed",
    ),
    "the text of a key": (
        "UPDATE actors SET public_key = 'x' WHERE name = 'officer'",
        r"approval \d+ is not signed by officer",
    ),
    "the key of another": (
        "UPDATE actors SET public_key = (SELECT public_key FROM actors WHERE name = 'admin')",
        r"approval \d+ is not signed by officer",
    ),
    "a role": (
        "UPDATE actors SET role = 'administrator' WHERE name = 'officer'",
        "actor officer was changed",
    ),
    "a revocation": (
        "UPDATE actors SET revoked_at = 1 WHERE name = 'approver'",
        "actor approver was changed",
    ),
    "an actor more": (
        "INSERT INTO actors SELECT 'mallory', role, 'y', 'x', 1, NULL FROM actors LIMIT 1",
        "actor mallory was put in",
    ),
    "a signature": ("UPDATE approvals SET signature = statement WHERE hold = 3", "not signed by"),
    "who signed": ("UPDATE approvals SET actor = 'approver' WHERE hold = 3", "in the name of"),
    "when it was recorded": (
        "UPDATE approvals SET recorded_at = 1 WHERE hold = 3",
        "while officer was not registered",
    ),
    "an approval less": ("DELETE FROM approvals WHERE hold = 3", "is missing"),
    "an approval twice": (
        f"INSERT INTO approvals SELECT 999, actor, 3, statement, {_REST} WHERE hold = 3",
        "approval 999 was put in",
    ),
}
"""With what the check says."""


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Person]:
    folder = tmp_path_factory.mktemp("keys")
    return {
        "admin": make_person(folder, "admin", Role.ADMINISTRATOR),
        "second": make_person(folder, "second", Role.ADMINISTRATOR),
        "officer": make_person(folder, "officer", Role.OFFICER, algorithm=ActorAlgorithm.P256),
        "approver": make_person(folder, "approver", Role.APPROVER),
    }


def revoke(store: Store, person: Person, *, by: Person) -> None:
    signed = by.sign(Act.REVOKE_ACTOR, subject_of(person), at=LATER)
    store.actors.revoke(person.registered.name, by.proven, signed, LATER)


class ActorsSuite:
    def test_there_are_no_actors_at_first(self, store: Store) -> None:
        assert store.actors.all() == []
        assert store.actors.find("admin") is None
        assert store.actors.find_key("x") is None

    def test_registered_actors_come_back_whole_by_name_and_by_key(
        self, store: Store, people: dict[str, Person]
    ) -> None:
        admin, officer = people["admin"], people["officer"]
        register(store, admin, officer)
        assert store.actors.all() == [admin.registered, officer.registered]
        assert store.actors.find("officer") == officer.registered
        assert store.actors.find_key(officer.registered.fingerprint) == officer.registered

    def test_only_one_is_the_first(self, store: Store, people: dict[str, Person]) -> None:
        store.actors.add_first(people["admin"].registered, KEYBOARD)
        with pytest.raises(ConflictError):
            store.actors.add_first(people["second"].registered, KEYBOARD)

    def test_of_two_first_actors_at_once_one_is_registered(
        self, store: Store, people: dict[str, Person]
    ) -> None:
        barrier = Barrier(2)

        def add(name: str) -> bool:
            barrier.wait()
            try:
                store.actors.add_first(people[name].registered, KEYBOARD)
            except ConflictError:
                return False
            return True

        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(add, ("admin", "second"))) == [False, True]
        assert len(store.actors.all()) == 1

    @pytest.mark.parametrize("revoked", [False, True], ids=["registered", "revoked"])
    @pytest.mark.parametrize("same", ["name", "fingerprint"])
    def test_names_and_keys_are_never_used_twice(
        self, store: Store, people: dict[str, Person], same: str, *, revoked: bool
    ) -> None:
        admin, officer = people["admin"], people["officer"]
        register(store, admin, officer)
        if revoked:
            revoke(store, officer, by=admin)
        before = store.actors.all()
        taken = {same: getattr(officer.registered, same)}
        again = replace(people["approver"].registered, **taken)
        signed = admin.sign(Act.ADD_ACTOR, subject_of(people["approver"]), reason="again")
        with pytest.raises(ConflictError, match="registered already"):
            store.actors.add(again, admin.proven, signed)
        assert store.actors.all() == before
        assert len(store.approvals.all()) == (2 if revoked else 1)

    def test_a_revoked_actor_stays_and_stays_revoked(
        self, store: Store, people: dict[str, Person]
    ) -> None:
        admin, officer = people["admin"], people["officer"]
        register(store, admin, officer)
        revoke(store, officer, by=admin)
        ended = replace(officer.registered, revoked_at=LATER)
        assert store.actors.find("officer") == ended
        with pytest.raises(ConflictError, match="revoked already"):
            revoke(store, officer, by=admin)
        assert store.actors.find_key(officer.registered.fingerprint) == ended

    def test_the_last_administrator_stays(self, store: Store, people: dict[str, Person]) -> None:
        admin, second = people["admin"], people["second"]
        register(store, admin, second, people["officer"])
        revoke(store, second, by=admin)
        with pytest.raises(ActorNotPermittedError, match="last administrator"):
            revoke(store, admin, by=admin)
        assert len(store.approvals.all()) == 3

    def test_two_administrators_cannot_revoke_each_other_at_once(
        self, store: Store, people: dict[str, Person]
    ) -> None:
        admin, second = people["admin"], people["second"]
        register(store, admin, second)
        barrier = Barrier(2)

        def end(pair: tuple[Person, Person]) -> bool:
            barrier.wait()
            try:
                revoke(store, pair[0], by=pair[1])
            except (ConflictError, ActorNotPermittedError):
                return False
            return True

        with ThreadPoolExecutor(2) as pool:
            done = list(pool.map(end, ((admin, second), (second, admin))))
        assert sorted(done) == [False, True]

    def test_strangers_are_not_revoked(self, store: Store, people: dict[str, Person]) -> None:
        register(store, people["admin"])
        with pytest.raises(NotFoundError):
            revoke(store, people["officer"], by=people["admin"])
        assert store.approvals.all() == []

    def test_the_trail_tells_who_added_whom_and_with_which_proof(
        self, store: Store, people: dict[str, Person]
    ) -> None:
        admin, officer = people["admin"], people["officer"]
        register(store, admin, officer)
        revoke(store, officer, by=admin)
        told = [(each.action, each.subject, each.actor) for each in store.audit.events()]
        assert told == [
            ("actor.added", "admin", KEYBOARD),
            ("approval.recorded", "officer", admin.proven),
            ("actor.added", "officer", admin.proven),
            ("approval.recorded", "officer", admin.proven),
            ("actor.revoked", "officer", admin.proven),
        ]
        assert store.audit.verify() == 5


class ApprovalsSuite:
    @pytest.fixture
    def registered(self, store: Store, people: dict[str, Person]) -> Store:
        register(store, people["admin"], people["officer"], people["approver"])
        return store

    def test_an_approval_comes_back_as_it_was_signed(
        self, registered: Store, people: dict[str, Person]
    ) -> None:
        officer = people["officer"]
        signed = officer.sign(Act.RELEASE, SUBJECT, reason="电话确认")
        registered.approvals.record(officer.proven, signed, LATER)
        (recorded,) = registered.approvals.of_hold(3)
        assert (recorded.signed, recorded.actor) == (signed, officer.proven)
        assert recorded.statement.reason == "电话确认"
        assert recorded.recorded_at == LATER
        assert registered.approvals.of_hold(4) == []
        assert registered.approvals.all()[-1] == recorded

    def test_the_same_approval_again_changes_nothing(
        self, registered: Store, people: dict[str, Person]
    ) -> None:
        officer = people["officer"]
        signed = officer.sign(Act.RELEASE, SUBJECT)
        registered.approvals.record(officer.proven, signed, LATER)
        events = registered.audit.verify()
        registered.approvals.record(officer.proven, signed, LATER)
        assert len(registered.approvals.of_hold(3)) == 1
        assert registered.audit.verify() == events

    def test_approvals_of_the_revoked_count_no_more_and_stay(
        self, registered: Store, people: dict[str, Person]
    ) -> None:
        officer = people["officer"]
        signed = officer.sign(Act.RELEASE, SUBJECT)
        registered.approvals.record(officer.proven, signed, LATER)
        revoke(registered, officer, by=people["admin"])
        assert registered.approvals.of_hold(3) == []
        assert signed in [each.signed for each in registered.approvals.all()]
        with pytest.raises(ConflictError, match="revoked meanwhile"):
            registered.approvals.record(officer.proven, officer.sign(Act.REJECT, SUBJECT), LATER)

    def test_nobody_unregistered_approves(
        self, registered: Store, people: dict[str, Person]
    ) -> None:
        signed = people["second"].sign(Act.RELEASE, SUBJECT)
        with pytest.raises(ConflictError):
            registered.approvals.record(people["second"].proven, signed, LATER)
        named = Actor(name="officer", role=Role.OFFICER)
        with pytest.raises(ConflictError):
            registered.approvals.record(named, signed, LATER)

    @pytest.mark.parametrize(("tampering", "told"), TAMPERINGS.values(), ids=TAMPERINGS)
    def test_what_was_changed_in_the_record_is_found_and_named(
        self, registered: Store, people: dict[str, Person], tampering: str, told: str
    ) -> None:
        officer = people["officer"]
        registered.approvals.record(officer.proven, officer.sign(Act.RELEASE, SUBJECT), LATER)
        assert check_approvals(registered.actors.witnessed(), is_signed_by) == 3
        with registered._database.write() as connection:
            connection.execute(text(tampering))
        with pytest.raises(AuditTrailError, match=told):
            check_approvals(registered.actors.witnessed(), is_signed_by)

    def test_approvals_of_the_revoked_are_still_proven(
        self, registered: Store, people: dict[str, Person]
    ) -> None:
        officer = people["officer"]
        registered.approvals.record(officer.proven, officer.sign(Act.RELEASE, SUBJECT), LATER)
        revoke(registered, officer, by=people["admin"])
        assert check_approvals(registered.actors.witnessed(), is_signed_by) == 4

    def test_an_actor_who_is_gone_is_missed(self, store: Store, people: dict[str, Person]) -> None:
        register(store, people["admin"])
        with store._database.write() as connection:
            connection.execute(text("DELETE FROM actors"))
        with pytest.raises(AuditTrailError, match="actor admin is missing"):
            check_approvals(store.actors.witnessed(), is_signed_by)
