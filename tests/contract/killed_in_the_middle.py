"""A gateway that dies right before it commits a list: `interruption_suite` runs it as a process."""

import os
import signal

from sqlalchemy import event

from gateway.store.engines import open_store
from tests.contract.synthetic_lists import (
    GATEWAY,
    NOW,
    apply,
    conclude,
    incoming,
    laid_by,
    operators,
    revise,
)


def die_before_commit(url: str) -> None:
    """Write everything that the second list brings, and be killed."""
    received = incoming(2, operators(2, 3))
    with open_store(url, clock=lambda: NOW) as store:

        @event.listens_for(store._database._writer, "commit")
        def on_commit(connection: object) -> None:
            del connection
            os.kill(os.getpid(), signal.SIGKILL)

        decide = laid_by(received, apply())
        store.registry.accept(received, decide, conclude(received), revise, GATEWAY)
