"""Home blocks: put in and lifted by officers, read by every lookup process."""

from collections.abc import Sequence
from typing import Protocol

from gateway.domain.agreements import Interval
from gateway.domain.blocks import HomeBlock
from gateway.domain.parties import Actor


class HomeBlocks(Protocol):
    """Contract: `tests/contract/blocks_suite.py`."""

    def put_in(
        self, operator_id: str, interval: Interval, *, reason: str, actor: Actor
    ) -> HomeBlock:
        """Block an operator on the dates of an interval, from now on known. Audited.

        Raises:
            ConflictError: Another block of the operator acts on some of these dates.
        """
        ...

    def lift(self, number: int, *, reason: str, actor: Actor) -> HomeBlock:
        """End a block now. Audited.

        Raises:
            NotFoundError: There is no such block.
            ConflictError: It was lifted before, or its time is over.
        """
        ...

    def all(self) -> Sequence[HomeBlock]:
        """Return every block, the lifted too, in the order in which they were put in."""
        ...
