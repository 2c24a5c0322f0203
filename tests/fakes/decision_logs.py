"""A decision log in memory, that can be away."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from gateway.domain.errors import DatabaseUnavailableError
from gateway.domain.logged_decisions import Entry, Logged
from gateway.domain.snapshot import Snapshot
from gateway.ports.decision_log import ErasedDecisions, Numbered, Wanted


class LogInMemory:
    """Remembers what was appended. `away` makes every call fail."""

    def __init__(self) -> None:
        self.away = False
        self.batches: list[list[Logged]] = []
        self.snapshots: dict[str, Snapshot] = {}

    @property
    def entries(self) -> list[Entry]:
        return [entry for batch in self.batches for entry, _ in batch]

    def append(self, decisions: Sequence[Logged], snapshots: Mapping[str, Snapshot]) -> None:
        if self.away:
            raise DatabaseUnavailableError("the database or disk is full")
        self.batches.append(list(decisions))
        self.snapshots |= snapshots

    def find(self, reference: str) -> Sequence[Numbered]:
        raise NotImplementedError

    def select(self, wanted: Wanted) -> Sequence[Numbered]:
        raise NotImplementedError

    def find_snapshot(self, name: str) -> Snapshot | None:
        return self.snapshots.get(name)

    def erase(self, before: datetime, *, dry_run: bool) -> ErasedDecisions:
        raise NotImplementedError
