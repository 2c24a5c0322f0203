"""A database that is put back from an older backup: both sides come to one root again."""

import pytest

from gateway.domain.canonical import list_digest
from gateway.domain.errors import UnheardError
from gateway.domain.lists import ListKind
from gateway.domain.publishing import QUIET
from gateway.services.sync import SyncState
from tests.fakes.home import OFFICER
from tests.faults.databases import Databases
from tests.faults.exchanges import DAY, LineExchange

FORGOTTEN = 3
"""Lists that were exchanged after the backup."""


def exchange_lists(exchange: LineExchange) -> None:
    for _ in range(FORGOTTEN):
        exchange.change()
        exchange.publish()
        assert exchange.sync().state is SyncState.APPLIED
        exchange.check_settled()


def alarms(exchange: LineExchange) -> list[str]:
    events = (*exchange.recipient.store.audit.events(), *exchange.publisher.store.audit.events())
    return [each.action for each in events if each.action.startswith("alarm.")]


def test_exc_1_a_recipient_finds_out_and_takes_up_with_a_full(
    exchange: LineExchange, databases: Databases
) -> None:
    recipient = exchange.recipient
    recipient.store.close()
    with databases.backed_up(databases.urls[1]) as restore:
        recipient.restart()
        exchange_lists(exchange)
        forgotten = exchange.accepted
        recipient.restart(restore)
    assert exchange.accepted == forgotten - FORGOTTEN
    exchange.check_accepted()
    exchange.clock.advance(DAY)
    exchange.sync_again()
    exchange.check_settled()
    assert exchange.accepted >= forgotten
    assert alarms(exchange) == ["alarm.restored"]
    # From there on as ever.
    exchange_lists(exchange)


def test_pub_6_a_publisher_waits_until_it_is_heard_and_issues_nothing_under_a_spent_sequence(
    exchange: LineExchange, databases: Databases
) -> None:
    publisher = exchange.publisher
    publisher.store.close()
    with databases.backed_up(databases.urls[0]) as restore:
        publisher.restart()
        exchange_lists(exchange)
        last = exchange.newest
        publisher.restart(restore)
    # As `mra db restored` says it.
    publisher.store.publications.mark_restored([exchange.stream], OFFICER, exchange.clock.now)
    # The programme's own system reports again what was forgotten.
    exchange.report_all()
    exchange.clock.advance(DAY)
    with pytest.raises(UnheardError):
        exchange.publish()
    # XA asks as ever, and with that says what it has.
    exchange.recipient.restart()
    exchange.sync()
    exchange.clock.advance(QUIET)
    exchange.publish()
    assert exchange.newest.kind is ListKind.FULL
    assert exchange.newest.sequence == last.sequence + 1
    assert exchange.newest.previous_digest == list_digest(last)
    exchange.clock.advance(DAY)
    exchange.sync_again()
    exchange.check_settled()
    assert alarms(exchange) == ["alarm.restored"]
    exchange_lists(exchange)
