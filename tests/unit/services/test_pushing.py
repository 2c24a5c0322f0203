"""Bringing lists to a partner (EXC-3), over both feeds, with a partner in memory."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from gateway.domain.acknowledgements import Acknowledgement, Outcome, Reason
from gateway.domain.canonical import list_digest
from gateway.domain.documents import SealedList
from gateway.domain.errors import SignatureError, TransportError, TrustError, WrongStreamError
from gateway.domain.profiles import FeedKind, Send
from gateway.domain.publishing import Wish
from gateway.services.pushing import PushResult
from tests.fakes.home import OFFICER, Home
from tests.fakes.partner_simulator import Keys

Answer = Callable[[SealedList], bytes | None]


@pytest.fixture(params=list(FeedKind))
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path, request.param)
    made.profile = replace(made.profile, exchange=replace(made.profile.exchange, send=Send.PUSH))
    yield made
    made.close()


def issue(home: Home) -> None:
    home.publisher.publish(home.profile, actor=OFFICER, now=home.clock.now, wish=Wish.FULL)


def run(home: Home) -> PushResult:
    return home.pusher.run(home.profile, now=home.clock.now)


def answering(home: Home, *outcomes: Outcome, code: str = "GAP", **changes: object) -> Answer:
    """Answer with these outcomes in turn, and with the last one from then on."""
    left = list(outcomes)

    def take(sealed: SealedList) -> bytes:
        home.partner.pushed.append(sealed)
        number = next(
            number for number in range(1, 99) if home.issued.find(home.profile, number) == sealed
        )
        outcome = left.pop(0) if len(left) > 1 else left[0]
        header = home.store.publications.newest(home.profile.sends)
        assert header is not None
        values: dict[str, object] = {
            "acknowledgement_id": f"XB-{number}",
            "stream": home.profile.sends,
            "sequence": number,
            "list_digest": list_digest(header),
            "outcome": outcome,
            "revision": 1,
            "acknowledged_at": home.clock.now,
            "reasons": (Reason(code=code, text="so it is"),) if outcome is Outcome.REFUSED else (),
        }
        return home.partner.answer(Acknowledgement(**(values | changes)))  # type: ignore[arg-type]  # a test's own values

    return take


def sequences(home: Home) -> list[int]:
    found = {
        home.issued.find(home.profile, number): number
        for number in range(1, 20)
        if home.issued.find(home.profile, number)
    }
    return [found[sealed] for sealed in home.partner.pushed]


def test_exc_3_every_list_is_brought_once_and_in_order(home: Home) -> None:
    home.partner.take = answering(home, Outcome.APPLIED)
    issue(home)
    assert run(home) == PushResult(lists=1, sequence=1, outcome=Outcome.APPLIED)
    assert run(home) == PushResult()
    issue(home)
    issue(home)
    assert run(home).lists == 2
    assert sequences(home) == [1, 2, 3]


def test_exc_3_a_partner_that_asks_is_brought_nothing(home: Home) -> None:
    home.profile = replace(home.profile, exchange=replace(home.profile.exchange, send=Send.PULL))
    issue(home)
    assert run(home) == PushResult()
    assert home.partner.pushed == []


def test_exc_3_a_partner_that_has_nothing_begins_with_the_newest_full(home: Home) -> None:
    issue(home)
    issue(home)
    home.partner.take = answering(home, Outcome.APPLIED)
    run(home)
    assert sequences(home) == [2]


def test_syn_3_a_list_that_did_not_arrive_is_brought_by_the_next_run(home: Home) -> None:
    issue(home)
    home.partner.is_down = True
    with pytest.raises(TransportError):
        run(home)
    home.partner.is_down = False
    home.partner.take = answering(home, Outcome.APPLIED)
    assert run(home).sequence == 1


def test_exc_3_behind_a_refused_list_nothing_is_brought_in_that_run(home: Home) -> None:
    home.partner.take = answering(
        home, Outcome.APPLIED, Outcome.REFUSED, code="NEXT_UPDATE_INVALID"
    )
    issue(home)
    run(home)
    issue(home)
    issue(home)
    assert run(home) == PushResult(
        lists=1, sequence=2, outcome=Outcome.REFUSED, reasons=("NEXT_UPDATE_INVALID",)
    )
    assert sequences(home) == [1, 2]


def test_acc_13_a_held_list_does_not_stop_the_stream(home: Home) -> None:
    home.partner.take = answering(home, Outcome.APPLIED, Outcome.HELD)
    issue(home)
    run(home)
    issue(home)
    issue(home)
    assert run(home).lists == 2


def test_syn_5_a_gap_at_the_partner_is_healed_by_a_full_in_the_same_run(home: Home) -> None:
    home.partner.take = answering(home, Outcome.APPLIED, Outcome.REFUSED, Outcome.APPLIED)
    issue(home)
    run(home)
    issue(home)
    issue(home)
    result = run(home)
    assert (result.outcome, sequences(home)) == (Outcome.APPLIED, [1, 2, 3])


def test_exc_3_after_a_gap_what_lies_before_the_full_is_not_brought(home: Home) -> None:
    home.partner.take = answering(home, Outcome.APPLIED, Outcome.REFUSED, Outcome.APPLIED)
    issue(home)
    run(home)
    for _ in range(3):
        issue(home)
    run(home)
    assert sequences(home) == [1, 2, 4]


def test_syn_5_a_full_that_fails_too_is_not_brought_again_and_again(home: Home) -> None:
    home.partner.take = answering(home, Outcome.REFUSED)
    issue(home)
    for _ in range(3):
        run(home)
    assert sequences(home) == [1]


def test_exc_3_one_process_brings_lists(home: Home) -> None:
    issue(home)
    subject = f"push {home.profile.sends}"
    assert home.store.leases.acquire(subject, "another", home.clock.now, timedelta(minutes=5))
    assert run(home) == PushResult()
    assert home.partner.pushed == []


def test_exc_4_an_answer_that_is_not_the_partners_is_not_believed(
    home: Home, tmp_path: Path
) -> None:
    issue(home)
    home.partner.take = answering(home, Outcome.APPLIED)
    home.partner.sign_with(Keys(tmp_path / "stranger", "XB", home.clock.now))
    with pytest.raises((TrustError, SignatureError)):
        run(home)
    assert home.store.outbox.newest_received(home.profile.sends) is None


def test_exc_4_an_answer_to_another_stream_is_none(home: Home) -> None:
    issue(home)
    home.partner.take = answering(home, Outcome.APPLIED, stream=home.profile.receives)
    with pytest.raises(WrongStreamError):
        run(home)


def test_exc_7_a_list_that_is_left_is_not_left_again_and_its_answer_is_collected(
    home: Home,
) -> None:
    issue(home)
    assert run(home) == PushResult(lists=1, sequence=1)
    answer = answering(home, Outcome.APPLIED)(home.partner.pushed[0])
    assert answer is not None
    home.partner.pushed.clear()
    issue(home)
    home.partner.left_answers = [answer]
    assert run(home) == PushResult(lists=1, sequence=2)
    received = home.store.outbox.newest_received(home.profile.sends)
    assert received is not None
    assert received.document == answer
    assert run(home) == PushResult()
