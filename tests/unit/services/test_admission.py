from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from timeit import repeat

import pytest
from msgspec.structs import asdict, replace

from gateway.domain.errors import (
    DatabaseUnavailableError,
    NotPermittedError,
    QuotaExceededError,
    RateExceededError,
    TokenRefusedError,
)
from gateway.domain.parties import Admitted, Caller, Limits
from gateway.ports.tokens import ProvenToken
from gateway.services.admission import Admission
from gateway.services.known_callers import KnownCallers
from gateway.services.known_tokens import KnownTokens
from tests.fakes.callers import BORDER

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
UNTIL = NOW + timedelta(minutes=5)
GOOD = "good"
AGENCY = replace(BORDER, name="agency", fingerprint=None, subject="agency-client")
ADMITTED = Admitted(**asdict(AGENCY), until=UNTIL)
LIMITED = replace(BORDER, limits=Limits(quota=10))


class Added:
    """`ports.profiles.Usage` that all processes of a test share."""

    def __init__(self) -> None:
        self.totals: dict[tuple[date, str], int] = {}
        self.calls = 0
        self.is_down = False

    def add(self, day: date, questions: Mapping[str, int]) -> Mapping[str, int]:
        if self.is_down:
            raise DatabaseUnavailableError("gone")
        self.calls += 1
        for name, count in questions.items():
            self.totals[day, name] = self.totals.get((day, name), 0) + count
        return {name: self.totals[day, name] for name in questions}

    def of(self, day: date) -> Mapping[str, int]:
        return {name: count for (known, name), count in self.totals.items() if known == day}


class World:
    """A registry, an issuer, and the door in front of them."""

    def __init__(self, usage: Added | None = None) -> None:
        self.usage = usage or Added()
        self.version = 1
        self.subjects = {"agency-client": AGENCY}
        self.checks = 0
        callers = KnownCallers(self._identify, lambda: self.version, self._registered)
        tokens = KnownTokens(self, self._of_subject)
        self.admission = Admission(callers, tokens, self.usage)
        self.admission.refresh()

    def prove(self, token: str, *, now: datetime) -> ProvenToken:
        self.checks += 1
        if token != GOOD or now >= UNTIL:
            raise TokenRefusedError("no good")
        return ProvenToken("agency-client", UNTIL)

    def _of_subject(self, subject: str) -> Caller:
        if subject not in self.subjects:
            raise NotPermittedError("not registered")
        return self.subjects[subject]

    def _identify(self, der: bytes) -> Caller:
        if der != b"border":
            raise NotPermittedError("not registered")
        return BORDER

    def _registered(self) -> list[Caller]:
        return [BORDER, *self.subjects.values()]


def test_certificates_and_tokens_stand_for_callers() -> None:
    world = World()
    assert world.admission.by_certificate(b"border") == BORDER
    assert world.admission.by_bearer(GOOD, now=NOW) == ADMITTED


def test_strangers_are_refused_and_counted() -> None:
    world = World()
    with pytest.raises(NotPermittedError):
        world.admission.by_certificate(b"stranger")
    for token in ("bad", ""):
        with pytest.raises(TokenRefusedError):
            world.admission.by_bearer(token, now=NOW)
    assert world.admission.refusals == {"NOT_PERMITTED": 1, "TOKEN_REFUSED": 2}


def test_without_an_issuer_no_token_counts() -> None:
    world = World()
    admission = Admission(
        KnownCallers(lambda _: BORDER, lambda: 1, lambda: [BORDER]), None, world.usage
    )
    admission.refresh()
    admission.forget_tokens()
    with pytest.raises(TokenRefusedError, match="without a client certificate"):
        admission.by_bearer(GOOD, now=NOW)


def test_a_token_is_checked_once_and_again_when_it_has_expired() -> None:
    world = World()
    for _ in range(3):
        world.admission.by_bearer(GOOD, now=UNTIL - timedelta(seconds=1))
    assert world.checks == 1
    with pytest.raises(TokenRefusedError):
        world.admission.by_bearer(GOOD, now=UNTIL)


def test_a_revoked_token_caller_is_refused_after_the_next_refresh() -> None:
    world = World()
    world.admission.by_bearer(GOOD, now=NOW)
    world.subjects.clear()
    world.version += 1
    world.admission.refresh()
    with pytest.raises(NotPermittedError):
        world.admission.by_bearer(GOOD, now=NOW)


def test_tokens_are_checked_anew_when_the_keys_change() -> None:
    world = World()
    world.admission.by_bearer(GOOD, now=NOW)
    world.admission.forget_tokens()
    world.admission.by_bearer(GOOD, now=NOW)
    assert world.checks == 2


def test_remembered_tokens_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.services.known_tokens.KEPT", 3)
    checked: list[str] = []

    class Everybody:
        def prove(self, token: str, *, now: datetime) -> ProvenToken:
            del now
            checked.append(token)
            return ProvenToken("agency-client", UNTIL)

    tokens = KnownTokens(Everybody(), lambda _: AGENCY)
    for token in ("1", "2", "3", "4", "4", "1"):
        tokens.identify(token, NOW)
    assert checked == ["1", "2", "3", "4", "1"]


def test_limits_are_kept_and_refusals_counted() -> None:
    world = World()
    fast = replace(BORDER, name="fast", limits=Limits(rate=2))
    world.admission.spend(fast, 2, now=NOW)
    with pytest.raises(RateExceededError) as caught:
        world.admission.spend(fast, 1, now=NOW)
    assert caught.value.caller == "fast"
    world.admission.spend(LIMITED, 10, now=NOW)
    with pytest.raises(QuotaExceededError):
        world.admission.spend(LIMITED, 1, now=NOW)
    assert world.admission.refusals == {"RATE_EXCEEDED": 1, "QUOTA_EXCEEDED": 1}


def test_equal_limits_read_again_go_on_where_they_were() -> None:
    world = World()
    world.admission.spend(LIMITED, 10, now=NOW)
    with pytest.raises(QuotaExceededError):
        world.admission.spend(replace(LIMITED, limits=Limits(quota=10)), 1, now=NOW)
    world.admission.spend(replace(LIMITED, limits=Limits(quota=12)), 2, now=NOW)


def test_a_quota_is_one_for_all_processes_and_outlives_them() -> None:
    usage = Added()
    one, two = World(usage).admission, World(usage).admission
    one.spend(LIMITED, 6, now=NOW)
    two.spend(LIMITED, 3, now=NOW)
    one.settle()
    two.settle()
    with pytest.raises(QuotaExceededError):
        two.spend(LIMITED, 2, now=NOW)
    restarted = World(usage).admission
    restarted.spend(LIMITED, 1, now=NOW)
    restarted.settle()
    with pytest.raises(QuotaExceededError):
        restarted.spend(LIMITED, 1, now=NOW)


def test_nothing_is_written_while_nothing_is_asked() -> None:
    world = World()
    world.admission.spend(BORDER, 100, now=NOW)
    world.admission.settle()
    assert world.usage.calls == 0
    world.admission.spend(LIMITED, 1, now=NOW)
    world.admission.settle()
    world.admission.settle()
    assert world.usage.calls == 1


def test_with_the_database_gone_questions_are_counted_here_and_added_up_later() -> None:
    world = World()
    world.admission.spend(LIMITED, 4, now=NOW)
    world.usage.is_down = True
    with pytest.raises(DatabaseUnavailableError):
        world.admission.settle()
    world.admission.spend(LIMITED, 1, now=NOW)
    world.usage.is_down = False
    world.admission.settle()
    assert world.usage.of(NOW.date()) == {"border": 5}


def test_callers_without_limits_cost_next_to_nothing() -> None:
    admission = World().admission
    calls = 10_000
    best = min(repeat(lambda: admission.spend(BORDER, 1, now=NOW), number=calls, repeat=5))
    assert best / calls < 5e-6  # a microsecond on an idle machine
