"""`kill -9` at 50 points of accepting 20,000 operators: readers see the old list or the new one."""

import os
import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

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

POINTS = 50
Point = tuple[str, float]
"""The word of the child after which it is killed, and the seconds from there."""
AFTER_COMMIT: Point = ("done", 0.0)
AT_THE_END = 8
"""Points right after the commit, however fast the machine is at that moment."""
LEAST_INSIDE = 10
LEAST_OF_EACH = 5
ROUNDS = 3
SEED = 20260302
ROOT = Path(__file__).parents[3]


class Gateway:
    """The process that accepts and is killed; see `accepting.py`."""

    def __init__(self, url: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.integration.crash.accepting", url],
            cwd=ROOT,
            env={"PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._expect("loaded")

    def accept(self, sequence: int, *, kill_after: Point | None) -> tuple[float, float]:
        """Let it accept a list; return when it was in the transaction and when it was done."""
        self._stdin.write(f"{sequence}\n")
        self._stdin.flush()
        told: dict[str, str] = {}
        killer: threading.Timer | None = None
        while "ended" not in told:
            word, *rest = self._stdout.readline().split()
            told[word] = rest[0] if rest else ""
            if (
                killer is None
                and kill_after is not None
                and {kill_after[0], "child"} <= told.keys()
            ):
                killer = threading.Timer(kill_after[1], _kill, (int(told["child"]),))
                killer.start()
        if killer is not None:
            killer.cancel()
        return float(told.get("begun", "inf")), float(told.get("done", "inf"))

    @property
    def _stdin(self) -> IO[str]:
        assert self._process.stdin is not None
        return self._process.stdin

    @property
    def _stdout(self) -> IO[str]:
        assert self._process.stdout is not None
        return self._process.stdout

    def _expect(self, word: str) -> None:
        assert self._stdout.readline().startswith(word)

    def close(self) -> None:
        self._stdin.close()
        self._process.wait(timeout=60)
        self._stdout.close()


def _kill(child: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)


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
        gateway = Gateway(database_url)
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
            assert gateway.accept(sequence + 1, kill_after=None)[1] < float("inf")
        finally:
            gateway.close()
        with open_database(database_url) as database:
            last, claimed, root = look(database)
        assert (last, claimed) == (sequence + 1, root)
        assert inside >= LEAST_INSIDE
        assert min(outcomes["old"], outcomes["new"]) >= LEAST_OF_EACH

    @staticmethod
    def _measure(gateway: Gateway, sequence: int) -> tuple[tuple[float, float], int]:
        """Accept a list, then two that change every operator; return the slower spans."""
        gateway.accept(sequence + 1, kill_after=None)
        runs = [gateway.accept(sequence + more, kill_after=None) for more in (2, 3)]
        return (min(run[0] for run in runs), max(run[1] for run in runs)), sequence + 3

    @staticmethod
    def _kill(
        gateway: Gateway, url: str, spans: tuple[float, float], sequence: int
    ) -> tuple[Counter[str], int, int]:
        """Kill at points spread evenly over the span, in an order that is drawn once.

        Those in the transaction are counted from its beginning: a machine that gets busier begins
        it later.
        """
        spread = POINTS - AT_THE_END
        begun, done = spans
        moments = [done * (index + 0.5) / spread for index in range(spread)]
        points = [
            ("ready", moment) if moment < begun else ("begun", moment - begun) for moment in moments
        ]
        points += [AFTER_COMMIT] * AT_THE_END
        random.Random(SEED).shuffle(points)
        print(f"seed {SEED}, span {spans[1]:.2f} s, transaction from {spans[0]:.2f} s")  # noqa: T201 - to run it again
        outcomes: Counter[str] = Counter()
        inside = 0
        with open_database(url) as database:
            for point in points:
                begun, done = gateway.accept(sequence + 1, kill_after=point)
                inside += begun < float("inf") and done == float("inf")
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
