"""Leases: one run at a time per job, across all processes, and what became of it (SYN-1)."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from msgspec import Struct

from gateway.domain.schedule import LastRun


class Lease(Struct, frozen=True, kw_only=True):
    """The right to work on `subject` until it ends; `token` rises with each grant."""

    subject: str
    holder: str
    """Which process has it, for people."""
    token: int


class Ended(Struct, frozen=True, kw_only=True):
    """How a run ended; see `LastRun`."""

    began_at: datetime
    ended_at: datetime
    failed: bool = False
    """It failed, and another attempt may help."""
    mark: int | None = None
    """What it knew of; none leaves what is remembered."""


class Leases(Protocol):
    """Contract: `tests/contract/leases_suite.py`."""

    def acquire(
        self, subject: str, holder: str, now: datetime, span: timedelta, *, seen: int | None = None
    ) -> Lease | None:
        """Take the lease if it is free or expired; none if a run has it. Never waits.

        With `seen` only if that is still its token: nobody began a run since the caller looked.
        0 is the token of a job that never ran.
        """
        ...

    def renew(self, lease: Lease, expires_at: datetime) -> bool:
        """Let the lease end at that time instead; false if it is no longer ours."""
        ...

    def release(self, lease: Lease, ended: Ended | None = None) -> None:
        """Give the lease back if it is still ours, and remember how the run ended.

        Without `ended` the run was cut, and whoever looks next runs the job again. May be called
        twice.
        """
        ...

    def abandon(self, is_dead: Callable[[str], bool]) -> Sequence[str]:
        """Take their leases from the holders that are dead; return the subjects that are free.

        Whoever is taken for dead and is not writes nothing any more: the fence holds it.
        """
        ...

    def last_runs(self) -> Mapping[str, LastRun]:
        """Return what is remembered of every job, by subject."""
        ...
