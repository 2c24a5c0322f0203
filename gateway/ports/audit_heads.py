"""Signed heads of the audit trail: they only come, and never change (SIG-8)."""

from collections.abc import Collection, Mapping
from typing import Protocol

from gateway.domain.audit_heads import SignedHead


class AuditHeads(Protocol):
    """Contract: `tests/contract/audit_heads_suite.py`."""

    def end(self) -> tuple[int, str]:
        """Return number and digest of the newest event; 0 and zeros while there is none."""
        ...

    def digests(self, numbers: Collection[int]) -> Mapping[int, str]:
        """Return the digests of those of these events that the trail has, and of its begin (0)."""
        ...

    def keep(self, signed: SignedHead) -> None:
        """Add a signed head."""
        ...

    def all(self) -> list[SignedHead]:
        """Return all of them, oldest first."""
        ...

    def newest(self) -> SignedHead | None:
        """Return the one that was added last, or none."""
        ...
