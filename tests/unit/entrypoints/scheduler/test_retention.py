from collections.abc import Sequence
from threading import Event

from gateway.domain.errors import DatabaseUnavailableError
from gateway.entrypoints.scheduler.retention import DailyRetention
from gateway.ports.publications import Erased


def test_pub_7_erases_at_the_start_and_ends_when_told() -> None:
    erased = Event()

    def erase() -> Sequence[Erased]:
        erased.set()
        return ()

    retention = DailyRetention(erase)
    retention.start()
    assert erased.wait(10)
    retention.stop()


def test_a_failure_waits_for_tomorrow() -> None:
    def erase() -> Sequence[Erased]:
        raise DatabaseUnavailableError("for the test")

    DailyRetention(erase).erase_once()
