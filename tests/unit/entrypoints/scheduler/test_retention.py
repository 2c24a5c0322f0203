from collections.abc import Sequence

from gateway.domain.errors import DatabaseUnavailableError
from gateway.entrypoints.scheduler.retention import erase_and_tell
from gateway.ports.publications import Erased


def test_a_failure_waits_for_tomorrow() -> None:
    def erase() -> Sequence[Erased]:
        raise DatabaseUnavailableError("for the test")

    erase_and_tell(erase)
