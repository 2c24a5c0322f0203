"""Every decision that is given is kept: handed over at once, written in batches beside the lookups.

A request pays for one append to a bounded queue. One thread encodes what is in it, a few decisions
at a time so that no lookup waits long for the interpreter, and writes ten batches a second. When
that cannot keep up - load, a full disk, a database that is gone - the caller is told: decisions are
refused, or given with the mark that they are in no log.
"""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum
from itertools import islice, repeat
from threading import Event, Lock, Thread
from typing import Final, TypeAlias

from msgspec import Struct, structs

from gateway.domain.answers import Answer, AnswerReason, Question, Verdict
from gateway.domain.errors import DecisionLogFullError, StoreError
from gateway.domain.logged_decisions import Entry, entry_of
from gateway.domain.parties import Caller
from gateway.domain.snapshot import Snapshot
from gateway.ports.decision_log import DecisionLog

ROOM: Final = 20_000
"""Decisions that wait at most, about 4 kB each; a batch of the longest kind fits twice."""
LOOK_EVERY: Final = 0.02
"""Seconds between looks into the queue."""
WRITE_EVERY: Final = 0.1
"""Seconds between batches: what a process that is killed may lose, with the write under way."""
TRY_AGAIN_AFTER: Final = 1.0
"""Seconds after a batch that could not be written."""
MOST_AT_ONCE: Final = 5_000
PATIENCE: Final = 0.5
"""Seconds that a batch waits for room: whoever sends batches faster than they are written is slowed
down, and only refused when nothing moves."""
LAST_PATIENCE: Final = 5.0
"""Seconds that a process which ends gives its last batches."""
_FEWEST_IN_A_ROW: Final = 32
"""Decisions encoded before others get the interpreter: a quarter of a millisecond."""
_MOST_IN_A_ROW: Final = 512
"""The same for a queue that grows, because the interpreter is hard to get."""
_SNAPSHOTS: Final = 64
_PAUSE: Final = 0.005
"""Seconds between looks of a batch that waits."""

Counted: TypeAlias = tuple[str | None, Verdict, AnswerReason]
_Given: TypeAlias = tuple[str, Question, Answer]


class Rule(StrEnum):
    """What becomes of decisions that cannot be logged; values as in the settings."""

    REQUIRED = "required"
    """They are refused."""
    BEST_EFFORT = "best effort"
    """They are given without a reference, because nobody will be able to look them up."""
    OFF = "off"
    """None is logged; they are only counted."""


class Figures(Struct, frozen=True, kw_only=True):
    """How the log goes, since this process began."""

    decisions: dict[Counted, int]
    """Given, by agreement, verdict and reason."""
    waiting: int
    written: int
    refused: int
    lost: int
    """Given without being logged."""
    failures: int
    """Batches that could not be written at the first attempt."""


class DecisionRecorder:
    """Takes in decisions from any thread. A writer of its own has `start` and `stop`.

    Args:
        log: Where they are kept; none with `Rule.OFF`.
        rule: What becomes of those that cannot be.
        tell: Told when batches begin to fail, and (None) when they are written again.
        room: How many may wait.
    """

    def __init__(
        self,
        log: DecisionLog | None,
        rule: Rule,
        *,
        tell: Callable[[StoreError | None], None],
        room: int = ROOM,
    ) -> None:
        self._log = None if rule is Rule.OFF else log
        self._rule = rule
        self._tell = tell
        self._room = room
        self._free = room
        self._queue: deque[_Given] = deque()
        self._encoded: list[Entry] = []
        self._named: set[str] = set()
        """The snapshots of what is encoded."""
        self._snapshots: dict[str, Snapshot] = {}
        self._decisions: dict[Counted, int] = {}
        self._losing = Lock()
        self._written = self._refused = self._lost = self._failures = 0
        self._is_failing = False
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="decision log", daemon=True)

    def begins(self, snapshot: Snapshot) -> None:
        """Take in what all decisions rest on from now on."""
        snapshots = {**self._snapshots, snapshot.name: snapshot}
        self._snapshots = dict(list(snapshots.items())[-_SNAPSHOTS:])

    def keep(self, caller: Caller, question: Question, answer: Answer) -> Answer:
        """Log a decision, and return it as it is to be given.

        Raises:
            DecisionLogFullError: It cannot be logged and must not be given.
        """
        if len(self._queue) >= self._free:
            return self._unlogged((answer,))[0]
        self._queue.append((caller.name, question, answer))
        return answer

    def keep_all(
        self, caller: Caller, questions: Sequence[Question], answers: list[Answer]
    ) -> list[Answer]:
        """Log the decisions of a batch, and return them as they are to be given.

        Raises:
            DecisionLogFullError: They cannot be logged and must not be given.
        """
        if not self._has_room(len(answers)) and not self._wait_for_room(len(answers)):
            return self._unlogged(answers)
        names = repeat(caller.name)
        self._queue.extend(zip(names, questions, answers, strict=False))
        return answers

    def _has_room(self, more: int) -> bool:
        return len(self._queue) + more <= self._free

    def _wait_for_room(self, more: int) -> bool:
        """Wait while the writer makes room; a decision alone never waits behind batches."""
        give_up_at = time.monotonic() + PATIENCE
        while self._thread.is_alive() and not self._is_failing and more <= self._room:
            time.sleep(_PAUSE)
            if self._has_room(more):
                return True
            if time.monotonic() >= give_up_at:
                break
        return False

    @property
    def figures(self) -> Figures:
        """How the log goes."""
        return Figures(
            decisions=self._decisions.copy(),
            waiting=len(self._queue) + len(self._encoded),
            written=self._written,
            refused=self._refused,
            lost=self._lost,
            failures=self._failures,
        )

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def stop(self) -> int:
        """Write what waits, and return how many decisions could not be written in time."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join()
        give_up_at = time.monotonic() + LAST_PATIENCE
        while not self.flush() and time.monotonic() < give_up_at:
            time.sleep(LOOK_EVERY)
        return self.figures.waiting

    def flush(self) -> bool:
        """Write all that waits; tell whether nothing waits any more."""
        while self._queue or self._encoded:
            while self._encode_some():
                pass
            if not self._write():
                return False
        return True

    def _run(self) -> None:
        write_at = time.monotonic()
        while not self._stopping.wait(LOOK_EVERY):
            # A queue that never gets empty keeps nothing from being written.
            while self._encode_some() and time.monotonic() < write_at:
                # Lets lookups have the interpreter.
                time.sleep(0)
            now = time.monotonic()
            if now >= write_at:
                pause = WRITE_EVERY if self._write() else TRY_AGAIN_AFTER
                write_at = now + pause

    def _encode_some(self) -> bool:
        """Encode a few; tell whether there are more."""
        if len(self._encoded) >= MOST_AT_ONCE:
            return False
        some = list(self._take())
        self._count(answer for _, _, answer in some)
        if self._log is not None:
            self._encoded += self._entries(some)
            self._named |= {answer.basis.snapshot for _, _, answer in some if answer.basis.snapshot}
        self._free = self._room - len(self._encoded)
        return bool(self._queue)

    def _entries(self, some: Sequence[_Given]) -> list[Entry]:
        try:
            return [entry_of(*given) for given in some]
        except (TypeError, ValueError):
            if len(some) > 1:
                return [entry for one in some for entry in self._entries((one,))]
            # Such as half of a surrogate pair: no way in lets it through, and it stops no log.
            self._lost += 1
            return []

    def _take(self) -> Iterator[_Given]:
        waiting = len(self._queue)
        size = min(max(waiting // 16, _FEWEST_IN_A_ROW), _MOST_IN_A_ROW, waiting)
        return islice(iter(self._queue.popleft, None), size)

    def _write(self) -> bool:
        if self._log is None or not self._encoded:
            return True
        snapshots = {name: self._snapshots[name] for name in self._named if name in self._snapshots}
        try:
            self._log.append(self._encoded, snapshots)
        except StoreError as error:
            self._failures += 1
            self._say(error)
            return False
        self._written += len(self._encoded)
        self._encoded, self._named = [], set()
        self._free = self._room
        self._say(None)
        return True

    def _say(self, error: StoreError | None) -> None:
        if (error is not None) != self._is_failing:
            self._is_failing = error is not None
            self._tell(error)

    def _count(self, answers: Iterable[Answer]) -> None:
        for answer in answers:
            basis = answer.basis
            key = (basis.agreement, basis.verdict, basis.reason)
            self._decisions[key] = self._decisions.get(key, 0) + 1

    def _unlogged(self, answers: Sequence[Answer]) -> list[Answer]:
        with self._losing:
            if self._rule is Rule.REQUIRED:
                self._refused += len(answers)
                raise DecisionLogFullError(
                    f"{self.figures.waiting} decisions wait to be logged; no more are given",
                    context={"waiting": str(self.figures.waiting)},
                )
            self._lost += len(answers)
        return [structs.replace(answer, reference="") for answer in answers]
