"""Held lists in business words, and what became of them (ACC-13)."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.domain.acknowledgements import Outcome
from gateway.domain.approvals import Act, Approval, HoldSubject
from gateway.domain.business_difference import Happened
from gateway.domain.errors import ConflictError, NotFoundError
from gateway.domain.holds import HoldKind, HoldState, HoldView
from gateway.domain.profiles import FeedKind
from tests.fakes.home import OFFICER, Home
from tests.fakes.partner_simulator import make_operator


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """A home whose partner has emptied its list, which is held."""
    made = Home(tmp_path, FeedKind.GRPC)
    ids = ("XB000001", "XB000002")
    made.partner.list_operators(*(make_operator(one, on=made.clock.now) for one in ids))
    receive(made)
    made.partner.list_operators()
    receive(made)
    yield made
    made.close()


def receive(home: Home) -> None:
    home.advance(timedelta(minutes=1))
    home.partner.publish_next()
    document = home.partner.offered()
    home.receiver.receive(home.profile, document, actor=OFFICER, now=home.clock.now)


def held(home: Home) -> HoldView:
    (view,) = home.review.holds(open_only=False)
    return view


def approval(home: Home, act: Act) -> Approval:
    view = held(home)
    return Approval(
        action=act,
        subject=HoldSubject(
            stream=str(view.stream), hold=view.number, list_digest=view.list_digest
        ),
        reason="asked by telephone",
        by=(OFFICER,),
        at=home.clock.now,
    )


def test_acc_12_hold_is_shown_with_what_its_release_would_change(home: Home) -> None:
    view = held(home)
    assert (view.kind, view.state) == (HoldKind.MASS_CHANGE, HoldState.HELD)
    assert (view.sequences, view.counts) == ((2,), {Happened.REMOVED: 2})
    assert [reason.code for reason in view.reasons] == ["MASS_CHANGE"]
    assert view.review == home.profile.agreement.review
    (difference,) = home.review.show(view.number, examples=1).differences
    assert (difference.happened, difference.count) == (Happened.REMOVED, 2)
    assert [example.operator_id for example in difference.examples] == ["XB000001"]


def test_acc_13_release_says_what_changed_and_what_the_partner_is_told(home: Home) -> None:
    done = home.review.release(held(home).number, approval(home, Act.RELEASE))
    assert (done.state, done.accepted_sequence) == (HoldState.RELEASED, 2)
    assert done.counts == {Happened.REMOVED: 2}
    assert (done.told, done.told_sequence, done.needs_full) == (Outcome.APPLIED, 2, False)
    assert (held(home).state, home.review.holds()) == (HoldState.RELEASED, [])
    # Shown as it was, also when it has ended.
    assert held(home).counts == {Happened.REMOVED: 2}


def test_acc_13_rejection_changes_nothing_and_needs_a_full(home: Home) -> None:
    done = home.review.reject(held(home).number, approval(home, Act.REJECT))
    assert (done.state, done.accepted_sequence, done.counts) == (HoldState.REJECTED, 1, {})
    assert (done.told, done.told_sequence, done.needs_full) == (Outcome.REJECTED, 2, True)


def test_acc_13_state_that_was_rejected_comes_again_as_such(home: Home) -> None:
    home.review.reject(held(home).number, approval(home, Act.REJECT))
    receive(home)
    (again,) = home.review.holds()
    assert (again.kind, again.sequences) == (HoldKind.REJECTED_ROOT, (3,))


def test_acc_13_roll_back_says_what_changes_back(home: Home) -> None:
    number = held(home).number
    home.review.release(number, approval(home, Act.RELEASE))
    done = home.review.rollback(number, approval(home, Act.ROLL_BACK))
    assert (done.state, done.accepted_sequence) == (HoldState.ROLLED_BACK, 1)
    assert done.counts == {Happened.ADDED: 2}
    assert (done.told, done.needs_full) == (Outcome.REJECTED, True)
    assert held(home).state is HoldState.ROLLED_BACK


def test_acc_13_lifting_restrictions_tells_the_partner_nothing(home: Home) -> None:
    done = home.review.lift_restrictions(held(home).number, approval(home, Act.LIFT))
    assert (done.state, done.restrictions) == (HoldState.HELD, 0)
    assert (done.told, done.told_sequence) == (None, None)


def test_acc_13_approval_of_what_was_held_before_is_void(home: Home) -> None:
    before = approval(home, Act.RELEASE)
    stale = Approval(
        action=before.action,
        subject=HoldSubject(stream="", hold=before.subject.hold, list_digest="00" * 32),
        reason=before.reason,
        by=before.by,
        at=before.at,
    )
    with pytest.raises(ConflictError):
        home.review.release(held(home).number, stale)
    assert held(home).state is HoldState.HELD


def test_hold_that_is_not_there_is_not_found(home: Home) -> None:
    with pytest.raises(NotFoundError, match="no hold 99"):
        home.review.release(99, approval(home, Act.RELEASE))
    with pytest.raises(NotFoundError, match="no hold 99"):
        home.review.show(99, examples=1)
