"""All or nothing (ACC-14): an error, or `kill -9`, at any point of the transaction."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from multiprocessing import get_context

from sqlalchemy import event

from gateway.store.engines import Store
from tests.contract.killed_in_the_middle import die_before_commit
from tests.contract.registry_suite import accept, ids
from tests.contract.synthetic_lists import NOW, STREAM, hold, incoming, operators


class PulledPlugError(Exception):
    pass


@contextmanager
def failing_at(store: Store, number: int) -> Iterator[None]:
    """Raise before the writer's statement with this number."""
    numbers = count()

    def on_execute(*arguments: object) -> None:
        del arguments
        if next(numbers) == number:
            raise PulledPlugError

    engine = store._database._writer
    event.listen(engine, "before_cursor_execute", on_execute)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", on_execute)


def everything(store: Store) -> tuple[object, ...]:
    return (
        store.registry.version(),
        store.registry.find_head(STREAM),
        list(store.registry.operators(STREAM)),
        [store.history.versions(STREAM, one.operator.id) for one in operators(1, 2, 3, 4)],
        store.registry.newest_acknowledgement(STREAM),
        store.outbox.due(STREAM, NOW + timedelta(days=9)),
        list(store.audit.events()),
    )


class InterruptionSuite:
    def test_acc_14_an_error_at_any_statement_leaves_nothing(self, store: Store) -> None:
        accept(store, incoming(1, operators(1, 2)), hold)
        accept(store, incoming(2, operators(1, 2, 3)))
        before = everything(store)
        received = incoming(3, operators(2, 4))
        failures = 0
        while True:
            try:
                with failing_at(store, failures):
                    accept(store, received)
                break
            except PulledPlugError:
                failures += 1
            assert everything(store) == before
            assert store.registry.find_acknowledgement(received.document_digest, STREAM) is None
        assert failures > 10
        assert ids(store) == [one.operator.id for one in operators(2, 4)]
        assert store.audit.verify() == 3

    def test_acc_14_an_applied_list_is_in_the_audit_trail(self, store: Store) -> None:
        received = incoming(1, operators(1))
        accept(store, received)
        (written,) = store.audit.events()
        assert written.action == "list.applied"
        assert written.subject == str(STREAM)
        assert written.facts["list_digest"] == received.list_digest
        assert written.facts["changed"] == "1"
        assert written.at == received.received_at

    def test_acc_14_kill_9_in_the_middle_leaves_nothing(
        self, store: Store, database_url: str
    ) -> None:
        accept(store, incoming(1, operators(1, 2)))
        before = everything(store)
        victim = get_context("spawn").Process(target=die_before_commit, args=(database_url,))
        victim.start()
        victim.join(120)
        assert victim.exitcode == -signal.SIGKILL
        assert everything(store) == before
        assert store.audit.verify() == 1
        accept(store, incoming(2, operators(3)))
        assert ids(store) == [operators(3)[0].operator.id]
