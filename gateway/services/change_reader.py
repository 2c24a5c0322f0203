"""How far one watch was told, and what comes next."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import islice
from threading import Lock
from typing import Final

from msgspec import Struct

from gateway.domain.lists import Stream
from gateway.domain.operators import Operator
from gateway.ports.changes import Anchor, ChangeKind, Changes, Step
from gateway.services.resume_tokens import Mark, write_token

PART: Final = 200
"""Operators that are read at once."""
STEPS_KEPT: Final = 4
"""All watches go over the same few steps at the same time: each is read once."""


class OperatorChange(Struct, frozen=True, kw_only=True):
    """What became of one operator in one step."""

    kind: ChangeKind
    operator_id: str
    operator: Operator | None
    """As it was after the step; none: no longer listed."""
    step: Step


class Steps:
    """The steps of the registry; what the newest changed is kept for all watches."""

    def __init__(self, changes: Changes) -> None:
        self.changes = changes
        self._kinds: dict[int, Mapping[str, ChangeKind]] = {}
        self._lock = Lock()

    def kinds(self, step: Step) -> Mapping[str, ChangeKind]:
        """Return what a step changed, by operator id in byte order."""
        with self._lock:
            found = self._kinds.get(step.version)
            if found is None:
                found = self._kinds[step.version] = self.changes.kinds(step)
                if len(self._kinds) > STEPS_KEPT:
                    del self._kinds[next(iter(self._kinds))]
        return found


class ChangeReader:
    """How far one watch was told, and what comes next."""

    def __init__(
        self,
        steps: Steps,
        streams: Sequence[Stream],
        ids: frozenset[str],
        mark: Mark,
        anchor: Anchor,
    ) -> None:
        self._steps = steps
        self._streams = streams
        self._ids = ids
        self._mark = mark
        self._anchor = anchor

    @property
    def token(self) -> str:
        """The token that goes on after what was told."""
        return write_token(self._mark, self._anchor)

    def news(self, go_on: Callable[[], None]) -> Iterator[OperatorChange]:
        """Yield what was not told yet; `go_on` raises to end it between two readings."""
        while True:
            step, self._anchor = self._steps.changes.find_step(self._streams, self._mark.version)
            if step is None:
                self._mark = Mark(version=max(self._mark.version, self._anchor.version + 1))
                return
            after = self._mark.operator_id if step.version == self._mark.version else ""
            kinds = self._steps.kinds(step)
            left = iter([one for one in self._chosen(kinds) if one > after])
            while part := list(islice(left, PART)):
                go_on()
                operators = self._steps.changes.operators(step, part)
                for operator_id in part:
                    self._mark = Mark(version=step.version, operator_id=operator_id)
                    yield OperatorChange(
                        kind=kinds[operator_id],
                        operator_id=operator_id,
                        operator=operators.get(operator_id),
                        step=step,
                    )
            self._mark = Mark(version=step.version + 1)

    def _chosen(self, kinds: Mapping[str, ChangeKind]) -> Collection[str]:
        return sorted(self._ids & kinds.keys()) if self._ids else kinds
