"""What waits in a stream: for an officer, or for the partner."""

from datetime import datetime
from typing import Protocol

from msgspec import Struct

from gateway.domain.acknowledgements import Reason
from gateway.domain.lists import Stream


class HeldList(Struct, frozen=True, kw_only=True):
    """A list that waits for an officer."""

    sequence: int
    held_at: datetime
    reasons: tuple[Reason, ...]


class FullFailed(Struct, frozen=True, kw_only=True):
    """A FULL that we asked for failed too: the stream waits for an officer (SYN-5)."""

    since: datetime
    sequence: int
    """The newest list that was looked at; a newer one is looked at once."""


class Waiting(Struct, frozen=True, kw_only=True):
    """What waits in one stream."""

    held: tuple[HeldList, ...]
    """Oldest first."""
    undelivered: int
    """What we have sent and the partner does not have yet."""
    dead: int
    """How many of these are tried no more: the partner refuses them."""
    attempts: int
    """Most attempts of one of them."""
    last_failure: str | None
    """Time and reason of the newest failed attempt of the oldest of them that failed."""
    full_failed: FullFailed | None = None
    """None also if a list was accepted since."""

    @property
    def needs_officer(self) -> bool:
        """Tell whether nothing goes on before an officer has decided."""
        return bool(self.held) or self.full_failed is not None


class Overview(Protocol):
    """For those who watch over streams. Contract: `tests/contract/overview_suite.py`."""

    def waiting(self, stream: Stream) -> Waiting:
        """Return what waits in a stream."""
        ...
