"""What every implementation of `ports.outbox.Outbox` does."""

from datetime import timedelta

from gateway.domain.acknowledgements import Outcome
from gateway.domain.lists import Stream
from gateway.store.engines import Store
from tests.contract.registry_suite import accept
from tests.contract.synthetic_lists import (
    NOW,
    OTHER_STREAM,
    STREAM,
    acknowledgement,
    incoming,
    operators,
    refuse,
)

LATER = NOW + timedelta(days=1)
ISSUED = Stream(issuer="XA", recipient="XB", agreement="XA-XB", test=False, epoch=1)


class OutboxSuite:
    def test_nothing_is_due_before_the_first_list(self, store: Store) -> None:
        assert store.outbox.due(STREAM, LATER) == []

    def test_acc_15_answers_are_due_at_once_oldest_first_and_by_stream(self, store: Store) -> None:
        accept(store, incoming(1, operators(1)))
        accept(store, incoming(2), refuse())
        accept(store, incoming(1, stream=OTHER_STREAM))
        due = store.outbox.due(STREAM, LATER)
        assert [one.sealed.acknowledgement.sequence for one in due] == [1, 2]
        assert [one.attempts for one in due] == [0, 0]

    def test_acc_15_a_failed_answer_is_sent_again_when_its_time_comes(self, store: Store) -> None:
        accept(store, incoming(1, operators(1)))
        (first,) = store.outbox.due(STREAM, LATER)
        again_at = LATER + timedelta(minutes=10)
        store.outbox.failed(first.delivery_id, LATER, again_at, "not reached")
        assert store.outbox.due(STREAM, again_at - timedelta(seconds=1)) == []
        (second,) = store.outbox.due(STREAM, again_at)
        assert second.sealed == first.sealed
        assert second.attempts == 1
        assert second.next_attempt_at == again_at

    def test_acc_15_a_delivered_answer_is_never_sent_again(self, store: Store) -> None:
        accept(store, incoming(1, operators(1)))
        (one,) = store.outbox.due(STREAM, LATER)
        store.outbox.delivered(one.delivery_id, LATER)
        store.outbox.delivered(one.delivery_id, LATER)
        store.outbox.failed(one.delivery_id, LATER, LATER, "a late answer")
        assert store.outbox.due(STREAM, LATER + timedelta(days=99)) == []

    def test_nothing_was_received_at_first(self, store: Store) -> None:
        assert store.outbox.newest_received(ISSUED) is None

    def test_a_received_answer_is_kept_byte_for_byte_and_audited(self, store: Store) -> None:
        answer = acknowledgement(1, stream=ISSUED)
        store.outbox.receive(answer, NOW)
        assert store.outbox.newest_received(ISSUED) == answer
        assert store.outbox.newest_received(STREAM) is None
        (written,) = store.audit.events()
        assert written.action == "acknowledgement.received"
        assert written.facts["outcome"] == "APPLIED"

    def test_exc_4_the_highest_revision_counts(self, store: Store) -> None:
        held = acknowledgement(1, stream=ISSUED, outcome=Outcome.HELD, revision=1)
        applied = acknowledgement(1, stream=ISSUED, revision=2, at=NOW)
        store.outbox.receive(applied, NOW)
        store.outbox.receive(held, NOW)
        assert store.outbox.newest_received(ISSUED) == applied

    def test_exc_4_an_older_revision_that_comes_late_leaves_no_trace(self, store: Store) -> None:
        store.outbox.receive(acknowledgement(1, stream=ISSUED, revision=2), NOW)
        later = acknowledgement(1, stream=ISSUED, revision=1, at=LATER)
        store.outbox.receive(later, LATER)
        newest = store.outbox.newest_received(ISSUED)
        assert newest is not None
        assert newest.acknowledgement.revision == 2
        assert store.audit.verify() == 1

    def test_exc_4_the_same_answer_twice_is_kept_once(self, store: Store) -> None:
        store.outbox.receive(acknowledgement(1, stream=ISSUED), NOW)
        store.outbox.receive(acknowledgement(1, stream=ISSUED), LATER)
        assert store.audit.verify() == 1

    def test_the_newest_is_the_one_that_the_partner_made_last(self, store: Store) -> None:
        second = acknowledgement(2, stream=ISSUED, at=NOW + timedelta(hours=2))
        store.outbox.receive(second, LATER)
        store.outbox.receive(acknowledgement(1, stream=ISSUED, at=NOW), LATER)
        assert store.outbox.newest_received(ISSUED) == second
