"""A decision log in memory, that can be away."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from gateway.domain.basis import Basis
from gateway.domain.errors import DatabaseUnavailableError
from gateway.domain.logged_decisions import Entry
from gateway.ports.decision_log import ErasedDecisions, Numbered, Wanted


class LogInMemory:
    """Remembers what was appended. `away` makes every call fail."""

    def __init__(self) -> None:
        self.away = False
        self.batches: list[list[Entry]] = []
        self.bases: dict[str, Basis] = {}

    @property
    def entries(self) -> list[Entry]:
        return [entry for batch in self.batches for entry in batch]

    def append(self, entries: Sequence[Entry], bases: Mapping[str, Basis]) -> None:
        if self.away:
            raise DatabaseUnavailableError("the database or disk is full")
        self.batches.append(list(entries))
        self.bases |= bases

    def find(self, reference: str) -> Sequence[Numbered]:
        raise NotImplementedError

    def select(self, wanted: Wanted) -> Sequence[Numbered]:
        raise NotImplementedError

    def find_basis(self, name: str) -> Basis | None:
        return self.bases.get(name)

    def erase(self, before: datetime, *, dry_run: bool) -> ErasedDecisions:
        raise NotImplementedError
