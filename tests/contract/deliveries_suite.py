"""What every implementation of `ports.deliveries.Deliveries`, and of `Contacts`, does."""

from datetime import datetime, timedelta
from hashlib import sha256

import pytest
from msgspec.structs import replace
from structlog.contextvars import bound_contextvars, clear_contextvars

from gateway.domain.acknowledgements import Outcome
from gateway.domain.deliveries import (
    FIRST_RETRY,
    REFUSALS_UNTIL_DEAD,
    UNDELIVERED,
    Delivery,
    DeliveryState,
    Failure,
    Kind,
    Movement,
    Transmission,
)
from gateway.domain.documents import Unverified
from gateway.domain.errors import InvalidRequestError, NotFoundError
from gateway.domain.lists import Stream
from gateway.ports.contacts import Contact
from gateway.ports.deliveries import Wanted
from gateway.ports.evidence import EvidenceItem
from gateway.store.engines import Store
from gateway.store.transmission_rows import FORGOTTEN_AT_ONCE, KEPT_FOR
from tests.contract.registry_suite import accept
from tests.contract.synthetic_lists import (
    GATEWAY,
    NOW,
    OTHER_STREAM,
    STREAM,
    acknowledgement,
    incoming,
    operators,
)

LATER = NOW + timedelta(days=1)
ISSUED = Stream(issuer="XA", recipient="XB", agreement="XA-XB", test=False, epoch=1)
DEAD = Failure(code="SIGNER_UNKNOWN", why="who are you")


def travelled(
    movement: Movement = Movement.FETCHED,
    *,
    stream: Stream = STREAM,
    sequence: int | None = None,
    digest: str | None = "ab" * 32,
    at: datetime = NOW,
    failure: Failure | None = None,
) -> Transmission:
    return Transmission(
        stream=stream,
        kind=Kind.LIST,
        movement=movement,
        sequence=sequence,
        digest=digest,
        size=1000,
        at=at,
        failure=failure,
    )


def found(store: Store, **wanted: object) -> list[Delivery]:
    return store.deliveries.find(Wanted(limit=500, **wanted))  # type: ignore[arg-type]  # fields


def the_one(store: Store) -> Delivery:
    (delivery,) = found(store)
    return delivery


class DeliveriesSuite:
    def test_in_the_beginning_nothing_has_travelled(self, store: Store) -> None:
        assert found(store) == []
        with pytest.raises(NotFoundError):
            store.deliveries.get(1)

    def test_what_travelled_is_found_as_it_was_recorded(self, store: Store) -> None:
        served = travelled(Movement.SERVED, stream=ISSUED, sequence=3)
        store.deliveries.record(served)
        delivery = the_one(store)
        assert delivery.transmission == served
        assert (delivery.state, delivery.attempts, delivery.tried_at) == (
            DeliveryState.DELIVERED,
            1,
            NOW,
        )
        assert store.deliveries.get(delivery.delivery_id) == delivery

    def test_exc_8_a_delivery_names_the_call_that_moved_it(self, store: Store) -> None:
        clear_contextvars()
        with bound_contextvars(request_id="abc-1"):
            store.deliveries.record(travelled(sequence=1))
        store.deliveries.record(travelled(sequence=2))
        found = store.deliveries.find(Wanted(limit=2))
        assert [each.request_id for each in found] == [None, "abc-1"]

    def test_newest_come_first_and_no_more_than_wanted(self, store: Store) -> None:
        for sequence in (1, 2, 3):
            store.deliveries.record(travelled(sequence=sequence))
        newest = store.deliveries.find(Wanted(limit=2))
        assert [each.transmission.sequence for each in newest] == [3, 2]

    def test_a_partners_deliveries_are_those_of_its_streams_both_ways(self, store: Store) -> None:
        store.deliveries.record(travelled(stream=STREAM))
        store.deliveries.record(travelled(stream=OTHER_STREAM))
        store.deliveries.record(travelled(Movement.SERVED, stream=ISSUED))
        theirs = found(store, partner="XB")
        assert [each.transmission.stream for each in theirs] == [ISSUED, STREAM]

    def test_a_fetch_that_broke_off_has_failed_with_code_and_text(self, store: Store) -> None:
        broken = Failure(code="TRANSPORT_FAILED", why="cut off")
        store.deliveries.record(travelled(digest=None, failure=broken))
        delivery = the_one(store)
        assert (delivery.state, delivery.transmission.failure) == (DeliveryState.FAILED, broken)

    def test_what_came_and_was_not_believed_is_refused(self, store: Store) -> None:
        store.deliveries.record(travelled(failure=DEAD))
        assert the_one(store).state is DeliveryState.REFUSED

    def test_our_answer_waits_in_the_log_with_its_bytes_digest_and_content(
        self, store: Store
    ) -> None:
        accepted = accept(store, incoming(1, operators(1)))
        delivery = the_one(store)
        sealed = accepted.acknowledgement
        transmission = delivery.transmission
        assert (delivery.state, delivery.attempts) == (DeliveryState.WAITING, 0)
        assert (transmission.kind, transmission.movement) == (Kind.ACKNOWLEDGEMENT, Movement.SENT)
        assert transmission.digest == sha256(sealed.document).hexdigest()
        assert transmission.size == len(sealed.document)
        assert (transmission.sequence, transmission.partner) == (1, "XB")
        assert delivery.answer == sealed.acknowledgement

    def test_received_list_is_shown_with_its_sequence_and_our_newest_answer(
        self, store: Store
    ) -> None:
        received = incoming(1, operators(1))
        store.deliveries.record(travelled(digest=received.document_digest))
        assert (the_one(store).transmission.sequence, the_one(store).answer) == (None, None)
        accepted = accept(store, received)
        delivery = found(store)[-1]
        assert delivery.transmission.sequence == 1
        assert delivery.answer == accepted.acknowledgement.acknowledgement

    def test_received_document_that_was_not_believed_is_shown_with_its_code(
        self, store: Store
    ) -> None:
        document = Unverified(document=b"nobody vouches for this")
        store.deliveries.record(travelled(digest=document.digest))
        store.evidence.keep(
            EvidenceItem(
                digest=document.digest,
                partner="XB",
                packaging="xml_feed",
                document=document,
                received_at=NOW,
                chain=(),
                revocation_lists=(),
                verdict="SIGNER_UNKNOWN",
            )
        )
        delivery = the_one(store)
        assert (delivery.verdict, delivery.transmission.sequence) == ("SIGNER_UNKNOWN", None)

    def test_exc_4_list_that_we_sent_is_shown_with_the_highest_revision(self, store: Store) -> None:
        store.deliveries.record(travelled(Movement.SERVED, stream=ISSUED, sequence=1))
        held = acknowledgement(1, stream=ISSUED, outcome=Outcome.HELD)
        rejected = acknowledgement(1, stream=ISSUED, outcome=Outcome.REJECTED, revision=2)
        store.outbox.receive(held, NOW)
        store.outbox.receive(rejected, NOW)
        assert found(store)[-1].answer == rejected.acknowledgement

    def test_partners_answer_is_in_the_log_once(self, store: Store) -> None:
        answer = acknowledgement(1, stream=ISSUED)
        store.outbox.receive(answer, NOW)
        store.outbox.receive(answer, LATER)
        delivery = the_one(store)
        assert (delivery.transmission.movement, delivery.answer) == (
            Movement.RECEIVED,
            answer.acknowledgement,
        )

    def test_acc_15_refused_answer_is_dead_and_in_plain_sight(self, store: Store) -> None:
        accept(store, incoming(1, operators(1)))
        number = the_one(store).delivery_id
        store.outbox.failed(number, LATER, DEAD)
        (dead,) = found(store, states=frozenset({DeliveryState.DEAD}))
        assert (dead.delivery_id, dead.attempts, dead.tried_at) == (number, 1, LATER)
        assert dead.transmission.failure == DEAD
        assert store.outbox.due(STREAM, LATER + timedelta(days=99)) == []

    def test_exc_8_dead_answer_is_sent_again_with_the_same_bytes(self, store: Store) -> None:
        accepted = accept(store, incoming(1, operators(1)))
        number = the_one(store).delivery_id
        store.outbox.failed(number, LATER, DEAD)
        again = store.deliveries.redeliver(number, GATEWAY, LATER)
        (due,) = store.outbox.due(STREAM, LATER)
        assert (due.delivery_id, due.sealed) == (again, accepted.acknowledgement)
        assert store.deliveries.get(again).redelivers == number
        assert found(store, states=frozenset({DeliveryState.DEAD})) == []
        assert store.deliveries.get(number).state is DeliveryState.FAILED

    def test_redelivery_that_is_asked_for_twice_is_queued_once(self, store: Store) -> None:
        accept(store, incoming(1, operators(1)))
        number = the_one(store).delivery_id
        store.outbox.delivered(number, NOW)
        again = store.deliveries.redeliver(number, GATEWAY, LATER)
        assert store.deliveries.redeliver(number, GATEWAY, LATER) == again
        assert store.deliveries.redeliver(again, GATEWAY, LATER) == again
        assert len(found(store, states=UNDELIVERED)) == 1
        assert store.deliveries.get(number).state is DeliveryState.DELIVERED

    def test_what_waits_still_becomes_due_and_is_not_queued_twice(self, store: Store) -> None:
        accept(store, incoming(1, operators(1)))
        number = the_one(store).delivery_id
        far = LATER + timedelta(hours=1)
        failure = Failure(code="TRANSPORT_FAILED", why="not reached", next_attempt_at=far)
        store.outbox.failed(number, LATER, failure)
        assert store.outbox.due(STREAM, LATER) == []
        assert store.deliveries.redeliver(number, GATEWAY, LATER) == number
        assert [each.delivery_id for each in store.outbox.due(STREAM, LATER)] == [number]

    def test_redelivery_is_audited_with_who_wanted_it(self, store: Store) -> None:
        accept(store, incoming(1, operators(1)))
        number = the_one(store).delivery_id
        store.outbox.delivered(number, NOW)
        again = store.deliveries.redeliver(number, GATEWAY, LATER)
        *_, event = store.audit.events()
        assert (event.action, event.subject) == ("delivery.redelivered", str(STREAM))
        assert (event.facts["delivery"], event.facts["as"]) == (str(number), str(again))
        assert event.actor == GATEWAY

    @pytest.mark.parametrize(
        "movement", [Movement.FETCHED, Movement.RECEIVED, Movement.SERVED], ids=str
    )
    def test_what_we_did_not_bring_cannot_be_sent_again(
        self, store: Store, movement: Movement
    ) -> None:
        store.deliveries.record(travelled(movement))
        with pytest.raises(InvalidRequestError):
            store.deliveries.redeliver(the_one(store).delivery_id, GATEWAY, NOW)
        with pytest.raises(NotFoundError):
            store.deliveries.redeliver(999, GATEWAY, NOW)
        assert store.audit.verify() == 0

    def test_no_list_is_due_before_one_is_redelivered(self, store: Store) -> None:
        assert store.deliveries.due_lists(ISSUED, LATER) == []
        store.deliveries.record(travelled(Movement.SENT, stream=ISSUED, sequence=1))
        assert store.deliveries.due_lists(ISSUED, LATER) == []

    def test_exc_8_redelivered_list_is_due_until_its_bytes_were_sent(self, store: Store) -> None:
        sent = travelled(Movement.SENT, stream=ISSUED, sequence=7)
        store.deliveries.record(sent)
        first = the_one(store).delivery_id
        again = store.deliveries.redeliver(first, GATEWAY, NOW)
        (due,) = store.deliveries.due_lists(ISSUED, NOW)
        assert (due.delivery_id, due.sequence, due.attempts) == (again, 7, 0)
        assert store.outbox.due(ISSUED, LATER) == []
        store.deliveries.record(replace(sent, digest="cd" * 32))
        assert len(store.deliveries.due_lists(ISSUED, NOW)) == 1
        store.deliveries.record(replace(sent, at=LATER))
        assert store.deliveries.due_lists(ISSUED, LATER) == []
        settled = store.deliveries.get(again)
        assert (settled.state, settled.tried_at, settled.redelivers) == (
            DeliveryState.DELIVERED,
            LATER,
            first,
        )
        assert len(found(store)) == 3

    def test_redelivered_list_that_the_partner_refuses_waits_longer_and_ends_dead(
        self, store: Store
    ) -> None:
        sent = travelled(Movement.SENT, stream=ISSUED, sequence=7)
        store.deliveries.record(sent)
        again = store.deliveries.redeliver(the_one(store).delivery_id, GATEWAY, NOW)
        store.deliveries.record(replace(sent, failure=DEAD))
        assert store.deliveries.due_lists(ISSUED, NOW) == []
        assert len(store.deliveries.due_lists(ISSUED, NOW + FIRST_RETRY)) == 1
        for _ in range(REFUSALS_UNTIL_DEAD - 1):
            store.deliveries.record(replace(sent, failure=DEAD))
        assert store.deliveries.get(again).state is DeliveryState.DEAD

    def test_push_that_failed_is_no_refusal_of_ours(self, store: Store) -> None:
        store.deliveries.record(travelled(Movement.SENT, stream=ISSUED, failure=DEAD))
        assert the_one(store).state is DeliveryState.FAILED

    def test_what_ended_long_ago_is_forgotten_and_what_waits_is_not(self, store: Store) -> None:
        accept(store, incoming(1, operators(1)))
        for _ in range(3):
            store.deliveries.record(travelled(at=NOW))
        at_last = NOW + KEPT_FOR + timedelta(hours=1)
        store.deliveries.record(travelled(at=at_last - timedelta(hours=1)))
        assert len(found(store)) == 5
        store.deliveries.record(travelled(at=at_last))
        assert [each.state for each in found(store)] == [
            DeliveryState.DELIVERED,
            DeliveryState.DELIVERED,
            DeliveryState.WAITING,
        ]

    def test_no_call_forgets_more_than_so_many_at_once(self, store: Store) -> None:
        for _ in range(FORGOTTEN_AT_ONCE + 5):
            store.deliveries.record(travelled(at=NOW))
        store.deliveries.record(travelled(at=NOW + KEPT_FOR + timedelta(hours=1)))
        assert len(found(store)) == 6

    def test_newest_contact_with_an_issuer_is_kept(self, store: Store) -> None:
        assert store.contacts.last(STREAM) is None
        failed = Contact(at=NOW, code="TRANSPORT_FAILED", why="connection refused")
        store.contacts.note(STREAM, failed)
        assert store.contacts.last(STREAM) == failed
        store.contacts.note(STREAM, Contact(at=LATER))
        assert store.contacts.last(STREAM) == Contact(at=LATER)
        assert store.contacts.last(OTHER_STREAM) is None
