"""A process that works when told to, and is killed with SIGKILL in the middle of it.

It forks for each order, so that what all need is made once; what it forks is single-threaded. A
child tells on standard output how far it is: a word, and the seconds since its last `tell.start`.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Timer
from typing import IO

from msgspec import Struct

ROOT = Path(__file__).parents[2]

Told = dict[str, float]
"""The words that a child told, each with its seconds."""


class Point(Struct, frozen=True):
    """When a child is killed."""

    word: str
    """After it has told this."""
    seconds: float = 0.0
    """And so much later."""


class Victim:
    """The process, as the test sees it. Its module calls `obey`."""

    def __init__(self, module: str, *arguments: str) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - a module of the tests
            [sys.executable, "-m", module, *arguments],
            cwd=ROOT,
            env={"PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._stdout.readline() == "loaded 0\n"

    def work(self, order: str, *, kill_at: Point | None = None) -> Told:
        """Let a child carry out an order, to the end or to the point; return what it told."""
        self._stdin.write(f"{order}\n")
        self._stdin.flush()
        told: Told = {}
        killer: Timer | None = None
        while "ended" not in told:
            word, seconds = self._stdout.readline().split()
            told[word] = float(seconds)
            if kill_at is not None and word == kill_at.word:
                killer = Timer(kill_at.seconds, _kill, (int(told["child"]),))
                killer.start()
        if killer is not None:
            killer.cancel()
        return told

    @property
    def _stdin(self) -> IO[str]:
        assert self._process.stdin is not None
        return self._process.stdin

    @property
    def _stdout(self) -> IO[str]:
        assert self._process.stdout is not None
        return self._process.stdout

    def close(self) -> None:
        """Let it end."""
        self._stdin.close()
        self._process.wait(timeout=60)
        self._stdout.close()


def _kill(child: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)


class Teller:
    """Tells how far a child is."""

    def __init__(self) -> None:
        self.start()

    def start(self) -> None:
        """Count seconds from now."""
        self._started = time.monotonic()

    def __call__(self, word: str) -> None:
        """Tell a word, and the seconds."""
        _tell(word, time.monotonic() - self._started)


def obey(work: Callable[[str, Teller], None]) -> None:
    """Carry out each line of standard input in a child, until there are no more."""
    _tell("loaded", 0)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _in_child(work, line.strip())
        os.waitpid(child, 0)
        _tell("ended", 0)


def _in_child(work: Callable[[str, Teller], None], order: str) -> None:
    _tell("child", os.getpid())
    try:
        work(order, Teller())
    finally:
        os._exit(0)


def _tell(word: str, number: float) -> None:
    sys.stdout.write(f"{word} {number}\n")
    sys.stdout.flush()
