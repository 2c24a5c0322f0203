"""Every decision that is given is kept: handed over at once, written in batches beside the lookups.

A request makes its own entry and pays for one append to a bounded queue; a thread that did it for
many would hold the interpreter while lookups wait. One thread writes what is in the queue, ten
batches a second. When that cannot keep up - load, a full disk, a database that is gone - the caller
is told: decisions are refused, or given with the mark that they are in no log.
"""

import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from enum import StrEnum
from itertools import islice
from operator import itemgetter
from threading import Event, Lock, Thread
from typing import Final, TypeAlias

from msgspec import Struct, structs

from gateway.domain.answers import Answer, AnswerReason, Question, Verdict
from gateway.domain.errors import DecisionLogFullError, StoreError
from gateway.domain.logged_decisions import Logged, LoggedBasis, basis_of, logged
from gateway.domain.parties import Caller
from gateway.domain.snapshot import Snapshot
from gateway.ports.decision_log import DecisionLog

ROOM: Final = 20_000
"""Decisions that wait at most, about 0.7 kB each; a batch of the longest kind fits twice."""
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
_SNAPSHOTS: Final = 64
_ONLY_COUNTED: Final = ("", "", "", None, "", "")
"""Stands for the entry where there is no log."""
_PAUSE: Final = 0.005
"""Seconds between looks of a batch that waits."""

Counted: TypeAlias = tuple[str | None, Verdict, AnswerReason]
_basis_of: Final = itemgetter(1)


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
        self._queue: deque[Logged] = deque()
        self._batch: list[Logged] = []
        """Taken from the queue, and not written yet."""
        self._named: set[str] = set()
        """The snapshots of the batch."""
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
        self._queue.append(self._logged(caller.name, question, answer))
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
        name = caller.name
        self._queue.extend(
            [
                self._logged(name, question, answer)
                for question, answer in zip(questions, answers, strict=True)
            ]
        )
        return answers

    def _logged(self, caller: str, question: Question, answer: Answer) -> Logged:
        if self._log is None:
            return _ONLY_COUNTED, basis_of(answer)
        return logged(caller, question, answer)

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
            waiting=len(self._queue) + len(self._batch),
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
            time.sleep(_PAUSE)
        return self.figures.waiting

    def flush(self) -> bool:
        """Write all that waits; tell whether nothing waits any more."""
        while self._queue or self._batch:
            self._take()
            if not self._write():
                return False
        return True

    def _run(self) -> None:
        pause = WRITE_EVERY
        while not self._stopping.wait(pause):
            self._take()
            written = self._write()
            # A queue that fills faster than that is written without a pause.
            is_behind = len(self._queue) >= MOST_AT_ONCE
            pause = (0.0 if is_behind else WRITE_EVERY) if written else TRY_AGAIN_AFTER

    def _take(self) -> None:
        """Take from the queue what fits into a batch."""
        size = min(len(self._queue), MOST_AT_ONCE - len(self._batch))
        # Never entry by entry: what this thread does, lookups wait for.
        some = list(islice(iter(self._queue.popleft, None), size))
        bases: Counter[LoggedBasis] = Counter(map(_basis_of, some))
        for basis, count in bases.items():
            counted = (basis.agreement, basis.verdict, basis.reason)
            self._decisions[counted] = self._decisions.get(counted, 0) + count
        if self._log is not None:
            self._batch += some
            self._named.update(one.snapshot for one in bases if one.snapshot is not None)
        self._free = self._room - len(self._batch)

    def _write(self) -> bool:
        if self._log is None or not self._batch:
            return True
        snapshots = {name: self._snapshots[name] for name in self._named if name in self._snapshots}
        try:
            self._log.append(self._batch, snapshots)
        except StoreError as error:
            self._failures += 1
            self._say(error)
            return False
        self._written += len(self._batch)
        self._batch, self._named = [], set()
        self._free = self._room
        self._say(None)
        return True

    def _say(self, error: StoreError | None) -> None:
        if (error is not None) != self._is_failing:
            self._is_failing = error is not None
            self._tell(error)

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
