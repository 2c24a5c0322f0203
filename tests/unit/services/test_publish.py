"""Publishing: what a partner sees, when a new list is issued, and that it is kept as signed."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from gateway.domain.agreements import Lifecycle
from gateway.domain.canonical import list_digest, list_operator
from gateway.domain.errors import InvalidRequestError
from gateway.domain.lists import ListKind
from gateway.domain.operators import Address, Identifier, Operator
from gateway.domain.profiles import FeedKind
from gateway.domain.state import state_root
from gateway.ports.home_programme import HomeOperator
from gateway.services.issued import PACKAGING
from tests.fakes.home import OFFICER, Home
from tests.fakes.partner_simulator import make_operator

EVERYONE = frozenset({"*"})


@pytest.fixture(params=list(FeedKind))
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path, request.param)
    yield made
    made.close()


def full_operator(home: Home) -> Operator:
    return replace(
        make_operator("XA000001", on=home.clock.now).operator,
        alternate_ids=(Identifier(scheme="LEI", value="5493001KJTIIGC8Y1R12"),),
        addresses=(Address(lines=("1 Harbour Road",), country="XA"),),
        roles=("EX",),
    )


def load(home: Home, *operators: tuple[Operator, frozenset[str]]) -> None:
    home.store.home_programme.replace(
        [
            HomeOperator(listed=list_operator(each), consents=consents)
            for each, consents in operators
        ],
        OFFICER,
    )


def test_first_list_is_sequence_one_and_is_served_as_it_was_signed(home: Home) -> None:
    load(home, (full_operator(home), EVERYONE))
    header = home.publisher.publish(home.profile, actor=OFFICER, now=home.clock.now)
    assert header is not None
    assert (header.sequence, header.previous_digest, header.quantity) == (1, None, 1)
    packaging = PACKAGING[home.profile.kind]
    kept = home.store.publications.find(home.profile.sends, 1, packaging)
    assert kept == home.store.publications.find(home.profile.sends, 1, packaging)
    assert kept is not None


def test_seq_3_a_new_epoch_begins_with_full_1(home: Home) -> None:
    load(home, (full_operator(home), EVERYONE))
    old = home.publisher.publish(home.profile, actor=OFFICER, now=home.clock.now)
    raised = replace(home.profile, send_epoch=2)
    assert home.publisher.is_due(raised, home.clock.now)
    header = home.publisher.publish(raised, actor=OFFICER, now=home.clock.now)
    assert old is not None
    assert header is not None
    assert (header.kind, header.sequence, header.epoch) == (ListKind.FULL, 1, 2)
    assert (header.previous_digest, header.state_root) == (None, old.state_root)
    assert home.publisher.publish(raised, actor=OFFICER, now=home.clock.now) is None


def test_pub_2_operator_without_consent_for_this_partner_is_withheld(home: Home) -> None:
    other = replace(full_operator(home), id="XA000002")
    third = replace(full_operator(home), id="XA000003")
    load(
        home,
        (full_operator(home), frozenset({"XB"})),
        (other, frozenset({"XC"})),
        (third, frozenset()),
    )
    preview = home.publisher.preview(home.profile, now=home.clock.now)
    assert [each.operator.id for each in preview.operators] == ["XA000001"]
    assert preview.withheld == 2


def test_pub_2_type_that_is_not_covered_is_withheld(home: Home) -> None:
    covered = full_operator(home)
    held = covered.authorisations[0]
    both = replace(
        covered, id="XA000002", authorisations=(held, replace(held, id="2", category="AEOC"))
    )
    only = replace(covered, id="XA000003", authorisations=(replace(held, category="AEOC"),))
    load(home, (covered, EVERYONE), (both, EVERYONE), (only, EVERYONE))
    preview = home.publisher.preview(home.profile, now=home.clock.now)
    assert [each.operator.id for each in preview.operators] == ["XA000001", "XA000002"]
    assert [a.category for a in preview.operators[1].operator.authorisations] == ["AEOS"]


def test_pub_2_field_that_is_not_disclosed_does_not_travel(home: Home) -> None:
    load(home, (full_operator(home), EVERYONE))
    (shown,) = home.publisher.preview(home.profile, now=home.clock.now).operators
    assert (shown.operator.alternate_ids, shown.operator.addresses, shown.operator.roles) == (
        (),
        (),
        (),
    )
    disclosure = replace(home.profile.agreement.disclosure, fields=("roles", "addresses"))
    agreement = replace(home.profile.agreement, disclosure=disclosure)
    (shown,) = home.publisher.preview(
        replace(home.profile, agreement=agreement), now=home.clock.now
    ).operators
    assert shown.operator.roles == ("EX",)
    assert len(shown.operator.addresses) == 1
    assert shown.operator.alternate_ids == ()


def test_pub_3_nothing_is_issued_while_nothing_changed(home: Home) -> None:
    load(home, (full_operator(home), EVERYONE))
    home.publisher.publish(home.profile, actor=OFFICER, now=home.clock.now)
    home.advance(timedelta(hours=1))
    assert home.publisher.publish(home.profile, actor=OFFICER, now=home.clock.now) is None


def test_pub_3_list_is_renewed_before_it_runs_out(home: Home) -> None:
    load(home, (full_operator(home), EVERYONE))
    first = home.publisher.publish(home.profile, actor=OFFICER, now=home.clock.now)
    home.advance(home.profile.agreement.period / 2)
    second = home.publisher.publish(home.profile, actor=OFFICER, now=home.clock.now)
    assert first is not None
    assert second is not None
    assert (second.sequence, second.state_root) == (2, first.state_root)


def test_seq_2_next_list_names_the_digest_of_the_one_before(home: Home) -> None:
    load(home, (full_operator(home), EVERYONE))
    first = home.publisher.publish(home.profile, actor=OFFICER, now=home.clock.now)
    load(home)
    second = home.publisher.publish(home.profile, actor=OFFICER, now=home.clock.now)
    assert first is not None
    assert second is not None
    assert second.previous_digest == list_digest(first)
    assert (second.quantity, second.state_root) == (0, state_root([]))


@pytest.mark.parametrize("state", [Lifecycle.DRAFT, Lifecycle.SIGNED, Lifecycle.ENDED])
def test_no_list_is_issued_in_a_state_in_which_none_travel(home: Home, state: Lifecycle) -> None:
    profile = replace(home.profile, agreement=replace(home.profile.agreement, state=state))
    with pytest.raises(InvalidRequestError):
        home.publisher.publish(profile, actor=OFFICER, now=home.clock.now)
