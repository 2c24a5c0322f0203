"""What a partner that is broken, or an attacker with its TLS key, can make us keep."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.domain.documents import Unverified
from gateway.domain.errors import PartnerError, RateExceededError
from gateway.domain.parties import Caller, Purpose
from gateway.domain.profiles import FeedKind
from gateway.services.refusal_limit import MOST, SPAN
from tests.fakes.home import Home

CALLER = Caller(
    name="XB gateway",
    fingerprint="ab" * 32,
    purposes=(Purpose.EXCHANGE,),
    partner="XB",
    added_at=datetime(2026, 3, 1, tzinfo=UTC),
)
FLOOD = 300


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path, FeedKind.GRPC)
    yield made
    made.close()


def test_a_flood_of_lists_that_are_none_fills_no_disk_and_alarms_once(home: Home) -> None:
    stream, refused = home.profile.receives, {PartnerError: 0, RateExceededError: 0}
    for number in range(FLOOD):
        junk = Unverified(document=b"no list %d" % number)
        with pytest.raises((PartnerError, RateExceededError)) as caught:
            home.desk.submit(CALLER, stream, junk, now=home.clock.now)
        refused[RateExceededError if caught.type is RateExceededError else PartnerError] += 1
    assert refused == {PartnerError: MOST, RateExceededError: FLOOD - MOST}
    actions = [event.action for event in home.store.audit.events()]
    assert actions.count("list.refused") == MOST
    assert actions.count("list.refusals_limited") == 1


def test_after_the_flood_a_sound_list_is_applied(home: Home) -> None:
    stream = home.profile.receives
    for number in range(MOST):
        junk = Unverified(document=b"no list %d" % number)
        with pytest.raises(PartnerError):
            home.desk.submit(CALLER, stream, junk, now=home.clock.now)
    home.partner.publish()
    with pytest.raises(RateExceededError):
        home.desk.submit(CALLER, stream, home.partner.offered(), now=home.clock.now)
    home.advance(SPAN + timedelta(seconds=1))
    assert home.desk.submit(CALLER, stream, home.partner.offered(), now=home.clock.now)
    assert home.store.registry.find_head(stream) is not None


def test_a_flood_of_acknowledgements_that_are_none_fills_no_disk_and_alarms_once(
    home: Home,
) -> None:
    """Half of them come with a poll: beyond the limit it is answered without reading them."""
    stream = home.profile.sends
    for number in range(MOST):
        bring = home.desk.acknowledge if number % 2 else home.desk.head
        with pytest.raises(PartnerError):
            bring(CALLER, stream, b"no answer %d" % number, now=home.clock.now)
    for number in range(20):
        with pytest.raises(RateExceededError):
            home.desk.acknowledge(CALLER, stream, b"another", now=home.clock.now)
        junk = b"another %d" % number
        assert home.desk.head(CALLER, stream, junk, now=home.clock.now)[1] is None
    actions = [event.action for event in home.store.audit.events()]
    assert actions.count("list.refusals_limited") == 1
