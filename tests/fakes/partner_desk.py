"""A desk that answers one partner from memory, and notes what it was asked."""

from collections.abc import Sequence
from datetime import datetime
from threading import get_ident

from gateway.domain.documents import SealedList, Unverified
from gateway.domain.errors import GatewayError, GoneError, NotFoundError
from gateway.domain.lists import Stream
from gateway.domain.parties import Caller


class FakePartnerDesk:
    def __init__(self, sends: Stream, receives: Stream) -> None:
        self.sends = sends
        self.receives = receives
        self.lists: list[SealedList] = []
        self.held_answer: bytes | None = None
        self.gone: set[int] = set()
        self.submitted: list[bytes] = []
        self.answer = b"<acknowledgement/>"
        self.error: GatewayError | None = None
        self.threads: set[int] = set()

    def head(
        self, caller: Caller, stream: Stream, acknowledgement: bytes | None, *, now: datetime
    ) -> tuple[bytes | None, bytes | None]:
        del caller, acknowledgement, now
        self._judge(stream, self.sends)
        return (self.lists[-1].head if self.lists else None), self.held_answer

    def held(self, caller: Caller, stream: Stream) -> bytes | None:
        del caller
        self._judge(stream, self.sends)
        return self.held_answer

    def get_list(
        self, caller: Caller, stream: Stream, sequence: int, *, now: datetime
    ) -> SealedList:
        del caller, now
        self._judge(stream, self.sends)
        if sequence in self.gone:
            raise GoneError(f"list {sequence} of {stream} is gone")
        if sequence > len(self.lists):
            raise NotFoundError(f"no list {sequence} in {stream}")
        return self.lists[sequence - 1]

    def changes(self, caller: Caller, stream: Stream, since: int) -> Sequence[int]:
        del caller
        self._judge(stream, self.sends)
        return range(since + 1, len(self.lists) + 1)

    def full(self, caller: Caller, stream: Stream, *, now: datetime) -> int:
        del caller, now
        self._judge(stream, self.sends)
        return len(self.lists)

    def submit(
        self, caller: Caller, stream: Stream, document: Unverified, *, now: datetime
    ) -> bytes:
        del caller, now
        self._judge(stream, self.receives)
        self.submitted.append(document.document)
        return self.answer

    def acknowledge(
        self, caller: Caller, stream: Stream, document: bytes, *, now: datetime
    ) -> None:
        del caller, now
        self._judge(stream, self.sends)
        self.held_answer = document

    def _judge(self, asked: Stream, allowed: Stream) -> None:
        self.threads.add(get_ident())
        if self.error is not None:
            raise self.error
        if asked != allowed:
            raise NotFoundError(f"no stream {asked}")
