"""A gateway that accepts 20,000 operators when told to: started, and killed, by the crash test.

It has no gRPC in it, and tells `begun` from inside the transaction and `done` after it.
"""

import sys

from sqlalchemy import Connection

from gateway.domain.lists import ListedOperator, Stream
from gateway.domain.operators import StatusCode
from gateway.domain.state import state_root
from gateway.store import registry
from gateway.store.engines import open_store
from gateway.store.streams import StreamRow
from gateway.store.streams import move_stream as really_move_stream
from tests.contract.synthetic_lists import (
    GATEWAY,
    NOW,
    apply,
    conclude,
    incoming,
    laid_by,
    operator,
    revise,
)
from tests.fakes.victims import Teller, obey

QUANTITY = 20_000
STATUSES = (StatusCode.ACTIVE, StatusCode.SUSPENDED)


def accept(url: str, sequence: int, listed: list[ListedOperator], tell: Teller) -> None:
    received = incoming(sequence, listed, root=state_root(listed))

    def move_stream(connection: Connection, stream: Stream, current: StreamRow | None) -> int:
        moved = really_move_stream(connection, stream, current)
        tell("begun")
        return moved

    setattr(registry, "move_stream", move_stream)  # noqa: B010 - to tell from inside
    with open_store(url, clock=lambda: NOW) as store:
        tell.start()
        tell("ready")
        decide = laid_by(received, apply())
        store.registry.accept(received, decide, conclude(received), revise, GATEWAY)
        tell("done")


def main() -> None:
    url = sys.argv[1]
    lists = [[operator(number, status=status) for number in range(QUANTITY)] for status in STATUSES]
    obey(lambda line, tell: accept(url, int(line), lists[int(line) % len(lists)], tell))


if __name__ == "__main__":
    main()
