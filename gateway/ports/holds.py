"""Held lists, for those who decide on them."""

from typing import Protocol

from gateway.domain.approvals import Approval
from gateway.domain.holds import HoldDetail, HoldOutcome, HoldView


class Holds(Protocol):
    """Who may act is settled before: an `Approval` says who, why, and on which held list.

    Each act compares the approval's list digest with the newest held list in its own transaction.
    """

    def holds(self, *, open_only: bool = True) -> list[HoldView]:
        """Return holds, oldest first."""
        ...

    def show(self, number: int, *, examples: int) -> HoldDetail:
        """Return one hold with the difference that its release makes, open or not.

        Raises:
            NotFoundError: No such hold.
        """
        ...

    def release(self, number: int, approval: Approval) -> HoldOutcome:
        """Apply the newest held state (ACC-13).

        Raises:
            NotFoundError: No such hold.
            ConflictError: It has ended, or another list joined it meanwhile; nothing was written.
        """
        ...

    def reject(self, number: int, approval: Approval) -> HoldOutcome:
        """Spend the held sequences; the accepted state stays (ACC-13).

        Raises:
            NotFoundError: No such hold.
            ConflictError: It has ended, or another list joined it meanwhile; nothing was written.
        """
        ...

    def rollback(self, number: int, approval: Approval) -> HoldOutcome:
        """Put the state before a release in force again.

        Raises:
            NotFoundError: No such hold.
            ConflictError: It was not released, or another list was applied since.
        """
        ...

    def lift_restrictions(self, number: int, approval: Approval) -> HoldOutcome:
        """End the restrictions that a held list put over the accepted one (ACC-13).

        Raises:
            NotFoundError: No such hold.
            ConflictError: There are none, or another list joined it meanwhile.
        """
        ...
