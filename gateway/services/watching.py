"""Watches on heads: partners that wait for ours, and our own on theirs (EXC-5)."""

import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Final

from gateway.domain.errors import ConflictError
from gateway.domain.lists import Stream
from gateway.domain.parties import Caller
from gateway.domain.profiles import PartnerProfile
from gateway.ports.feed import Channel
from gateway.services.bell import Bell
from gateway.services.own_answers import OwnAnswers
from gateway.services.turns import Turns, watch_of

BEAT: Final = timedelta(seconds=30)
"""Time without a new head after which a watcher is told that we are still there."""

Heads = Callable[[Caller, Stream, bytes | None], tuple[bytes | None, bytes | None]]
"""`PartnerDesk.head` at this moment."""


class HeadBoard(Bell):
    """Where those wait who watch for heads. Rung whenever there may be new ones; threads share it.

    One watch per partner and stream: whoever opens another one ends the older.
    """

    def __init__(self) -> None:
        super().__init__()
        self._opened = 0
        self._watches: dict[tuple[str, Stream], int] = {}

    @property
    def watches(self) -> int:
        """How many watch now."""
        return len(self._watches)

    def open(self, caller: Caller, stream: Stream) -> "Place":
        """Take the one place of this partner and stream; the older watch ends."""
        key = (caller.partner or caller.name, stream)
        with self._moved:
            self._opened += 1
            self._watches[key] = self._opened
            # The older one finds that its place is taken.
            self._rings += 1
            self._moved.notify_all()
            return Place(self, key, self._opened)

    def holds(self, key: tuple[str, Stream], number: int) -> bool:
        """Tell whether a place still belongs to the watch with this number."""
        return self._watches.get(key) == number

    def leave(self, key: tuple[str, Stream], number: int) -> None:
        """Give a place back, if it is still this watch's."""
        with self._moved:
            if self.holds(key, number):
                del self._watches[key]


class Place:
    """One watch's place at the board. Leaving may be done twice."""

    def __init__(self, board: HeadBoard, key: tuple[str, Stream], number: int) -> None:
        self._board = board
        self._key = key
        self._number = number

    def require(self) -> None:
        """Go on only if no newer watch has taken the place.

        Raises:
            ConflictError: One has.
        """
        # EXC-5: one watch per partner and stream, the oldest closed
        if not self._board.holds(self._key, self._number):
            message = f"a newer watch on {self._key[1]} took the place of this one"
            raise ConflictError(message, context={"stream": str(self._key[1])})

    def leave(self) -> None:
        """Give the place back."""
        self._board.leave(self._key, self._number)


class WatchDesk:
    """Answers watches with heads and beats."""

    def __init__(
        self,
        board: HeadBoard,
        heads: Heads,
        *,
        beat: timedelta = BEAT,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._board = board
        self._heads = heads
        self._beat = beat.total_seconds()
        self._seconds = seconds

    def watch(
        self, caller: Caller, stream: Stream, acknowledgement: bytes | None
    ) -> Iterator[bytes | None]:
        """Yield the newest head, or none if there is none, then new heads; none is a beat.

        Ends when the process does.

        Raises:
            ConflictError: A newer watch took the place of this one.
            NotFoundError: No such stream, or not for this caller (EXC-9).
            DocumentError: The acknowledgement that came along is none.
            TrustError: The acknowledgement that came along is not the caller's.
            DatabaseUnavailableError: The heads cannot be read.
        """
        rings = self._board.rings
        shown, _ = self._heads(caller, stream, acknowledgement)
        place = self._board.open(caller, stream)
        try:
            yield shown
            beat_at = self._seconds() + self._beat
            while not self._board.is_closed:
                self._board.wait(rings, beat_at - self._seconds())
                place.require()
                rings = self._board.rings
                head, _ = self._heads(caller, stream, None)
                if head != shown or self._seconds() >= beat_at:
                    yield None if head == shown else head
                    shown, beat_at = head, self._seconds() + self._beat
        finally:
            place.leave()


class HeadWatcher:
    """Watches the heads of partners for us, one process for each stream."""

    def __init__(
        self,
        *,
        turns: Turns,
        answers: OwnAnswers,
    ) -> None:
        self._turns = turns
        self._answers = answers

    def watch(
        self,
        profile: PartnerProfile,
        channel: Channel,
        on_head: Callable[[str], object],
        *,
        now: datetime,
    ) -> None:
        """Watch until it breaks, and call `on_head` with the partner for each new head.

        What came is not believed: the sync that follows asks again and verifies. Returns at once
        if another process watches.

        Raises:
            TransportError: Silent, cut off, or ended by the partner.
            ConflictError: The partner has a newer watch of ours.
            NotFoundError: The partner knows no such stream, or not for us.
            NotPermittedError: The partner refuses us.
            DatabaseUnavailableError: The lease cannot be held.
            ConfigError: The stream is hybrid, and home has no second keys.
        """
        with self._turns.take(watch_of(profile.receives)) as lease:
            if lease is None:
                return
            newest = self._answers.newest(profile, now)
            last: str | None = None
            for head in channel.watch_heads(profile.receives, newest.document if newest else None):
                if head is not None and head.digest != last:
                    last = head.digest
                    on_head(profile.partner)
