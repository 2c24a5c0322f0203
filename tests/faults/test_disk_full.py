"""A disk that is full while evidence is stored: nothing is judged without it, nothing is lost."""

import pytest

from gateway.domain.errors import DatabaseUnavailableError, StoreError
from gateway.domain.publishing import Wish
from gateway.services.sync import SyncState
from tests.faults.databases import Databases
from tests.faults.exchanges import DAY, LineExchange


def test_sig_8_a_list_that_cannot_be_kept_is_not_judged_and_comes_in_when_there_is_room(
    exchange: LineExchange, databases: Databases
) -> None:
    store = exchange.recipient.store
    exchange.change()
    exchange.publish(Wish.FULL)
    before = exchange.accepted
    events = len(list(store.audit.events()))
    kept = store.evidence.notes("XB")
    with databases.full_at_evidence(store):
        for _ in range(2):
            with pytest.raises((DatabaseUnavailableError, StoreError)) as refused:
                exchange.sync()
            assert "full" in refused.value.message or "extend" in refused.value.message
            exchange.clock.advance(DAY)
        assert exchange.accepted == before
        assert store.evidence.notes("XB") == kept
        assert len(list(store.audit.events())) == events
        exchange.check_accepted()
    assert exchange.sync().state is SyncState.APPLIED
    assert len(store.evidence.notes("XB")) == len(kept) + 1
    exchange.check_all()
