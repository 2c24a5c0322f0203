"""What every implementation of `ports.overview.Overview` does."""

from datetime import timedelta

from gateway.domain.decisions import ReasonCode
from gateway.domain.deliveries import Failure
from gateway.store.engines import Store
from tests.contract.registry_suite import accept
from tests.contract.synthetic_lists import (
    GATEWAY,
    NOW,
    OTHER_STREAM,
    STREAM,
    hold,
    incoming,
    operators,
)


class OverviewSuite:
    def test_in_a_stream_without_lists_nothing_waits(self, store: Store) -> None:
        waiting = store.overview.waiting(STREAM)
        assert (waiting.held, waiting.undelivered, waiting.last_failure) == ((), 0, None)

    def test_acknowledgement_waits_until_it_is_delivered(self, store: Store) -> None:
        accept(store, incoming(1, operators(1)))
        assert store.overview.waiting(STREAM).undelivered == 1
        (due,) = store.outbox.due(STREAM, NOW + timedelta(days=1))
        again = Failure(code="TRANSPORT_FAILED", why="connection refused", next_attempt_at=NOW)
        store.outbox.failed(due.delivery_id, NOW, again)
        waiting = store.overview.waiting(STREAM)
        assert (waiting.undelivered, waiting.attempts) == (1, 1)
        assert waiting.last_failure is not None
        assert waiting.last_failure.endswith("connection refused")
        store.outbox.delivered(due.delivery_id, NOW)
        assert store.overview.waiting(STREAM).undelivered == 0
        assert store.overview.waiting(OTHER_STREAM).undelivered == 0

    def test_dead_acknowledgement_is_told_until_it_is_sent_again(self, store: Store) -> None:
        accept(store, incoming(1, operators(1)))
        (due,) = store.outbox.due(STREAM, NOW + timedelta(days=1))
        store.outbox.failed(due.delivery_id, NOW, Failure(code="SIGNER_UNKNOWN", why="who are you"))
        waiting = store.overview.waiting(STREAM)
        assert (waiting.undelivered, waiting.dead) == (1, 1)
        store.deliveries.redeliver(due.delivery_id, GATEWAY, NOW)
        waiting = store.overview.waiting(STREAM)
        assert (waiting.undelivered, waiting.dead) == (1, 0)

    def test_held_list_waits_with_its_reasons(self, store: Store) -> None:
        accept(store, incoming(1, operators(1)), hold)
        (held,) = store.overview.waiting(STREAM).held
        assert held.sequence == 1
        assert all(isinstance(ReasonCode(reason.code), ReasonCode) for reason in held.reasons)
        assert held.reasons
