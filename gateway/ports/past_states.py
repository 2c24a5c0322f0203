"""The states of a stream by their numbers: exact where a time in whole seconds is not."""

from collections.abc import Iterator
from typing import Protocol

from gateway.domain.decisions import AcceptedHead
from gateway.domain.lists import Stream
from gateway.ports.registry import History, RegisteredOperator


class PastStates(Protocol):
    """Contract: `tests/contract/past_states_suite.py`.

    A state goes on to be found however many came after it.
    """

    def find_head_in(self, stream: Stream, state: int) -> AcceptedHead | None:
        """Return the list that made a state, or none."""
        ...

    def find_in(self, stream: Stream, state: int, operator_id: str) -> RegisteredOperator | None:
        """Return an operator as it was in a state, or none."""
        ...

    def operators_in(self, stream: Stream, state: int) -> Iterator[RegisteredOperator]:
        """Yield the operators of a state in byte order of id."""
        ...


class Past(History, PastStates, Protocol):
    """Both ways into the past, by time and by number."""
