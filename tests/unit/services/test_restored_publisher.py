"""A publisher that was restored from a backup: its partners know more than it does (PUB-6)."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.domain.canonical import list_digest
from gateway.domain.errors import UnheardError
from gateway.domain.lists import ListHeader, ListKind
from gateway.domain.profiles import FeedKind
from gateway.domain.publishing import QUIET, Wish
from gateway.ports.audit import AuditEvent
from gateway.ports.home_programme import HomeOperator
from tests.fakes.following_partner import FollowingPartner
from tests.fakes.home import OFFICER, Home
from tests.fakes.partner_simulator import make_operator


@pytest.fixture(params=list(FeedKind))
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path, request.param)
    yield made
    made.close()


@pytest.fixture
def partner(home: Home) -> FollowingPartner:
    return FollowingPartner(home)


def load(home: Home, count: int) -> None:
    operators = [make_operator(f"XA{n:06d}", on=home.clock.now) for n in range(1, count + 1)]
    home.store.home_programme.replace(
        [HomeOperator(listed=each, consents=frozenset({"*"})) for each in operators], OFFICER
    )


def publish(home: Home, wish: Wish = Wish.NOTHING) -> ListHeader | None:
    home.advance(timedelta(minutes=1))
    return home.publisher.publish(home.profile, actor=OFFICER, now=home.clock.now, wish=wish)


def issued_and_taken(home: Home, partner: FollowingPartner, lists: int) -> None:
    for _ in range(lists):
        publish(home, Wish.LIST)
    partner.take_all()


def marked(home: Home) -> None:
    home.store.publications.mark_restored([home.profile.sends], OFFICER, home.clock.now)


def alarms(home: Home) -> list[AuditEvent]:
    return [each for each in home.store.audit.events() if each.action.startswith("alarm.")]


def test_pub_6_the_stream_goes_on_from_what_the_partner_has_with_a_full(
    home: Home, partner: FollowingPartner, tmp_path: Path
) -> None:
    load(home, 3)
    issued_and_taken(home, partner, 2)
    home.back_up(tmp_path / "backup.db")
    issued_and_taken(home, partner, 3)
    home.restore(tmp_path / "backup.db")
    partner.acknowledge()
    assert home.publisher.is_due(home.profile, home.clock.now)
    header = publish(home)
    assert header is not None
    assert (header.kind, header.sequence) == (ListKind.FULL, 6)
    assert header.previous_digest == list_digest(partner.taken[-1])
    (alarm,) = alarms(home)
    assert alarm.action == "alarm.restored"
    assert (alarm.facts["acknowledged"], alarm.facts["newest"]) == ("5", "2")
    # From there on as ever, and a late answer to a list that was lost alarms no more.
    partner.take(6)
    assert publish(home) is None
    load(home, 4)
    later = publish(home)
    assert later is not None
    assert (later.kind, later.sequence) == (ListKind.DELTA, 7)
    partner.take(7)
    partner.taken.append(partner.taken[3])
    partner.acknowledge(revision=2)
    assert publish(home) is None
    assert len(alarms(home)) == 1


def test_pub_6_a_publisher_restored_to_before_its_first_list_goes_on_all_the_same(
    home: Home, partner: FollowingPartner, tmp_path: Path
) -> None:
    load(home, 3)
    home.back_up(tmp_path / "backup.db")
    issued_and_taken(home, partner, 2)
    home.restore(tmp_path / "backup.db")
    partner.acknowledge()
    header = publish(home)
    assert header is not None
    assert (header.kind, header.sequence) == (ListKind.FULL, 3)
    assert header.previous_digest == list_digest(partner.taken[-1])


def test_pub_6_another_list_with_our_newest_sequence_is_gone_on_from_too(
    home: Home, partner: FollowingPartner, tmp_path: Path
) -> None:
    load(home, 3)
    issued_and_taken(home, partner, 1)
    home.back_up(tmp_path / "backup.db")
    issued_and_taken(home, partner, 1)
    home.restore(tmp_path / "backup.db")
    load(home, 2)
    other = publish(home)
    assert other is not None
    assert other.sequence == partner.taken[-1].sequence
    partner.acknowledge()
    header = publish(home)
    assert header is not None
    assert (header.kind, header.sequence) == (ListKind.FULL, 3)
    assert header.previous_digest == list_digest(partner.taken[-1])


def test_pub_6_after_a_restore_nothing_is_issued_before_the_partner_was_heard(
    home: Home, partner: FollowingPartner, tmp_path: Path
) -> None:
    load(home, 3)
    issued_and_taken(home, partner, 2)
    home.back_up(tmp_path / "backup.db")
    issued_and_taken(home, partner, 1)
    home.restore(tmp_path / "backup.db")
    marked(home)
    load(home, 4)
    assert home.publisher.preview(home.profile, now=home.clock.now).unheard
    assert not home.publisher.is_due(home.profile, home.clock.now)
    for wish in Wish:
        with pytest.raises(UnheardError):
            publish(home, wish)
    partner.acknowledge()
    # What waited for us at the partner comes oldest first: a later one may be on its way.
    with pytest.raises(UnheardError):
        home.publisher.publish(home.profile, actor=OFFICER, now=home.clock.now)
    home.advance(QUIET)
    header = publish(home)
    assert header is not None
    assert (header.kind, header.sequence) == (ListKind.FULL, 4)


def test_pub_6_a_repeated_acknowledgement_is_enough_where_nothing_was_lost(
    home: Home, partner: FollowingPartner
) -> None:
    load(home, 3)
    issued_and_taken(home, partner, 2)
    partner.acknowledge()
    marked(home)
    load(home, 4)
    partner.acknowledge()
    home.advance(QUIET)
    header = publish(home)
    assert header is not None
    assert (header.kind, header.sequence) == (ListKind.DELTA, 3)
    assert alarms(home) == []
    # Once is enough.
    load(home, 5)
    assert publish(home) is not None


def test_pub_6_an_officer_releases_a_partner_that_cannot_be_heard(home: Home) -> None:
    load(home, 3)
    publish(home)
    marked(home)
    home.store.publications.release(home.profile.sends, OFFICER, home.clock.now)
    load(home, 4)
    assert publish(home) is not None
    actions = [each.action for each in home.store.audit.events()]
    assert actions[-4:] == [
        "database.restored",
        "stream.released_unheard",
        "home.imported",
        "list.issued",
    ]
