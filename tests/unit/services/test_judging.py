"""What a list that is refused again is answered (ACC-5, EXC-4)."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.domain.acknowledgements import Acknowledgement, Outcome, SealedAcknowledgement
from gateway.domain.profiles import FeedKind
from gateway.domain.state import state_root
from gateway.ports.registry import Accepted
from tests.fakes.home import OFFICER, Home
from tests.fakes.partner_simulator import make_operator

AHEAD = timedelta(hours=1)


@pytest.fixture(params=list(FeedKind))
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path, request.param)
    made.partner.list_operators(make_operator("XB000001", on=made.clock.now))
    yield made
    made.close()


def offer(home: Home) -> SealedAcknowledgement:
    received = home.receiver.receive(
        home.profile, home.partner.offered(), actor=OFFICER, now=home.clock.now
    )
    return received.acknowledgement if isinstance(received, Accepted) else received


def told(answer: Acknowledgement) -> tuple[Outcome, int, list[str]]:
    return answer.outcome, answer.revision, [reason.code for reason in answer.reasons]


def refusals(home: Home) -> int:
    return sum(event.action == "list.refused" for event in home.store.audit.events())


def test_exc_4_same_refusal_again_is_the_same_answer_and_told_once(home: Home) -> None:
    home.partner.claims = {"state_root": state_root([])}
    home.partner.publish()
    first = offer(home)
    assert told(first.acknowledgement) == (Outcome.REFUSED, 1, ["ROOT_MISMATCH"])
    home.advance(timedelta(minutes=1))
    assert offer(home) == first
    assert refusals(home) == 1
    # Nor is it sent twice.
    assert len(home.store.outbox.due(home.profile.receives, home.clock.now)) == 1


def test_exc_4_refusal_for_another_reason_is_a_newer_answer(home: Home) -> None:
    now = home.clock.now
    home.partner.now = now + AHEAD
    home.partner.claims = {"state_root": state_root([])}
    home.partner.publish()
    first = offer(home)
    assert told(first.acknowledgement) == (Outcome.REFUSED, 1, ["ISSUED_IN_FUTURE"])
    assert offer(home) == first
    home.advance(AHEAD)
    second = offer(home)
    assert told(second.acknowledgement) == (Outcome.REFUSED, 2, ["ROOT_MISMATCH"])
    assert offer(home) == second
    assert refusals(home) == 2


def test_acc_5_list_that_was_early_is_applied_when_its_time_has_come(home: Home) -> None:
    home.partner.now = home.clock.now + AHEAD
    home.partner.publish()
    assert told(offer(home).acknowledgement) == (Outcome.REFUSED, 1, ["ISSUED_IN_FUTURE"])
    home.advance(AHEAD)
    applied = offer(home)
    assert told(applied.acknowledgement) == (Outcome.APPLIED, 2, [])
    assert offer(home) == applied
