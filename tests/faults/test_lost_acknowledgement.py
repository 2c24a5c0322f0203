"""An acknowledgement that is lost after its list was applied: the list is not applied again."""

import pytest

from gateway.domain.acknowledgements import Outcome
from gateway.domain.errors import TransportError
from gateway.services.sync import SyncState
from tests.fakes.two_gateways import Fault, Weather
from tests.faults.exchanges import DAY, LineExchange

LOST = pytest.mark.parametrize("fault", [Fault.LOST, Fault.UNANSWERED])


@LOST
def test_acc_15_what_was_lost_on_the_way_is_brought_by_the_next_start(
    exchange: LineExchange, fault: Fault
) -> None:
    exchange.change()
    exchange.publish()
    # The head, the list, and then the acknowledgement.
    exchange.line.weather = Weather(calls=[Fault.NONE, Fault.NONE, fault])
    result = exchange.sync()
    assert (result.state, result.acknowledgements_delivered) == (SyncState.APPLIED, 0)
    assert exchange.line.weather.calls == []
    told = exchange.recipient.store.registry.newest_acknowledgement(exchange.stream)
    exchange.clock.advance(DAY)
    exchange.sync_again()
    assert told == exchange.recipient.store.registry.newest_acknowledgement(exchange.stream)
    exchange.check_all()


def test_acc_0_a_push_whose_answer_was_lost_is_answered_byte_for_byte_when_it_comes_again(
    exchange: LineExchange,
) -> None:
    exchange.change()
    exchange.publish()
    exchange.line.weather = Weather(lists=[Fault.UNANSWERED])
    with pytest.raises(TransportError):
        exchange.push()
    assert exchange.accepted == exchange.issued
    told = exchange.recipient.store.registry.newest_acknowledgement(exchange.stream)
    exchange.recipient.restart()
    exchange.publisher.restart()
    assert exchange.push().outcome is Outcome.APPLIED
    known = exchange.publisher.store.outbox.newest_received(exchange.stream)
    assert told is not None
    assert known is not None
    assert known.document == told.document
    # It waits in the outbox as well: a sync brings it, and nothing is applied again.
    exchange.clock.advance(DAY)
    exchange.sync_again()
    exchange.check_all()
