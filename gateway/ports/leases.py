"""Leases: one run at a time per stream, across all processes (SYN-1)."""

from datetime import datetime, timedelta
from typing import Protocol

from msgspec import Struct


class Lease(Struct, frozen=True, kw_only=True):
    """The right to work on `subject` until `expires_at`; `token` rises with each grant."""

    subject: str
    holder: str
    token: int
    expires_at: datetime


class Leases(Protocol):
    """Contract: `tests/contract/leases_suite.py`."""

    def acquire(self, subject: str, holder: str, now: datetime, span: timedelta) -> Lease | None:
        """Take the lease if it is free or expired; none if another holder has it. Never waits."""
        ...

    def release(self, lease: Lease) -> None:
        """Give the lease back if it is still ours. May be called twice."""
        ...
