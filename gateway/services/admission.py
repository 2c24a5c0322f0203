"""Who comes in, and how often: one object for gRPC and HTTP of one lookup process."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date, datetime

from gateway.domain.errors import (
    LimitExceededError,
    NothingShownError,
    NotPermittedError,
    StoreError,
    TokenRefusedError,
)
from gateway.domain.parties import Caller, Limits
from gateway.ports.profiles import Usage
from gateway.services.known_callers import KnownCallers
from gateway.services.known_tokens import KnownTokens
from gateway.services.meter import Meter


class Admission:
    """`entrypoints.desks.Admission`: from memory alone, once a caller is known. Thread-safe.

    Rates are counted by each process, quotas by all together: what was spent is added up in the
    database from time to time (`settle`), and until then each process knows its own part.

    Args:
        callers: Knows certificates.
        tokens: Knows bearer tokens; none if no issuer is configured.
        usage: Adds up what all processes count.
    """

    def __init__(self, callers: KnownCallers, tokens: KnownTokens | None, usage: Usage) -> None:
        self._callers = callers
        self._tokens = tokens
        self._usage = usage
        self._meters: dict[str, Meter] = {}
        self.refusals: Counter[str] = Counter()
        """By code of the error: who was not let in, or asked too much. Only rises."""

    def refresh(self) -> None:
        """Forget callers if the registry moved. Cheap; called every 100 ms."""
        if self._callers.refresh():
            self.forget_tokens()

    def forget_tokens(self) -> None:
        """Check all tokens anew: their issuer's keys have changed."""
        if self._tokens is not None:
            self._tokens.forget()

    def find_certificate(self, der: bytes) -> Caller | None:
        """Tell whose certificate this is if it is remembered: never waits for the registry."""
        return self._callers.find(der)

    def by_certificate(self, der: bytes) -> Caller:
        """Tell whose certificate this is.

        Raises:
            NotPermittedError: It is not registered, or was revoked.
            DatabaseUnavailableError: It is not known yet, and the database does not answer.
        """
        try:
            return self._callers.identify(der)
        except NotPermittedError as error:
            self.refusals[error.code] += 1
            raise

    def find_bearer(self, token: str, *, now: datetime) -> Caller | None:
        """Tell whose token this is if it is remembered: never waits for the registry."""
        return None if self._tokens is None else self._tokens.find(token, now)

    def by_bearer(self, token: str, *, now: datetime) -> Caller:
        """Tell whose token this is.

        Raises:
            TokenRefusedError: It proves nobody, or no issuer is configured.
            IssuerUnavailableError: No keys of the issuer were read yet.
            NotPermittedError: It is good, but its subject is not registered, or was revoked.
            DatabaseUnavailableError: It is not known yet, and the database does not answer.
        """
        try:
            return self._of_token(token, now)
        except (TokenRefusedError, NotPermittedError) as error:
            self.refusals[error.code] += 1
            raise

    def spend(self, caller: Caller, questions: int, *, now: datetime) -> None:
        """Count questions that are about to be answered; free for callers without limits.

        Raises:
            LimitExceededError: Rate or quota is used up; none of the questions was counted.
        """
        limits = caller.limits
        if limits is None:
            return
        meter = self._meters.get(caller.name)
        if meter is None or meter.limits is not limits:
            meter = self._meter(caller.name, limits, now)
        try:
            meter.spend(questions, now)
        except LimitExceededError as error:
            self.refusals[error.code] += 1
            raise

    def settle(self) -> None:
        """Add up in the database what was asked under limits, and learn what others counted.

        Raises:
            StoreError: Nothing was added; the next time does it.
        """
        taken: dict[date, dict[str, int]] = defaultdict(dict)
        for name, meter in list(self._meters.items()):
            day, questions = meter.take_unmerged()
            if questions:
                taken[day][name] = questions
        for day, questions_of in taken.items():
            self._merge(day, questions_of)

    def _of_token(self, token: str, now: datetime) -> Caller:
        if self._tokens is None:
            raise NothingShownError("the call came without a client certificate")
        return self._tokens.identify(token, now)

    def _merge(self, day: date, questions_of: Mapping[str, int]) -> None:
        try:
            totals = self._usage.add(day, questions_of)
        except StoreError:
            for name, questions in questions_of.items():
                self._meters[name].put_back(day, questions)
            raise
        for name, total in totals.items():
            self._meters[name].merge(day, total)

    def _meter(self, name: str, limits: Limits, now: datetime) -> Meter:
        # Of two threads that come first at once, both take the one that was put in.
        meter = self._meters.setdefault(name, Meter(name, limits, now=now))
        meter.keep_to(limits)
        return meter
