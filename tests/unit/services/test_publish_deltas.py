"""What is issued list by list: deltas, heartbeats, FULL where needed, each as previewed."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from gateway.domain.acknowledgements import Outcome
from gateway.domain.agreements import Disclosure
from gateway.domain.canonical import list_operator
from gateway.domain.lists import Action, ListHeader, ListKind
from gateway.domain.operators import StatusCode
from gateway.domain.profiles import FeedKind
from gateway.domain.publishing import Wish
from gateway.exchange.kinds import make_feeds
from gateway.ports.home_programme import HomeOperator
from gateway.services.publish import Publisher
from tests.fakes.following_partner import FollowingPartner
from tests.fakes.home import OFFICER, Home
from tests.fakes.partner_simulator import Keys, make_operator

EVERYONE = frozenset({"*"})
SINCE = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture(params=list(FeedKind))
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path, request.param)
    yield made
    made.close()


@pytest.fixture
def partner(home: Home) -> FollowingPartner:
    return FollowingPartner(home)


def trader(
    number: int,
    *,
    code: StatusCode = StatusCode.ACTIVE,
    consents: frozenset[str] = EVERYONE,
) -> HomeOperator:
    return HomeOperator(
        listed=make_operator(f"XA{number:06d}", on=SINCE, code=code), consents=consents
    )


def load(home: Home, *operators: HomeOperator) -> None:
    home.store.home_programme.replace(operators, OFFICER)


def publish(home: Home, wish: Wish = Wish.NOTHING) -> ListHeader | None:
    """Issue, after holding the preview against what is issued."""
    preview = home.publisher.preview(home.profile, now=home.clock.now, wish=wish)
    header = home.publisher.publish(home.profile, actor=OFFICER, now=home.clock.now, wish=wish)
    assert header == preview.header
    if header is not None:
        assert preview.due is not None
        issued = FollowingPartner(home).read(header.sequence)
        if header.kind is ListKind.DELTA:
            assert list(issued.changes) == list(preview.changes)
        else:
            assert list(issued.operators) == list(preview.operators)
    return header


def begun(home: Home, partner: FollowingPartner, count: int = 5) -> list[HomeOperator]:
    operators = [trader(number) for number in range(1, count + 1)]
    load(home, *operators)
    publish(home)
    partner.take_all()
    partner.acknowledge()
    return operators


def actions(home: Home, header: ListHeader | None) -> list[tuple[Action, str]]:
    assert header is not None
    assert header.kind is ListKind.DELTA
    changes = FollowingPartner(home).read(header.sequence).changes
    return [(change.action, change.operator_id) for change in changes]


def test_seq_1_the_first_list_is_full(home: Home, partner: FollowingPartner) -> None:
    begun(home, partner)
    assert [header.kind for header in partner.taken] == [ListKind.FULL]


def test_seq_2_a_delta_tells_what_moved_in_byte_order(
    home: Home, partner: FollowingPartner
) -> None:
    first, second, third, *rest = begun(home, partner)
    suspended = trader(2, code=StatusCode.SUSPENDED)
    load(home, first, suspended, trader(9), *rest)
    header = publish(home)
    assert actions(home, header) == [
        (Action.CHANGE, second.listed.operator.id),
        (Action.REMOVE, third.listed.operator.id),
        (Action.ADD, "XA000009"),
    ]
    partner.take_all()
    assert partner.operators["XA000002"] == suspended.listed.operator


def test_seq_2_a_delta_names_the_list_before_it_whatever_became_of_it(
    home: Home, partner: FollowingPartner
) -> None:
    operators = begun(home, partner)
    load(home, *operators[1:])
    publish(home)
    partner.take_all()
    partner.acknowledge(Outcome.HELD)
    load(home, *operators[2:])
    header = publish(home)
    assert actions(home, header) == [(Action.REMOVE, "XA000002")]
    partner.take_all()


def test_pub_2_withdrawn_consent_is_a_removal(home: Home, partner: FollowingPartner) -> None:
    first, *rest = begun(home, partner)
    load(home, replace(first, consents=frozenset({"XC"})), *rest)
    assert actions(home, publish(home)) == [(Action.REMOVE, first.listed.operator.id)]
    load(home, replace(first, consents=frozenset({"XB"})), *rest)
    assert actions(home, publish(home)) == [(Action.ADD, first.listed.operator.id)]
    partner.take_all()


def test_pub_2_what_falls_out_of_the_agreements_scope_is_a_removal(
    home: Home, partner: FollowingPartner
) -> None:
    operators = begun(home, partner, count=3)
    other = operators[0].listed.operator
    held = replace(other.authorisations[0], category="AEOC")
    moved = list_operator(replace(other, authorisations=(held,)))
    load(home, replace(operators[0], listed=moved), *operators[1:])
    assert actions(home, publish(home)) == [(Action.REMOVE, other.id)]
    # The agreement covers it again: under other rules everything is compared.
    disclosure = Disclosure(types=("AEOS", "AEOC"), fields=())
    home.profile = replace(
        home.profile, agreement=replace(home.profile.agreement, disclosure=disclosure)
    )
    assert home.publisher.is_due(home.profile, home.clock.now)
    assert actions(home, publish(home)) == [(Action.ADD, other.id)]
    partner.take_all()


def test_pub_2_a_change_that_the_partner_does_not_see_issues_nothing_and_is_looked_at_once(
    home: Home, partner: FollowingPartner
) -> None:
    operators = begun(home, partner)
    load(home, *operators, trader(9, consents=frozenset({"XC"})))
    assert home.publisher.is_due(home.profile, home.clock.now)
    assert publish(home) is None
    assert not home.publisher.is_due(home.profile, home.clock.now)


def test_pub_3_an_empty_delta_is_the_heartbeat(home: Home, partner: FollowingPartner) -> None:
    begun(home, partner)
    assert not home.publisher.is_due(home.profile, home.clock.now)
    assert publish(home) is None
    home.advance(home.profile.agreement.period / 2)
    assert home.publisher.is_due(home.profile, home.clock.now)
    header = publish(home)
    assert actions(home, header) == []
    partner.take_all()
    assert partner.taken[0].next_update_at < partner.taken[1].next_update_at


def test_pub_4_under_another_key_a_full_follows_at_once(
    home: Home, partner: FollowingPartner, tmp_path: Path
) -> None:
    begun(home, partner)
    home.keys = Keys(tmp_path / "renewed", "XA", home.clock.now)
    home.publisher = Publisher(
        programme=home.store.home_programme,
        publications=home.store.publications,
        feeds=make_feeds(home.keys.lists, home.keys.acknowledgements),
    )
    assert home.publisher.is_due(home.profile, home.clock.now)
    header = publish(home)
    assert header is not None
    assert header.kind is ListKind.FULL
    partner.take(header.sequence)
    assert publish(home) is None


def test_pub_4_over_another_adapter_a_full_follows_at_once(
    home: Home, partner: FollowingPartner
) -> None:
    begun(home, partner)
    other = next(kind for kind in FeedKind if kind is not home.profile.kind)
    home.profile = replace(home.profile, kind=other)
    assert home.publisher.is_due(home.profile, home.clock.now)
    header = publish(home)
    assert header is not None
    assert header.kind is ListKind.FULL
    partner.take(header.sequence)
    assert publish(home) is None


def test_pub_5_a_suspension_is_due_at_once(home: Home, partner: FollowingPartner) -> None:
    first, *rest = begun(home, partner)
    assert not home.publisher.is_due(home.profile, home.clock.now)
    load(home, trader(1, code=StatusCode.SUSPENDED), *rest)
    # PUB-5: without any waiting for a period
    assert home.publisher.is_due(home.profile, home.clock.now)
    assert actions(home, publish(home)) == [(Action.CHANGE, first.listed.operator.id)]


def test_seq_1_a_full_that_is_asked_for_is_a_new_list_once_an_interval(
    home: Home, partner: FollowingPartner
) -> None:
    begun(home, partner)
    asked = home.publisher.full(home.profile, actor=OFFICER, now=home.clock.now)
    assert asked == 2
    partner.take_all()
    assert partner.taken[1].kind is ListKind.FULL
    assert partner.taken[1].state_root == partner.taken[0].state_root
    assert home.publisher.full(home.profile, actor=OFFICER, now=home.clock.now) == 2
    home.advance(timedelta(hours=1))
    assert home.publisher.full(home.profile, actor=OFFICER, now=home.clock.now) == 3


def test_syn_5_a_gap_at_the_partner_is_answered_with_a_full(
    home: Home, partner: FollowingPartner
) -> None:
    operators = begun(home, partner)
    load(home, *operators[1:])
    publish(home)
    partner.take_all()
    partner.acknowledge(Outcome.REFUSED, "GAP")
    assert home.publisher.is_due(home.profile, home.clock.now)
    header = publish(home)
    assert header is not None
    assert (header.kind, header.sequence) == (ListKind.FULL, 3)
    assert not home.publisher.is_due(home.profile, home.clock.now)


def test_exc_4_another_root_at_the_partner_is_answered_with_a_full(
    home: Home, partner: FollowingPartner
) -> None:
    begun(home, partner)
    home.advance(timedelta(minutes=1))
    partner.acknowledge(revision=2, root="ab" * 32)
    header = publish(home)
    assert header is not None
    assert header.kind is ListKind.FULL
    assert publish(home) is None


def test_an_import_that_changes_nearly_everything_is_issued_whole(
    home: Home, partner: FollowingPartner
) -> None:
    begun(home, partner, count=150)
    load(home, *(trader(n, code=StatusCode.REVOKED) for n in range(1, 121)))
    header = publish(home)
    assert header is not None
    assert header.kind is ListKind.FULL
    partner.take_all()
    # What it told of every operator is known all the same.
    load(home, *(trader(n, code=StatusCode.REVOKED) for n in range(2, 121)))
    assert actions(home, publish(home)) == [(Action.REMOVE, "XA000001")]
    partner.take_all()
