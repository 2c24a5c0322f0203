"""A gateway that accepts 20,000 operators when told to: started, and killed, by the crash test.

It forks for each acceptance, so that the lists are made once; what it forks is single-threaded and
has no gRPC in it. It tells on standard output: the child's process id, and then `begun` from inside
the transaction and `done` after it.
"""

import os
import sys
import time
from collections.abc import Callable

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
    STREAM,
    apply,
    conclude,
    incoming,
    laid_by,
    operator,
    revise,
)

QUANTITY = 20_000
STATUSES = (StatusCode.ACTIVE, StatusCode.SUSPENDED)


def tell(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


def content(sequence: int, lists: list[list[ListedOperator]]) -> list[ListedOperator]:
    return lists[sequence % len(lists)]


def accept(url: str, sequence: int, listed: list[ListedOperator]) -> None:
    received = incoming(sequence, listed, root=state_root(listed))
    started = time.monotonic()

    def move_stream(connection: Connection, stream: Stream, current: StreamRow | None) -> int:
        moved = really_move_stream(connection, stream, current)
        tell("begun", time.monotonic() - started)
        return moved

    setattr(registry, "move_stream", move_stream)  # noqa: B010 - to tell from inside
    with open_store(url, clock=lambda: NOW) as store:
        tell("ready")
        started = time.monotonic()
        decide = laid_by(received, apply())
        store.registry.accept(received, decide, conclude(received), revise, GATEWAY)
        tell("done", time.monotonic() - started)


def main() -> None:
    url = sys.argv[1]
    lists = [[operator(number, status=status) for number in range(QUANTITY)] for status in STATUSES]
    tell("loaded", STREAM)
    for line in sys.stdin:
        sequence = int(line)
        child = os.fork()
        if child == 0:
            _in_child(lambda n=sequence: accept(url, n, content(n, lists)))  # type: ignore[misc]  # bound now
        tell("child", child)
        os.waitpid(child, 0)
        tell("ended")


def _in_child(work: Callable[[], None]) -> None:
    try:
        work()
    finally:
        os._exit(0)


if __name__ == "__main__":
    main()
