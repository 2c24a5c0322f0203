"""Streams in which a FULL that we asked for failed too: they wait for an officer (SYN-5).

Meanwhile the partner is asked for its newest head and given our answers, and no FULL is asked for.
Each newer list is looked at once as it comes: it may be a sound FULL, and then nobody has to open
anything. What became of asking for a FULL is remembered like the last run of every other job.
"""

from datetime import datetime, timedelta
from typing import Final

from gateway.domain.errors import InvalidRequestError
from gateway.domain.lists import Stream
from gateway.domain.parties import Actor
from gateway.domain.recovery import full_of
from gateway.ports.audit import Audit
from gateway.ports.leases import Ended, Leases
from gateway.ports.overview import FullFailed, Overview

_HOLDER: Final = "a run of the sync"
_SPAN: Final = timedelta(seconds=1)


class FullWaits:
    """Knows which streams wait, lets them wait, and opens them."""

    def __init__(self, *, overview: Overview, leases: Leases, audit: Audit) -> None:
        self._overview = overview
        self._leases = leases
        self._audit = audit

    def find(self, stream: Stream) -> FullFailed | None:
        """Return since when a stream waits, and behind which list; none if it does not.

        Raises:
            DatabaseUnavailableError: The database does not answer.
        """
        return self._overview.waiting(stream).full_failed

    def begin(self, stream: Stream, sequence: int, since: datetime, now: datetime) -> None:
        """Let a stream wait.

        Args:
            stream: Whose FULL failed.
            sequence: The newest list that was looked at.
            since: When the first of them failed.
            now: The time.

        Raises:
            DatabaseUnavailableError: Nothing was written.
        """
        self._note(stream, Ended(began_at=since, ended_at=now, failed=True, mark=sequence))

    def end(self, stream: Stream, reason: str, actor: Actor, now: datetime) -> None:
        """Open a stream again: the next sync asks for a FULL, if it still needs one. Audited.

        Raises:
            InvalidRequestError: It does not wait for this.
            DatabaseUnavailableError: Nothing was written.
        """
        if self.find(stream) is None:
            text = f"{stream} does not wait behind a FULL that failed; held lists: mra hold list"
            raise InvalidRequestError(text, context={"stream": str(stream)})
        self._audit.record("stream.resumed", str(stream), {"reason": reason}, actor, now)
        self._note(stream, Ended(began_at=now, ended_at=now, mark=0))

    def _note(self, stream: Stream, ended: Ended) -> None:
        lease = self._leases.acquire(full_of(stream), _HOLDER, ended.ended_at, _SPAN)
        if lease is not None:
            self._leases.release(lease, ended)
