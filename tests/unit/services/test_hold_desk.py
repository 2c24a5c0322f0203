from collections.abc import Iterator
from datetime import timedelta

import pytest

from gateway.domain.agreements import Review
from gateway.domain.approvals import Act, Approved, HoldSubject, SignedStatement, Wanted
from gateway.domain.errors import (
    ActorNotPermittedError,
    ConflictError,
    InvalidRequestError,
    NotFoundError,
    UnprovenActorError,
)
from gateway.domain.holds import HoldOutcome, HoldState
from gateway.domain.parties import Actor, Role
from gateway.services.hold_desk import HoldDesk
from gateway.services.proofs import Prover
from gateway.store.engines import Store, open_store
from gateway.trust.actor_keys import is_signed_by
from tests.fakes.actors import ADDED, Person, make_person, register, subject_of
from tests.fakes.held_lists import HeldLists, make_hold

LATER = ADDED + timedelta(hours=1)
ROLES = {
    "admin": Role.ADMINISTRATOR,
    "alice": Role.OFFICER,
    "bob": Role.OFFICER,
    "carol": Role.APPROVER,
    "olga": Role.OBSERVER,
}


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Person]:
    folder = tmp_path_factory.mktemp("keys")
    return {name: make_person(folder, name, role) for name, role in ROLES.items()}


@pytest.fixture
def store(sqlite_url: str, people: dict[str, Person]) -> Iterator[Store]:
    with open_store(sqlite_url, clock=lambda: ADDED) as opened:
        register(opened, *people.values())
        yield opened


class Desk:
    """A desk over three holds: with four eyes, without, and one more with."""

    def __init__(self, store: Store, people: dict[str, Person]) -> None:
        self.store, self.people = store, people
        self.held = HeldLists(
            make_hold(3), make_hold(4, review=Review(four_eyes=False)), make_hold(5)
        )
        prover = Prover(store.actors, is_signed_by)
        self.desk = HoldDesk(self.held, store.actors, store.approvals, prover)

    def signed(self, name: str, act: Act = Act.RELEASE, *, hold: int = 3) -> SignedStatement:
        statement = self.desk.statement(act, hold, reason="asked", actor=name, now=LATER)
        return self.people[name].key.sign(statement)

    def submit(self, name: str, act: Act = Act.RELEASE, *, hold: int = 3) -> Wanted | HoldOutcome:
        return self.desk.submit(self.signed(name, act, hold=hold), LATER)

    def proven(self, *names: str) -> tuple[Actor, ...]:
        return tuple(self.people[name].proven for name in names)


@pytest.fixture
def holds(store: Store, people: dict[str, Person]) -> Desk:
    return Desk(store, people)


@pytest.mark.parametrize("act", [Act.RELEASE, Act.REJECT, Act.LIFT])
def test_the_first_approval_is_recorded_and_the_second_acts(holds: Desk, act: Act) -> None:
    first = holds.submit("alice", act)
    assert first == Wanted(missing=1, of_approver=True, given=holds.proven("alice"))
    assert holds.held.approvals == []
    second = holds.submit("carol", act)
    assert isinstance(second, HoldOutcome)
    (approval,) = holds.held.approvals
    assert (approval.action, approval.by) == (act, holds.proven("alice", "carol"))
    assert approval.actor == holds.people["carol"].proven
    assert (approval.reason, approval.at) == ("asked", LATER)


def test_a_release_is_rolled_back_by_two_as_well(holds: Desk) -> None:
    holds.submit("alice")
    holds.submit("carol")
    assert isinstance(holds.submit("carol", Act.ROLL_BACK), Wanted)
    assert isinstance(holds.submit("bob", Act.ROLL_BACK), HoldOutcome)
    assert holds.desk.find(3).view.state is HoldState.ROLLED_BACK


def test_approvals_count_for_their_own_act_and_hold_only(holds: Desk) -> None:
    holds.submit("alice", Act.RELEASE)
    assert isinstance(holds.submit("carol", Act.REJECT), Wanted)
    assert isinstance(holds.submit("carol", Act.RELEASE, hold=5), Wanted)
    assert isinstance(holds.submit("admin", Act.RELEASE), HoldOutcome)


def test_nobody_is_four_eyes_alone(holds: Desk) -> None:
    for _ in range(3):
        assert isinstance(holds.submit("admin"), Wanted)


def test_an_approval_lapses_when_another_list_joins_the_hold(holds: Desk) -> None:
    holds.submit("alice")
    holds.held.grow(3)
    held = holds.desk.find(3)
    assert (held.proposals, held.lapsed) == ((), 1)
    assert holds.submit("carol") == Wanted(
        missing=1, of_approver=False, given=holds.proven("carol")
    )


def test_what_was_signed_for_an_older_held_list_is_refused(holds: Desk) -> None:
    signed = holds.signed("alice")
    holds.held.grow(3)
    with pytest.raises(ConflictError, match="hold 3 has moved"):
        holds.desk.submit(signed, LATER)
    assert holds.desk.find(3).lapsed == 0


def test_an_approval_of_somebody_revoked_meanwhile_counts_no_more(holds: Desk) -> None:
    holds.submit("alice")
    admin, alice = holds.people["admin"], holds.people["alice"]
    signed = admin.sign(Act.REVOKE_ACTOR, subject_of(alice))
    holds.store.actors.revoke("alice", admin.proven, signed, LATER)
    assert isinstance(holds.submit("carol"), Wanted)
    with pytest.raises(UnprovenActorError, match="alice was revoked"):
        holds.submit("alice")


def test_an_observer_may_look_and_not_decide(holds: Desk) -> None:
    for hold in (3, 4):
        with pytest.raises(ActorNotPermittedError, match="olga is observer"):
            holds.submit("olga", hold=hold)
    assert holds.store.approvals.of_hold(3) == []


def test_somebody_elses_signature_is_refused(holds: Desk) -> None:
    statement = holds.desk.statement(Act.RELEASE, 3, reason="x", actor="carol", now=LATER)
    with pytest.raises(UnprovenActorError, match="signed by alice in the name of carol"):
        holds.desk.submit(holds.people["alice"].key.sign(statement), LATER)


def test_a_signature_about_an_actor_moves_no_hold(holds: Desk) -> None:
    admin = holds.people["admin"]
    signed = admin.sign(Act.ADD_ACTOR, subject_of(holds.people["alice"]))
    with pytest.raises(InvalidRequestError, match="not about a hold"):
        holds.desk.submit(signed, LATER)


def test_a_name_is_enough_where_the_agreement_wants_no_four_eyes(holds: Desk) -> None:
    named = holds.desk.named("the officer of the day")
    assert named == Actor(name="the officer of the day", role=Role.OFFICER)
    statement = holds.desk.statement(Act.REJECT, 4, reason="x", actor=named.name, now=LATER)
    done = holds.desk.submit_named(statement, named, LATER)
    assert (done.state, done.by) == (HoldState.REJECTED, (named,))
    assert holds.store.approvals.of_hold(4) == []


def test_one_signature_is_enough_there(holds: Desk) -> None:
    assert isinstance(holds.submit("alice", hold=4), HoldOutcome)
    assert len(holds.store.approvals.of_hold(4)) == 1


def test_a_name_is_not_enough_for_four_eyes(holds: Desk) -> None:
    named = holds.desk.named("carol")
    statement = holds.desk.statement(Act.RELEASE, 3, reason="x", actor="carol", now=LATER)
    with pytest.raises(ActorNotPermittedError, match="XA-XB wants four eyes"):
        holds.desk.submit_named(statement, named, LATER)


def test_who_gives_a_registered_name_has_its_role_and_no_more(holds: Desk) -> None:
    assert holds.desk.named("olga") == Actor(name="olga", role=Role.OBSERVER)
    statement = holds.desk.statement(Act.RELEASE, 4, reason="x", actor="olga", now=LATER)
    with pytest.raises(ActorNotPermittedError, match="olga is observer"):
        holds.desk.submit_named(statement, holds.desk.named("olga"), LATER)
    admin, olga = holds.people["admin"], holds.people["olga"]
    signed = admin.sign(Act.REVOKE_ACTOR, subject_of(olga))
    holds.store.actors.revoke("olga", admin.proven, signed, LATER)
    with pytest.raises(ActorNotPermittedError, match="olga was revoked"):
        holds.desk.named("olga")


@pytest.mark.parametrize(
    ("act", "told"),
    [(Act.ROLL_BACK, "hold 3 is held; this is for one that is released")],
)
def test_an_act_needs_a_hold_in_its_state(holds: Desk, act: Act, told: str) -> None:
    with pytest.raises(InvalidRequestError, match=told):
        holds.signed("alice", act)


def test_an_ended_hold_is_not_decided_again(holds: Desk) -> None:
    holds.submit("alice", Act.REJECT, hold=4)
    for act in (Act.RELEASE, Act.REJECT):
        with pytest.raises(InvalidRequestError, match="hold 4 is rejected"):
            holds.signed("alice", act, hold=4)


def test_restrictions_are_lifted_once(holds: Desk) -> None:
    holds.submit("alice", Act.LIFT, hold=4)
    with pytest.raises(InvalidRequestError, match="restricts nobody"):
        holds.signed("alice", Act.LIFT, hold=4)


@pytest.mark.parametrize("reason", ["", "x" * 513, "a\nb"])
def test_a_reason_is_wanted_before_anything_is_signed(holds: Desk, reason: str) -> None:
    with pytest.raises(InvalidRequestError, match="reason"):
        holds.desk.statement(Act.RELEASE, 3, reason=reason, actor="alice", now=LATER)


def test_an_unknown_hold_is_told_with_the_open_ones(holds: Desk) -> None:
    holds.submit("alice", Act.REJECT, hold=4)
    with pytest.raises(NotFoundError, match="no hold 9; open ones: 3, 5"):
        holds.desk.find(9)


def test_foreseeing_changes_nothing(holds: Desk) -> None:
    carol = holds.people["carol"].proven
    statement = holds.desk.statement(Act.RELEASE, 3, reason="x", actor="carol", now=LATER)
    assert isinstance(holds.desk.foresee(statement, carol), Wanted)
    holds.submit("alice")
    assert holds.desk.foresee(statement, carol) == Approved(by=holds.proven("alice", "carol"))
    assert holds.held.approvals == []
    assert len(holds.store.approvals.of_hold(3)) == 1


def test_holds_are_shown_with_what_was_approved_and_what_is_wanted(holds: Desk) -> None:
    holds.submit("alice")
    first, second, _ = holds.desk.holds()
    (proposal,) = first.proposals
    assert (proposal.action, proposal.by) == (Act.RELEASE, holds.proven("alice"))
    assert isinstance(proposal.standing, Wanted)
    assert second.proposals == ()
    holds.submit("alice", Act.REJECT, hold=4)
    assert [held.view.number for held in holds.desk.holds()] == [3, 5]
    assert [held.view.number for held in holds.desk.holds(open_only=False)] == [3, 4, 5]


def test_an_approval_names_stream_hold_and_newest_list(holds: Desk) -> None:
    statement = holds.desk.statement(Act.RELEASE, 3, reason="x", actor="alice", now=LATER)
    view = holds.held.views[3]
    assert statement.subject == HoldSubject(
        stream=str(view.stream), hold=3, list_digest=view.list_digest
    )
