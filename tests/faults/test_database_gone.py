"""A database that goes away in the middle of the work and comes back: the next run goes on.

It goes before a statement of the run, one that is drawn anew for each point, with the database's
own errors from there on.
"""

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial

from sqlalchemy import Connection

from gateway.domain.errors import DatabaseUnavailableError
from gateway.domain.publishing import Wish
from gateway.store.engines import Store
from tests.faults.databases import Databases, before_statements
from tests.faults.exchanges import DAY, LineExchange
from tests.faults.exchanging import publish

SHARE = 2
"""One of so many points: each costs two connections of PostgreSQL."""


def statements_of(store: Store, work: Callable[[], object]) -> int:
    """Count the statements of some work."""
    texts: list[str] = []
    with before_statements(store, lambda _, text: texts.append(text)):
        work()
    return len(texts)


def interrupted(
    databases: Databases, url: str, store: Store, number: int, work: Callable[[], object]
) -> bool:
    """Take a database away before the work's statement with this number; tell if it failed."""
    left = number

    with ExitStack() as away:

        def count(_connection: Connection, _text: str) -> None:
            nonlocal left
            if left == 0:
                away.enter_context(databases.taken_away(url))
            left -= 1

        with before_statements(store, count):
            try:
                work()
            except DatabaseUnavailableError:
                return True
    return False


def points_in(statements: int, points: int) -> list[int]:
    wanted = min(statements, max(1, points // SHARE))
    return [statements * index // wanted for index in range(wanted)]


def test_acc_14_a_sync_that_lost_its_database_is_gone_on_with(
    exchange: LineExchange, databases: Databases, points: int
) -> None:
    recipient = exchange.recipient
    exchange.change()
    exchange.publish()
    statements = statements_of(recipient.store, exchange.sync)
    assert statements > 20
    failed = 0
    for number in points_in(statements, points):
        exchange.change()
        exchange.publish()
        before = exchange.accepted
        failed += interrupted(databases, databases.urls[1], recipient.store, number, exchange.sync)
        assert exchange.accepted in {before, before + 1}
        exchange.check_accepted()
        # The lease of the run that could not give it back has ended by then.
        exchange.clock.advance(DAY)
        exchange.sync()
        exchange.check_settled()
    assert failed > 0
    exchange.check_all()


def test_seq_1_a_publication_that_lost_its_database_is_gone_on_with(
    exchange: LineExchange, databases: Databases, points: int
) -> None:
    publisher = exchange.publisher
    work = partial(publish, publisher, Wish.NOTHING)
    exchange.change()
    statements = statements_of(publisher.store, work)
    assert statements > 5
    failed = 0
    for number in points_in(statements, points):
        exchange.change()
        before = exchange.issued
        failed += interrupted(databases, databases.urls[0], publisher.store, number, work)
        assert exchange.issued in {before, before + 1}
        exchange.check_issued()
        exchange.clock.advance(DAY)
        work()
        exchange.check_issued()
        assert exchange.newest.state_root == exchange.root
        exchange.sync()
    assert failed > 0
    exchange.check_all()
