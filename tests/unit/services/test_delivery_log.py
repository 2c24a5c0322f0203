"""What the services put into the delivery log, on both kinds of feed."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.domain.acknowledgements import Acknowledgement, Outcome
from gateway.domain.canonical import list_digest
from gateway.domain.deliveries import (
    LONGEST_RETRY,
    REFUSALS_UNTIL_DEAD,
    Delivery,
    DeliveryState,
    Kind,
    Movement,
)
from gateway.domain.errors import NotFoundError, TransportError, TrustError, UnknownSignerError
from gateway.domain.lists import ListHeader
from gateway.domain.parties import Caller, Purpose
from gateway.domain.profiles import FeedKind
from gateway.domain.publishing import Wish
from gateway.domain.transport_faults import TransportFault
from gateway.ports.contacts import Contact
from gateway.ports.deliveries import Wanted
from gateway.services.issued import PACKAGING
from gateway.services.logged_channel import submit
from tests.fakes.home import OFFICER, Home
from tests.fakes.partner_simulator import Keys, make_operator


@pytest.fixture(params=list(FeedKind))
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path, request.param)
    made.partner.list_operators(make_operator("XB000001", on=made.clock.now))
    yield made
    made.close()


def run(home: Home) -> None:
    home.sync.run(home.profile, now=home.clock.now)


def log(home: Home) -> list[Delivery]:
    """Return the log, oldest first."""
    return home.store.deliveries.find(Wanted(limit=100))[::-1]


def told(home: Home) -> list[tuple[Kind, Movement, DeliveryState]]:
    return [(each.transmission.kind, each.transmission.movement, each.state) for each in log(home)]


def caller(home: Home) -> Caller:
    return Caller(
        name="partner XB",
        fingerprint="00" * 32,
        purposes=(Purpose.EXCHANGE,),
        partner="XB",
        added_at=home.clock.now,
    )


def issue(home: Home) -> ListHeader:
    header = home.publisher.publish(home.profile, actor=OFFICER, now=home.clock.now, wish=Wish.FULL)
    assert header is not None
    return header


def test_fetched_list_and_our_answer_are_in_the_log_with_what_became_of_them(home: Home) -> None:
    home.partner.publish()
    run(home)
    assert told(home) == [
        (Kind.LIST, Movement.FETCHED, DeliveryState.DELIVERED),
        (Kind.ACKNOWLEDGEMENT, Movement.SENT, DeliveryState.DELIVERED),
    ]
    fetched, answered = log(home)
    assert fetched.transmission.digest == home.partner.offered().digest
    assert fetched.transmission.size == home.partner.offered().size
    assert fetched.answer == answered.answer
    assert fetched.answer is not None
    assert answered.attempts == 1


def test_poll_that_brings_no_list_leaves_no_line_in_the_log(home: Home) -> None:
    home.partner.publish()
    run(home)
    home.advance(timedelta(minutes=1))
    run(home)
    assert len(log(home)) == 2
    assert home.store.contacts.last(home.profile.receives) == Contact(at=home.clock.now)


def test_partner_that_cannot_be_reached_leaves_its_error_as_newest_contact(home: Home) -> None:
    home.partner.is_down = True
    with pytest.raises(TransportError):
        run(home)
    last = home.store.contacts.last(home.profile.receives)
    assert last == Contact(
        at=home.clock.now, code="TRANSPORT_FAILED", why="unreachable: connection refused"
    )
    assert log(home) == []


def test_fetch_that_broke_off_is_in_the_log_as_failed(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.partner.publish()

    def break_off() -> None:
        raise TransportError("cut off after 3 bytes", TransportFault.TRUNCATED)

    monkeypatch.setattr(home.partner, "offered", break_off)
    with pytest.raises(TransportError):
        run(home)
    (failed,) = log(home)
    assert failed.state is DeliveryState.FAILED
    assert failed.transmission.failure is not None
    assert failed.transmission.failure.why == "truncated: cut off after 3 bytes"


def test_list_that_nobody_vouches_for_is_in_the_log_with_the_code_of_its_refusal(
    home: Home, tmp_path: Path
) -> None:
    home.partner.sign_with(Keys(tmp_path / "stranger", "XB", home.clock.now))
    home.partner.publish()
    submitted, offered = caller(home), home.partner.offered()
    with pytest.raises(UnknownSignerError):
        home.desk.submit(submitted, home.profile.receives, offered, now=home.clock.now)
    (refused,) = log(home)
    assert (refused.transmission.movement, refused.verdict) == (Movement.RECEIVED, "SIGNER_UNKNOWN")


def test_acc_15_answer_that_is_lost_is_sent_until_the_partner_has_it(home: Home) -> None:
    home.partner.publish()
    home.partner.acknowledgements_are_lost = True
    run(home)
    for _ in range(REFUSALS_UNTIL_DEAD + 5):
        home.advance(LONGEST_RETRY)
        run(home)
    waiting = log(home)[-1]
    assert (waiting.state, waiting.attempts) == (DeliveryState.WAITING, REFUSALS_UNTIL_DEAD + 6)
    home.partner.acknowledgements_are_lost = False
    home.advance(LONGEST_RETRY)
    run(home)
    assert log(home)[-1].state is DeliveryState.DELIVERED


def test_acc_15_answer_that_the_partner_refuses_is_dead_and_stops_no_sync(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.partner.publish()

    class Refusing(list[bytes]):
        def append(self, document: bytes) -> None:
            raise NotFoundError(f"refused by the partner: {len(document)} bytes for no stream")

    monkeypatch.setattr(home.partner, "acknowledgements", Refusing())
    run(home)
    for _ in range(REFUSALS_UNTIL_DEAD):
        home.advance(LONGEST_RETRY)
        run(home)
    dead = log(home)[-1]
    assert (dead.state, dead.attempts) == (DeliveryState.DEAD, REFUSALS_UNTIL_DEAD)
    received: list[bytes] = []
    monkeypatch.setattr(home.partner, "acknowledgements", received)
    run(home)
    assert received == []
    home.store.deliveries.redeliver(dead.delivery_id, OFFICER, home.clock.now)
    run(home)
    assert len(received) == 1


def test_served_list_is_in_the_log_each_time(home: Home) -> None:
    issue(home)
    for _ in range(2):
        home.desk.get_list(caller(home), home.profile.sends, 1, now=home.clock.now)
    served = log(home)
    assert [each.transmission.movement for each in served] == [Movement.SERVED] * 2
    assert {each.transmission.sequence for each in served} == {1}
    assert {each.transmission.partner for each in served} == {"XB"}


def test_list_that_is_pushed_is_in_the_log_and_so_is_a_push_that_failed(home: Home) -> None:
    header, stream = issue(home), home.profile.sends
    packaging = PACKAGING[home.profile.kind]
    sealed = home.store.publications.find(stream, header.sequence, packaging)
    assert sealed is not None

    def push() -> None:
        channel, now = home.partner.channel(), home.clock.now
        submit(channel, home.store.deliveries, sealed, stream=stream, sequence=1, now=now)

    home.partner.is_down = True
    with pytest.raises(TransportError):
        push()
    home.partner.is_down = False
    push()
    failed, sent = log(home)
    assert (failed.state, sent.state) == (DeliveryState.FAILED, DeliveryState.DELIVERED)
    assert {failed.transmission.digest, sent.transmission.digest} == {sealed.digest}
    assert (sent.transmission.movement, sent.transmission.sequence) == (Movement.SENT, 1)


def test_served_head_is_not_in_the_log(home: Home) -> None:
    issue(home)
    home.desk.head(caller(home), home.profile.sends, None, now=home.clock.now)
    assert log(home) == []


def test_acknowledgement_that_is_not_believed_is_in_the_log_as_refused(home: Home) -> None:
    home.partner.publish()
    run(home)
    (document,) = home.partner.acknowledgements
    with pytest.raises(TrustError):
        home.desk.acknowledge(caller(home), home.profile.sends, document, now=home.clock.now)
    refused = log(home)[-1]
    assert (refused.state, refused.transmission.kind) == (
        DeliveryState.REFUSED,
        Kind.ACKNOWLEDGEMENT,
    )
    assert refused.transmission.sequence is None


def test_exc_8_repeated_acknowledgement_changes_nothing(home: Home) -> None:
    document = _answer_to(home, issue(home))
    for _ in range(2):
        home.desk.acknowledge(caller(home), home.profile.sends, document, now=home.clock.now)
        home.desk.head(caller(home), home.profile.sends, document, now=home.clock.now)
    assert told(home) == [(Kind.ACKNOWLEDGEMENT, Movement.RECEIVED, DeliveryState.DELIVERED)]
    actions = [event.action for event in home.store.audit.events()]
    assert actions.count("acknowledgement.received") == 1


def test_exc_4_root_that_differs_alarms_and_wants_a_full(home: Home) -> None:
    document = _answer_to(home, issue(home), root="77" * 32)
    home.desk.acknowledge(caller(home), home.profile.sends, document, now=home.clock.now)
    assert home.store.outbox.standing(home.profile.sends).full_wanted
    assert "alarm.root_differs" in [event.action for event in home.store.audit.events()]


def _answer_to(home: Home, header: ListHeader, root: str | None = None) -> bytes:
    """Sign, as the partner, that it applied our list."""
    return home.partner.seal_acknowledgement(
        Acknowledgement(
            acknowledgement_id="XB-1",
            stream=header.stream,
            sequence=header.sequence,
            list_digest=list_digest(header),
            outcome=Outcome.APPLIED,
            revision=1,
            applied_sequence=header.sequence,
            applied_root=root or header.state_root,
            acknowledged_at=home.clock.now,
        )
    )
