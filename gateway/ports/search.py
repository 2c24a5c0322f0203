"""The index in which operators are searched by name and address: candidates, never decisions."""

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from msgspec import Struct


class Findable(Struct, frozen=True, kw_only=True, gc=False):
    """What an operator is found by, as received."""

    operator_id: str
    names: tuple[str, ...]
    trade_names: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    """Each on one line."""


class Candidate(Struct, frozen=True, gc=False):
    """An operator that shares rare letters with a query."""

    agreement: str
    findable: Findable


Latin = Callable[[Findable], str]
"""Returns all words of an operator in Latin letters of ASCII, with a space around each."""


class SearchIndex(Protocol):
    """Operators of several agreements. Thread-safe: what is asked meanwhile waits for a change."""

    @property
    def state(self) -> str:
        """What it was built from, as the last change said."""
        ...

    def add(self, agreement: str, findables: Iterable[Findable]) -> None:
        """Put operators in that are not there yet: for an index that nobody asks yet.

        Raises:
            MachineError: There is no room for it.
        """
        ...

    def finish(self, state: str) -> None:
        """End the adding: from now on it can be asked, and changed.

        Raises:
            MachineError: There is no room for it.
        """
        ...

    def change(
        self, agreement: str, ended: Iterable[str], came: Iterable[Findable], state: str
    ) -> None:
        """Take operators out by id and put others in, all at once.

        Raises:
            MachineError: There is no room for it.
        """
        ...

    def candidates(
        self, words: Sequence[Sequence[str]], agreement: str | None, most: int
    ) -> tuple[str, Sequence[Candidate]]:
        """Return the state that answers, and operators that share most with a query.

        Args:
            words: Of each word of the query, its groups of three letters.
            agreement: Only of this one; none means of all.
            most: How many at most.

        Raises:
            MachineError: The index cannot be read.
        """
        ...

    def close(self) -> None:
        """Give back its room. May be called twice."""
        ...
