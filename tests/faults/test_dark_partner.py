"""A partner that is dark for hours or days: back within two intervals of the schedule."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from gateway.domain.agreements import Review
from gateway.domain.profiles import Schedule
from gateway.entrypoints.scheduler.jobs import PublishJob, SyncJob
from gateway.entrypoints.scheduler.runner import Runner, World
from tests.fakes.home import OFFICER
from tests.fakes.schedule import BACKOFF, CountingJob
from tests.fakes.two_gateways import Gateway
from tests.faults.exchanges import OPERATORS, LineExchange

HOUR = timedelta(hours=1)
LOOK_EVERY = timedelta(minutes=15)
CHANGE_EVERY = 8
"""Looks from one change at XB to the next."""


def runner_of(gateway: Gateway, *, publishes: bool) -> Runner:
    """Return the schedule of one side: XB's publishes, XA's syncs."""
    store, clock, turns = gateway.store, gateway.clock, gateway.turns
    return Runner(
        World(
            profiles=store.profiles.all,
            version=store.registry.version,
            shown_version=store.home_programme.shown_version,
            last_runs=store.leases.last_runs,
        ),
        sync=CountingJob("sync", turns) if publishes else SyncJob(gateway.sync, clock),
        publish=PublishJob(gateway.publisher, turns, clock)
        if publishes
        else CountingJob("publish", turns),
        clock=clock,
        backoff=BACKOFF,
        start=lambda run, _name: run(),
    )


class Days:
    """Time that passes at both, with changes at XB."""

    def __init__(self, exchange: LineExchange) -> None:
        self._exchange = exchange
        self._runners = (
            runner_of(exchange.publisher, publishes=True),
            runner_of(exchange.recipient, publishes=False),
        )
        self._looks = 0

    def pass_time(self, span: timedelta, *, changing: bool = True) -> None:
        for _ in range(span // LOOK_EVERY):
            self._looks += 1
            self._exchange.clock.advance(LOOK_EVERY)
            if changing and self._looks % CHANGE_EVERY == 0:
                self._exchange.change(timedelta(0))
            for runner in self._runners:
                runner.look()


@pytest.fixture
def hourly(exchange: LineExchange) -> LineExchange:
    """XA asks every hour, and its officers are not asked: days of changes come at once."""
    recipient = exchange.recipient
    review = Review(mass_change_floor=10 * OPERATORS)
    recipient.profile = replace(
        recipient.profile,
        schedule=Schedule(every=HOUR),
        agreement=replace(recipient.profile.agreement, review=review),
    )
    recipient.store.profiles.apply(recipient.profile, OFFICER, exchange.clock.now)
    return exchange


@pytest.mark.parametrize("hours", [3, 72])
def test_syn_3_a_partner_that_was_dark_is_followed_again_within_two_intervals(
    hourly: LineExchange, hours: int
) -> None:
    days = Days(hourly)
    days.pass_time(4 * HOUR)
    days.pass_time(2 * HOUR, changing=False)
    hourly.check_settled()
    before = hourly.accepted
    hourly.line.weather.is_dark = True
    days.pass_time(hours * HOUR)
    assert hourly.accepted == before
    assert hourly.issued > before
    hourly.line.weather.is_dark = False
    days.pass_time(2 * HOUR, changing=False)
    hourly.check_all()
