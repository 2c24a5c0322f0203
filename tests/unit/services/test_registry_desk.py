"""Agreements and operators as border systems may see them."""

from datetime import date, timedelta

import pytest
from msgspec import structs

from gateway.domain.acknowledgements import Reason
from gateway.domain.agreements import Agreement, Interval
from gateway.domain.answers import FreshnessClass
from gateway.domain.errors import InvalidRequestError, NotFoundError
from gateway.services.registry_desk import RegistryDesk
from tests.fakes.known_world import (
    AGREEMENT,
    CODE,
    DAY,
    NOW,
    OPERATOR,
    RULES,
    START,
    head,
    under_rules,
)
from tests.fakes.lookup_ports import ProfilesInMemory, RegistryInMemory, profile

PROFILE = profile(AGREEMENT)
NEXT_YEAR = START + timedelta(days=365)


def desk_of(registry: RegistryInMemory, *agreements: Agreement) -> RegistryDesk:
    profiles = ProfilesInMemory(*((profile(one), START) for one in agreements or (AGREEMENT,)))
    return RegistryDesk(registry, registry, profiles)


@pytest.fixture
def registry() -> RegistryInMemory:
    made = RegistryInMemory()
    made.apply(PROFILE.receives, head(sequence=1, received_at=NOW - 3 * DAY), OPERATOR)
    made.apply(PROFILE.receives, head(sequence=2, received_at=NOW - 2 * DAY))
    return made


def test_rules_are_those_of_the_date_in_the_agreements_time_zone() -> None:
    before = structs.replace(
        RULES, interval=Interval(effective_at=START, until=NEXT_YEAR - timedelta(hours=8))
    )
    after = structs.replace(
        RULES,
        types=("GOLD",),
        interval=Interval(effective_at=NEXT_YEAR - timedelta(hours=8)),
    )
    dated = structs.replace(AGREEMENT, rules=(before, after), time_zone="Asia/Shanghai")
    desk = desk_of(RegistryInMemory(), dated)

    def types(on: date | None) -> tuple[str, ...]:
        (view,) = desk.agreements(now=NOW, on=on)
        return () if view.rules is None else view.rules.types

    day = NEXT_YEAR.date()
    assert types(day - DAY) == ("GOLD", "SILVER")
    assert types(day) == types(None) == ("GOLD",)
    assert types(START.date() + DAY) == ("GOLD", "SILVER")
    assert types(START.date()) == ()


def test_an_agreement_without_a_list_is_missing_one() -> None:
    (view,) = desk_of(RegistryInMemory()).agreements(now=NOW)
    assert view.freshness.condition is FreshnessClass.MISSING


def test_seq_3_freshness_is_that_of_the_epoch_that_serves(registry: RegistryInMemory) -> None:
    later = structs.replace(PROFILE, receive_epoch=2)
    desk = RegistryDesk(registry, registry, ProfilesInMemory((later, START)))
    (view,) = desk.agreements(now=NOW)
    assert view.freshness.sequence == 2


def test_acc_4_what_is_for_trials_is_not_told(registry: RegistryInMemory) -> None:
    profiles = ProfilesInMemory((profile(AGREEMENT, test=True), START))
    desk = RegistryDesk(registry, registry, profiles)
    assert desk.agreements(now=NOW) == []
    with pytest.raises(NotFoundError):
        desk.operator(CODE)


def test_an_operator_that_is_gone_is_told_as_it_was_last(registry: RegistryInMemory) -> None:
    told = desk_of(registry).operator(CODE)
    assert (told.agreement, told.listed, told.operator) == ("XH-XA", False, OPERATOR)
    (version,) = told.versions
    assert (version.known_from, version.known_until) == (NOW - 3 * DAY, NOW - 2 * DAY)


def test_seq_3_a_version_of_an_epoch_before_ends_when_the_next_begins() -> None:
    registry = RegistryInMemory()
    reason = Reason(code="OPERATOR_DATES", text="ends before it begins")
    registry.apply(
        PROFILE.receives,
        head(sequence=1, received_at=NOW - 3 * DAY),
        OPERATOR,
        unusable={CODE: reason},
    )
    second = PROFILE.receives.of_epoch(2)
    registry.apply(second, head(sequence=1, received_at=NOW - DAY, epoch=2), OPERATOR)
    registry.restrictions[second] = {CODE: "SUSPENDED"}
    later = structs.replace(PROFILE, receive_epoch=3)
    desk = RegistryDesk(registry, registry, ProfilesInMemory((later, START)))
    told = desk.operator(CODE)
    assert (told.listed, told.restricted) == (True, True)
    spans = [(one.epoch, one.known_from, one.known_until, one.unusable) for one in told.versions]
    assert spans == [
        (2, NOW - DAY, None, None),
        (1, NOW - 3 * DAY, NOW - DAY, reason),
    ]


def test_an_id_of_two_agreements_needs_the_agreement(registry: RegistryInMemory) -> None:
    other = structs.replace(AGREEMENT, id="XH-XC", partner="XC")
    registry.apply(profile(other).receives, head(sequence=1, received_at=NOW), OPERATOR)
    desk = desk_of(registry, AGREEMENT, other)
    with pytest.raises(InvalidRequestError, match="XH-XA and XH-XC both know"):
        desk.operator(CODE)
    assert desk.operator(CODE, agreement="XH-XC").listed


@pytest.mark.parametrize("operator_id", ["", "X" * 36])
def test_an_id_that_none_can_have_is_refused(operator_id: str) -> None:
    with pytest.raises(InvalidRequestError, match="operator_id"):
        desk_of(RegistryInMemory()).operator(operator_id)


def test_an_operator_nobody_listed_or_of_another_territory_is_not_found(
    registry: RegistryInMemory,
) -> None:
    desk = desk_of(registry, under_rules())
    for operator_id in ("XA0000000000", "XZ1234567890"):
        with pytest.raises(NotFoundError, match=operator_id):
            desk.operator(operator_id)
    with pytest.raises(NotFoundError):
        desk.operator(CODE, agreement="XH-XZ")
