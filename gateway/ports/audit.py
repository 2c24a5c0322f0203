"""The audit trail: append-only, hash-chained, in the same transaction as the change it tells of."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from gateway.domain.parties import Actor


class AuditEvent(Struct, frozen=True, kw_only=True):
    """One link of the chain."""

    number: int
    at: datetime
    actor: Actor
    action: str
    """`list.applied`, `caller.revoked`, ..."""
    subject: str
    facts: Mapping[str, str]
    previous: str
    digest: str
    """Hex SHA-256 over the canonical JSON of all other fields."""


class Audit(Protocol):
    """Contract: `tests/contract/audit_suite.py`. Changes of other ports write to it themselves."""

    def record(
        self, action: str, subject: str, facts: Mapping[str, str], actor: Actor, now: datetime
    ) -> None:
        """Append an event that goes with no other change (a refused document, a refused caller)."""
        ...

    def events(self, after: int = 0) -> Iterator[AuditEvent]:
        """Yield events in order."""
        ...

    def verify(self) -> int:
        """Walk the chain and return the number of events.

        Raises:
            AuditTrailError: An event was changed, removed or put in between; the number is named.
        """
        ...
