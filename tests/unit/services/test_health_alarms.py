"""Alarms of streams (SYN-6): one per change of health, whoever looks and however often."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.domain.profiles import FeedKind
from gateway.domain.stream_health import StreamHealth
from gateway.services.health_alarms import HealthAlarms
from gateway.services.sync import SCHEDULE
from tests.fakes.home import Home
from tests.fakes.partner_simulator import make_operator


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path, FeedKind.GRPC)
    made.partner.list_operators(
        *(make_operator(f"XB{n:06d}", on=made.clock.now) for n in range(1, 61))
    )
    made.partner.publish()
    made.sync.run(made.profile, now=made.clock.now)
    yield made
    made.close()


def look(home: Home, holder: str = "one") -> list[StreamHealth]:
    store = home.store
    alarms = HealthAlarms(
        profiles=store.profiles,
        registry=store.registry,
        overview=store.overview,
        leases=store.leases,
        audit=store.audit,
        holder=holder,
        actor=SCHEDULE,
    )
    return [told.health for told in alarms.look(home.clock.now)]


def trail(home: Home) -> list[str]:
    actions = [event.action for event in home.store.audit.events()]
    return [action for action in actions if action.startswith("alarm.")]


def test_a_stream_on_time_is_no_news(home: Home) -> None:
    assert look(home) == []
    assert trail(home) == []


def test_syn_6_each_change_of_health_alarms_once(home: Home) -> None:
    for hours, found in ((25, StreamHealth.LATE), (24, StreamHealth.OVERDUE)):
        home.advance(timedelta(hours=hours))
        assert look(home) == [found]
        home.advance(timedelta(minutes=1))
        assert look(home) == []
        assert look(home, "another") == []
    assert trail(home) == ["alarm.late", "alarm.overdue"]


def test_syn_6_after_an_alarm_it_is_told_that_all_is_well_and_the_next_one_alarms(
    home: Home,
) -> None:
    home.advance(timedelta(hours=25))
    look(home)
    home.partner.publish_next()
    home.sync.run(home.profile, now=home.clock.now)
    assert look(home) == [StreamHealth.ON_TIME]
    assert look(home) == []
    home.advance(timedelta(hours=25))
    assert look(home) == [StreamHealth.LATE]
    assert trail(home) == ["alarm.late", "alarm.late"]


def test_syn_6_a_held_list_alarms(home: Home) -> None:
    home.advance(timedelta(hours=1))
    home.partner.publish_next(*home.partner.operators[:10])
    home.sync.run(home.profile, now=home.clock.now)
    assert look(home) == [StreamHealth.HELD]
    assert trail(home) == ["alarm.held"]
