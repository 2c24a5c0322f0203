"""`kill -9` at 50 points of accepting 20,000 operators: readers see the old list or the new one."""

import random
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import select

from gateway.domain.canonical import list_operator
from gateway.domain.members import digest_of
from gateway.domain.state import StateTree, state_root
from gateway.store.base_states import find_accepted, read_base
from gateway.store.database import Database, open_database
from gateway.store.registry_state import read_head
from gateway.store.schema import streams
from tests.contract.databases import OnPostgres, OnSqlite
from tests.fakes.victims import Point, Victim

POINTS = 50
AFTER_COMMIT = Point("done")
AT_THE_END = 8
"""Points right after the commit, however fast the machine is at that moment."""
LEAST_INSIDE = 10
LEAST_OF_EACH = 5
ROUNDS = 3
SEED = 20260302


def look(database: Database) -> tuple[int, str, str]:
    """Read, at one moment, the sequence, the root that the head claims, and the rows' own root.

    The state that the next list is laid over has that root too.
    """
    with database.read() as connection:
        stream_id = connection.execute(select(streams.c.id)).scalar_one()
        head = read_head(connection, stream_id)
        assert head is not None
        base = read_base(connection, stream_id, head.header.quantity, None)
        listed = map(list_operator, find_accepted(connection, stream_id, None))
        root = state_root(listed)
    kept = {one: digest_of(record) for one, record in base.members.items()}
    if StateTree(base.tree).root != root or StateTree.of_digests(kept.items()).root != root:
        root = "what is kept of the state is of another"
    return head.header.sequence, head.header.state_root, root


@contextmanager
def reading(url: str) -> Iterator[list[tuple[int, str, str]]]:
    """Look again and again in a thread, until the block ends."""
    seen: list[tuple[int, str, str]] = []
    stop = threading.Event()

    def read() -> None:
        with open_database(url) as database:
            while not stop.is_set():
                seen.append(look(database))

    reader = threading.Thread(target=read)
    reader.start()
    try:
        yield seen
    finally:
        stop.set()
        reader.join()


class CrashSuite:
    def test_acc_14_kill_9_at_50_points_leaves_the_old_list_or_the_new(
        self, database_url: str
    ) -> None:
        gateway = Victim("tests.integration.crash.accepting", database_url)
        try:
            outcomes, inside, sequence = Counter[str](), 0, 0
            # A machine that gets faster ends before it is killed: then it is measured again, and as
            # many follow.
            for _ in range(ROUNDS):
                spans, sequence = self._measure(gateway, sequence)
                with reading(database_url) as seen:
                    more, fell_inside, sequence = self._kill(gateway, database_url, spans, sequence)
                assert len(seen) > 1
                assert [each for each in seen if each[1] != each[2]] == []
                outcomes, inside = outcomes + more, inside + fell_inside
                if inside >= LEAST_INSIDE and min(more["old"], more["new"]) >= LEAST_OF_EACH:
                    break
            assert "done" in gateway.work(f"{sequence + 1}")
        finally:
            gateway.close()
        with open_database(database_url) as database:
            last, claimed, root = look(database)
        assert (last, claimed) == (sequence + 1, root)
        assert inside >= LEAST_INSIDE
        assert min(outcomes["old"], outcomes["new"]) >= LEAST_OF_EACH

    @staticmethod
    def _measure(gateway: Victim, sequence: int) -> tuple[tuple[float, float], int]:
        """Accept a list, then two that change every operator; return the slower spans."""
        runs = [gateway.work(f"{sequence + more}") for more in (1, 2, 3)][1:]
        return (min(run["begun"] for run in runs), max(run["done"] for run in runs)), sequence + 3

    @staticmethod
    def _kill(
        gateway: Victim, url: str, spans: tuple[float, float], sequence: int
    ) -> tuple[Counter[str], int, int]:
        """Kill at points spread evenly over the span, in an order that is drawn once.

        Those in the transaction are counted from its beginning: a machine that gets busier begins
        it later.
        """
        spread = POINTS - AT_THE_END
        begun, done = spans
        moments = [done * (index + 0.5) / spread for index in range(spread)]
        points = [
            Point("ready", moment) if moment < begun else Point("begun", moment - begun)
            for moment in moments
        ]
        points += [AFTER_COMMIT] * AT_THE_END
        random.Random(SEED).shuffle(points)
        print(f"seed {SEED}, span {spans[1]:.2f} s, transaction from {spans[0]:.2f} s")  # noqa: T201 - to run it again
        outcomes: Counter[str] = Counter()
        inside = 0
        with open_database(url) as database:
            for point in points:
                told = gateway.work(f"{sequence + 1}", kill_at=point)
                inside += "begun" in told and "done" not in told
                now, claimed, root = look(database)
                assert claimed == root
                assert now in {sequence, sequence + 1}
                outcomes["new" if now == sequence + 1 else "old"] += 1
                sequence = now
        return outcomes, inside, sequence


class TestSqliteSurvives(CrashSuite, OnSqlite):
    pass


@pytest.mark.postgres
class TestPostgresSurvives(CrashSuite, OnPostgres):
    pass
