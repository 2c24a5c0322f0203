"""A gateway that dies right before it commits a list: started by `interruption_suite`."""

import os
import signal
import sys

from sqlalchemy import event

from gateway.store.engines import open_store
from tests.contract.synthetic_lists import GATEWAY, NOW, apply, conclude, incoming, operators


def main() -> None:
    received = incoming(2, operators(2, 3))
    with open_store(sys.argv[1], clock=lambda: NOW) as store:

        @event.listens_for(store._database._writer, "commit")
        def on_commit(connection: object) -> None:
            del connection
            os.kill(os.getpid(), signal.SIGKILL)

        store.registry.accept(received, apply(), conclude(received), GATEWAY)


if __name__ == "__main__":
    main()
