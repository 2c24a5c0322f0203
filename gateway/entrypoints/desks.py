"""What the servers need of the services behind them."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Protocol

from gateway.domain.answers import Answer, Question
from gateway.domain.documents import SealedList, Unverified
from gateway.domain.lists import Stream
from gateway.domain.parties import Caller

Identify = Callable[[bytes], Caller]
"""Maps the DER of a peer certificate to its caller, or raises `NotPermittedError`."""
Clock = Callable[[], datetime]


class PartnerDesk(Protocol):
    """`services.partner_desk.PartnerDesk`; every method may raise any `GatewayError`."""

    def head(
        self, caller: Caller, stream: Stream, acknowledgement: bytes | None, *, now: datetime
    ) -> tuple[bytes | None, bytes | None]:
        """Return the newest signed head, and the newest acknowledgement held from the caller."""
        ...

    def held(self, caller: Caller, stream: Stream) -> bytes | None:
        """Return the newest acknowledgement held from the caller."""
        ...

    def get_list(
        self, caller: Caller, stream: Stream, sequence: int, *, now: datetime
    ) -> SealedList:
        """Return one list."""
        ...

    def changes(self, caller: Caller, stream: Stream, since: int) -> Sequence[int]:
        """Return the sequences of the lists after one."""
        ...

    def full(self, caller: Caller, stream: Stream, *, now: datetime) -> int:
        """Return the sequence of a FULL."""
        ...

    def submit(
        self, caller: Caller, stream: Stream, document: Unverified, *, now: datetime
    ) -> bytes:
        """Judge a list; return the sealed acknowledgement."""
        ...

    def acknowledge(
        self, caller: Caller, stream: Stream, document: bytes, *, now: datetime
    ) -> None:
        """Take in the caller's answer to a list."""
        ...


class WatchDesk(Protocol):
    """`services.watching.WatchDesk`; may raise any `GatewayError`."""

    def watch(
        self, caller: Caller, stream: Stream, acknowledgement: bytes | None
    ) -> Iterator[bytes | None]:
        """Yield the newest head, then new ones; none is a beat, or on opening no head."""
        ...


class DecisionRecord(Protocol):
    """`services.decision_recorder.DecisionRecorder`: what is given to callers passes through it."""

    def keep(self, caller: Caller | None, question: Question, answer: Answer) -> Answer:
        """Log a decision, and return it as it is to be given.

        Raises:
            DecisionLogFullError: It cannot be logged and must not be given.
        """
        ...

    def keep_all(
        self, caller: Caller | None, questions: Sequence[Question], answers: list[Answer]
    ) -> list[Answer]:
        """Log the decisions of a batch, and return them as they are to be given.

        Raises:
            DecisionLogFullError: They cannot be logged and must not be given.
        """
        ...


class LookupDesk(Protocol):
    """`services.lookup.LookupDesk`."""

    @property
    def ready(self) -> bool:
        """Tell whether the index is loaded."""
        ...

    def answer(self, question: Question, *, now: datetime) -> Answer:
        """Decide on one question."""
        ...

    def answer_batch(self, questions: Sequence[Question], *, now: datetime) -> list[Answer]:
        """Decide on many questions, in their order."""
        ...
