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
ByBearer = Callable[[str], Caller]
"""Maps a bearer token, or "" for none, to its caller, or raises what `Admission.by_bearer` does."""
Clock = Callable[[], datetime]


def bearer_token(authorization: str) -> str:
    """Return the token of an `authorization` header (RFC 6750); "" if it carries none."""
    scheme, _, token = authorization.partition(" ")
    return token.strip(" ") if scheme.lower() == "bearer" else ""


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

    def keep(self, caller: Caller, question: Question, answer: Answer) -> Answer:
        """Log a decision, and return it as it is to be given.

        Raises:
            DecisionLogFullError: It cannot be logged and must not be given.
        """
        ...

    def keep_all(
        self, caller: Caller, questions: Sequence[Question], answers: list[Answer]
    ) -> list[Answer]:
        """Log the decisions of a batch, and return them as they are to be given.

        Raises:
            DecisionLogFullError: They cannot be logged and must not be given.
        """
        ...


class Admission(Protocol):
    """`services.admission.Admission`: who comes in, and how often. Thread-safe.

    gRPC and HTTP alike, for each call:

    1. Who is it? A client certificate of the connection decides: `by_certificate`. Without one,
       the token of `authorization: Bearer TOKEN` does: `by_bearer` (with "" if there is none).
    2. May it? `permissions.require_permitted(caller, method)`.
    3. How often? `spend`, once the request is read and before anything is computed.
    4. What is it shown? `narrowing.narrowed(answer, caller.scope)`, before writing.

    Every refusal is an error of the catalogue: 401 / UNAUTHENTICATED for tokens, 403 /
    PERMISSION_DENIED for who is not registered, 429 / RESOURCE_EXHAUSTED with `retry_after`.
    """

    def find_certificate(self, der: bytes) -> Caller | None:
        """Tell whose certificate this is if it is remembered: for event loops, never waits."""
        ...

    def by_certificate(self, der: bytes) -> Caller:
        """Tell whose certificate this is.

        Raises:
            NotPermittedError: It is not registered, or was revoked.
            DatabaseUnavailableError: It is not known yet, and the database does not answer.
        """
        ...

    def find_bearer(self, token: str, *, now: datetime) -> Caller | None:
        """Tell whose token this is if it is remembered: for event loops, never waits."""
        ...

    def by_bearer(self, token: str, *, now: datetime) -> Caller:
        """Tell whose token this is.

        Raises:
            TokenRefusedError: It proves nobody, or no issuer is configured.
            IssuerUnavailableError: No keys of the issuer were read yet.
            NotPermittedError: It is good, but its subject is not registered, or was revoked.
            DatabaseUnavailableError: It is not known yet, and the database does not answer.
        """
        ...

    def spend(self, caller: Caller, questions: int, *, now: datetime) -> None:
        """Count questions that are about to be answered; free for callers without limits.

        Args:
            caller: Who asks.
            questions: Those of a batch; 1 for any other call.
            now: Of the clock.

        Raises:
            LimitExceededError: Rate or quota is used up; `retry_after` tells for how long. None of
                the questions was counted.
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
