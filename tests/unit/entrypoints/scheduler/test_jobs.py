"""The real jobs on home's real services: what a run does, and what is remembered of it."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from gateway.domain.errors import ConfigError
from gateway.domain.operators import StatusCode
from gateway.domain.profiles import FeedKind
from gateway.entrypoints.scheduler.jobs import PublishJob, SyncJob
from gateway.entrypoints.scheduler.runner import Runner, World
from gateway.ports.publications import HomeOperator
from gateway.services.turns import Turns
from tests.fakes.home import OFFICER, Home
from tests.fakes.partner_simulator import make_operator
from tests.fakes.schedule import BACKOFF

EVERYONE = frozenset({"*"})


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path, FeedKind.GRPC)
    made.partner.list_operators(make_operator("XB000001", on=made.clock.now))
    yield made
    made.close()


@pytest.fixture
def runner(home: Home) -> Runner:
    turns = Turns(home.store.leases, clock=home.clock, holder="test")
    return Runner(
        World(
            profiles=home.store.profiles.all,
            version=home.store.registry.version,
            shown_version=home.store.home_programme.shown_version,
            last_runs=home.store.leases.last_runs,
        ),
        sync=SyncJob(home.sync, home.clock),
        publish=PublishJob(home.publisher, turns, home.clock),
        clock=home.clock,
        backoff=BACKOFF,
        start=lambda run, _: run(),
    )


def load(home: Home, code: StatusCode = StatusCode.ACTIVE) -> None:
    listed = make_operator("XA000001", on=home.clock.now, code=code)
    home.store.home_programme.replace([HomeOperator(listed=listed, consents=EVERYONE)], OFFICER)


def issued(home: Home) -> int:
    newest = home.store.publications.newest(home.profile.sends)
    return 0 if newest is None else newest.sequence


def pass_time(home: Home, runner: Runner, span: timedelta, looks: int) -> None:
    for _ in range(looks):
        home.advance(span / looks)
        runner.look()


def failing(error: Exception) -> Callable[..., None]:
    def fail(*_: object, **__: object) -> None:
        raise error

    return fail


def test_a_list_is_fetched_and_the_next_one_at_the_next_regular_moment(
    home: Home, runner: Runner
) -> None:
    home.partner.publish()
    runner.look()
    pass_time(home, runner, timedelta(hours=6), looks=6)
    assert home.partner.fetches == 1
    home.partner.publish_next()
    pass_time(home, runner, timedelta(hours=6), looks=6)
    assert home.partner.fetches == 2


def test_syn_5_a_refused_list_is_asked_for_again_by_the_schedule_and_no_sooner(
    home: Home, runner: Runner
) -> None:
    home.partner.claims = {"state_root": "00" * 32}
    home.partner.publish()
    runner.look()
    pass_time(home, runner, timedelta(hours=24), looks=96)
    assert home.partner.fetches == 1 + 4


def test_a_partner_that_is_down_is_asked_again_soon(home: Home, runner: Runner) -> None:
    home.partner.publish()
    home.partner.is_down = True
    runner.look()
    home.partner.is_down = False
    pass_time(home, runner, timedelta(seconds=3), looks=3)
    assert home.partner.fetches == 1


def test_pub_5_a_suspension_is_issued_at_the_next_look(home: Home, runner: Runner) -> None:
    load(home)
    runner.look()
    assert issued(home) == 1
    load(home, StatusCode.SUSPENDED)
    runner.look()
    assert issued(home) == 2


def test_pub_3_a_list_that_runs_out_is_issued_anew_in_time(home: Home, runner: Runner) -> None:
    load(home)
    runner.look()
    pass_time(home, runner, timedelta(days=3), looks=3 * 24)
    newest = home.store.publications.newest(home.profile.sends)
    assert newest is not None
    assert 3 <= newest.sequence <= 10
    assert newest.next_update_at > home.clock.now


def test_a_list_is_computed_only_when_it_may_have_changed(
    home: Home, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(home)
    runner.look()
    monkeypatch.setattr(home.publisher, "publish", failing(AssertionError()))
    home.partner.publish()
    pass_time(home, runner, timedelta(hours=11), looks=11)
    assert not any(run.failures for run in home.store.leases.last_runs().values())


def test_pub_5_what_could_not_be_issued_is_issued_when_the_reason_is_gone(
    home: Home, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(home)
    with monkeypatch.context() as broken:
        broken.setattr(home.publisher, "publish", failing(ConfigError("the key has expired")))
        pass_time(home, runner, timedelta(hours=1), looks=60)
        assert issued(home) == 0
    pass_time(home, runner, timedelta(minutes=6), looks=6)
    assert issued(home) == 1


def test_what_is_asked_for_is_issued_though_nothing_moved(home: Home, runner: Runner) -> None:
    load(home)
    runner.look()
    runner.publish_now("XB")
    assert issued(home) == 1


def test_no_lists_travel_under_a_disabled_profile(home: Home, runner: Runner) -> None:
    load(home)
    home.partner.publish()
    home.store.profiles.apply(replace(home.profile, enabled=False), OFFICER, home.clock.now)
    pass_time(home, runner, timedelta(days=1), looks=24)
    assert (issued(home), home.partner.fetches) == (0, 0)
