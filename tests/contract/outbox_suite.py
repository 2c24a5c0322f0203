"""What every implementation of `ports.outbox.Outbox` does."""

from datetime import datetime, timedelta
from itertools import permutations

import pytest
from msgspec.structs import replace

from gateway.domain.acknowledgements import Outcome, Reason
from gateway.domain.canonical import list_digest
from gateway.domain.deliveries import DeliveryState, Failure
from gateway.domain.errors import ContradictionError
from gateway.domain.lists import ListKind, Stream
from gateway.domain.standing import Roots, Standing
from gateway.ports.deliveries import Wanted
from gateway.ports.publications import Publication
from gateway.store.engines import Store
from tests.contract.publications_suite import publication
from tests.contract.registry_suite import accept
from tests.contract.synthetic_lists import (
    GATEWAY,
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


def failure(again_at: datetime | None) -> Failure:
    return Failure(code="TRANSPORT_FAILED", why="not reached", next_attempt_at=again_at)


OUTCOMES = (
    (1, Outcome.HELD),
    (2, Outcome.REJECTED),
    (3, Outcome.SUPERSEDED),
)


def issued(sequence: int, kind: ListKind = ListKind.FULL) -> Publication:
    made = publication(sequence)
    header = replace(incoming(sequence, stream=ISSUED).list.header, kind=kind)
    return replace(made, header=header, list_digest=list_digest(header))


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
        store.outbox.failed(first.delivery_id, LATER, failure(again_at))
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
        store.outbox.failed(one.delivery_id, LATER, failure(LATER))
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

    def test_exc_4_highest_revision_counts_also_if_the_partners_clock_was_set_back(
        self, store: Store
    ) -> None:
        held = acknowledgement(1, stream=ISSUED, outcome=Outcome.HELD, at=LATER)
        rejected = acknowledgement(1, stream=ISSUED, outcome=Outcome.REJECTED, revision=2, at=NOW)
        store.outbox.receive(held, NOW)
        store.outbox.receive(rejected, NOW)
        assert store.outbox.newest_received(ISSUED) == rejected

    @pytest.mark.parametrize("outcomes", list(permutations(OUTCOMES)), ids=str)
    def test_exc_4_revisions_may_arrive_in_any_order(
        self, store: Store, outcomes: tuple[tuple[int, Outcome], ...]
    ) -> None:
        for revision, outcome in outcomes:
            answer = acknowledgement(1, stream=ISSUED, outcome=outcome, revision=revision)
            store.outbox.receive(answer, NOW)
        newest = store.outbox.newest_received(ISSUED)
        assert newest is not None
        assert newest.acknowledgement.outcome is Outcome.SUPERSEDED

    def test_exc_4_other_content_with_an_equal_revision_is_refused_and_audited(
        self, store: Store
    ) -> None:
        held = acknowledgement(1, stream=ISSUED, outcome=Outcome.HELD)
        store.outbox.receive(held, NOW)
        with pytest.raises(ContradictionError):
            store.outbox.receive(acknowledgement(1, stream=ISSUED), LATER)
        assert store.outbox.newest_received(ISSUED) == held
        *_, event = store.audit.events()
        assert (event.action, event.facts["code"]) == (
            "acknowledgement.refused",
            "ACKNOWLEDGEMENT_CONTRADICTS",
        )
        refused = store.deliveries.find(Wanted(limit=1))[0]
        assert refused.state is DeliveryState.REFUSED

    def test_exc_4_contradiction_is_noticed_also_when_a_later_revision_is_known(
        self, store: Store
    ) -> None:
        store.outbox.receive(acknowledgement(1, stream=ISSUED, outcome=Outcome.HELD), NOW)
        store.outbox.receive(acknowledgement(1, stream=ISSUED, revision=2), NOW)
        with pytest.raises(ContradictionError):
            store.outbox.receive(acknowledgement(1, stream=ISSUED), LATER)

    def test_exc_8_repeated_answer_changes_nothing(self, store: Store) -> None:
        answer = acknowledgement(1, stream=ISSUED, applied=(1, "77" * 32))
        store.publications.issue(issued(1), GATEWAY)
        store.outbox.receive(answer, NOW)
        before = (store.audit.verify(), store.outbox.standing(ISSUED))
        store.outbox.receive(answer, LATER)
        assert (store.audit.verify(), store.outbox.standing(ISSUED)) == before

    def test_exc_4_root_that_is_not_our_own_raises_an_alarm(self, store: Store) -> None:
        store.publications.issue(issued(1), GATEWAY)
        store.outbox.receive(acknowledgement(1, stream=ISSUED, applied=(1, "77" * 32)), NOW)
        *_, event = store.audit.events()
        assert (event.action, event.subject) == ("alarm.root_differs", str(ISSUED))
        assert (event.facts["applied_root"], event.facts["own_root"]) == ("77" * 32, "00" * 32)
        standing = store.outbox.standing(ISSUED)
        assert (standing.roots, standing.full_wanted) == (Roots.DIFFERS, True)

    def test_root_that_is_our_own_raises_none(self, store: Store) -> None:
        store.publications.issue(issued(1), GATEWAY)
        store.outbox.receive(acknowledgement(1, stream=ISSUED, applied=(1, "00" * 32)), NOW)
        assert [event.action for event in store.audit.events()][1:] == ["acknowledgement.received"]
        assert store.outbox.standing(ISSUED).roots is Roots.EQUAL

    def test_standing_of_a_stream_without_lists_is_empty(self, store: Store) -> None:
        assert store.outbox.standing(ISSUED) == Standing()

    def test_standing_tells_what_was_issued_and_what_the_partner_lacks(self, store: Store) -> None:
        lists = [issued(sequence) for sequence in (1, 2, 3)]
        for each in lists:
            store.publications.issue(each, GATEWAY)
        unanswered = store.outbox.standing(ISSUED)
        assert unanswered.issued == lists[2].header
        assert unanswered.waiting_since == lists[0].header.issued_at
        store.outbox.receive(acknowledgement(1, stream=ISSUED, applied=(1, "00" * 32)), NOW)
        standing = store.outbox.standing(ISSUED)
        assert standing.applied == lists[0].header
        assert standing.waiting_since == lists[1].header.issued_at
        assert standing.lists_behind == 2

    def test_seq_1_full_is_wanted_until_one_is_issued(self, store: Store) -> None:
        gap = (Reason(code="GAP", text="for the test"),)
        store.publications.issue(issued(1), GATEWAY)
        store.publications.issue(issued(2, kind=ListKind.DELTA), GATEWAY)
        refused = acknowledgement(2, stream=ISSUED, outcome=Outcome.REFUSED, reasons=gap)
        store.outbox.receive(refused, NOW)
        store.publications.issue(issued(3, kind=ListKind.DELTA), GATEWAY)
        assert store.outbox.standing(ISSUED).full_wanted
        store.publications.issue(issued(4), GATEWAY)
        assert not store.outbox.standing(ISSUED).full_wanted
