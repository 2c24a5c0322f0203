from datetime import timedelta
from typing import Any

import pytest
from msgspec import structs

from gateway.domain.acknowledgements import Reason
from gateway.domain.agreements import Agreement, IdentifierScheme, Interval
from gateway.domain.canonical import list_operator
from gateway.domain.decisions import UNJUDGED
from gateway.domain.errors import ConfigError
from gateway.domain.lists import ListedOperator, StatusList
from gateway.domain.state_change import NOTHING, lay_over
from gateway.domain.usability import marks_after, schemes_at
from tests.fakes.headers import header
from tests.fakes.offered_lists import AGREEMENT, DAY, ISSUED, RULES, SCHEME, START, told
from tests.fakes.operators import listed, operator, plain_authorisation, plain_operator

ANY = IdentifierScheme(name="any", pattern=".*")


def _agreement(*schemes: IdentifierScheme, **changes: Any) -> Agreement:  # noqa: ANN401 - any field
    rules = structs.replace(RULES, schemes=schemes)
    return structs.replace(AGREEMENT, rules=(rules,), **changes)


def mark_unusable(
    operators: list[ListedOperator], agreement: Agreement, checks: dict[str, Any] | None = None
) -> dict[str, Reason]:
    change = lay_over(NOTHING, StatusList(header(), operators))
    return marks_after(
        UNJUDGED,
        change,
        lambda _: (),
        agreement=agreement,
        issued_at=ISSUED,
        checks=checks or {},
    )


def _marks(
    operators: list[ListedOperator],
    agreement: Agreement = AGREEMENT,
    checks: dict[str, Any] | None = None,
) -> list[tuple[str, str | None]]:
    marks = mark_unusable(operators, agreement, checks)
    assert all(marks[reason.pointer or ""] is reason for reason in marks.values())
    return told(list(marks.values()))


def _dated(**dates: str) -> list[ListedOperator]:
    plain = plain_operator(authorisations=[plain_authorisation(), plain_authorisation(**dates)])
    return [list_operator(operator(plain))]


def test_acc_10_operator_that_keeps_the_rules_is_usable() -> None:
    assert _marks(listed("XA0000000001", "XA0000000002")) == []


def test_acc_10_id_that_fits_no_scheme_is_unusable() -> None:
    assert _marks(listed("XA000000001")) == [("OPERATOR_SCHEME", "XA000000001")]


def test_acc_10_id_that_fits_one_of_several_schemes_is_usable() -> None:
    older = IdentifierScheme(name="XA-OLD", pattern="XA[A-Z]{4}")
    assert _marks(listed("XA0000000001", "XAABCD"), _agreement(SCHEME, older)) == []


def test_acc_10_id_longer_than_its_scheme_allows_is_unusable() -> None:
    short = structs.replace(ANY, max_length=11)
    assert _marks(listed("XA0000000001"), _agreement(short)) == [
        ("OPERATOR_SCHEME", "XA0000000001")
    ]


@pytest.mark.parametrize("identifier", ["XA 0000000001", "xa0000000001", "XA-1", "ＸＡ1", "XA<1>"])
def test_acc_10_id_that_is_not_in_normal_form_is_unusable(identifier: str) -> None:
    assert _marks(listed(identifier), _agreement(ANY)) == [("OPERATOR_SCHEME", identifier)]


def test_acc_10_check_digit_of_the_scheme_is_checked_on_the_national_part() -> None:
    scheme = structs.replace(SCHEME, check_digit="even")
    checks = {"even": lambda national: int(national) % 2 == 0}
    assert _marks(listed("XA0000000001", "XA0000000002"), _agreement(scheme), checks) == [
        ("OPERATOR_SCHEME", "XA0000000001")
    ]


def test_acc_10_check_digit_that_nobody_handed_over_is_our_own_fault() -> None:
    scheme = structs.replace(SCHEME, check_digit="unheard-of")
    with pytest.raises(ConfigError):
        _marks(listed("XA0000000001"), _agreement(scheme))


def test_acc_10_id_of_a_foreign_territory_is_unusable() -> None:
    assert _marks(listed("XC0000000001"), _agreement(ANY)) == [
        ("OPERATOR_TERRITORY", "XC0000000001")
    ]


def test_acc_10_territory_may_have_several_prefixes() -> None:
    assert _marks(listed("XA1", "XB1"), _agreement(ANY)) == []


def test_acc_10_territory_is_judged_on_the_id_and_never_on_the_address() -> None:
    plain = plain_operator("XA0000000001", addresses=[{"country": "XC"}])
    assert _marks([list_operator(operator(plain))]) == []


def test_acc_10_foreign_id_that_fits_no_scheme_either_is_told_as_foreign() -> None:
    assert _marks(listed("XC1")) == [("OPERATOR_TERRITORY", "XC1")]


def test_acc_10_two_ids_with_one_normal_form_are_both_unusable() -> None:
    twins = listed("XA-0000000001", "XA0000000001", "XA0000000002")
    assert _marks(twins) == [
        ("OPERATOR_TWIN", "XA-0000000001"),
        ("OPERATOR_TWIN", "XA0000000001"),
    ]


def test_sta_1_two_ids_with_one_normal_form_are_unusable() -> None:
    assert [code for code, _ in _marks(listed("XA 1", "XA-1"), _agreement(ANY))] == [
        "OPERATOR_TWIN",
        "OPERATOR_TWIN",
    ]


@pytest.mark.parametrize("end", ["2024-01-01T00:00:00Z", "2023-12-31T23:59:59Z"])
def test_acc_10_authorisation_that_expires_before_it_is_effective_is_unusable(end: str) -> None:
    assert _marks(_dated(expiresAt=end)) == [("OPERATOR_DATES", "XA0000000001")]


def test_acc_10_authorisation_that_is_effective_before_it_was_accepted_is_unusable() -> None:
    assert _marks(_dated(acceptedAt="2024-01-01T00:00:01Z")) == [("OPERATOR_DATES", "XA0000000001")]


def test_acc_10_authorisation_with_dates_in_order_is_usable() -> None:
    assert _marks(_dated(acceptedAt="2024-01-01T00:00:00Z", expiresAt="2024-01-01T00:00:01Z")) == []


def test_acc_10_type_that_the_agreement_does_not_cover_is_usable() -> None:
    assert _marks(_dated(category="AEOC", programme="another")) == []


def test_acc_10_rules_are_those_in_force_when_the_list_was_issued() -> None:
    before = structs.replace(
        RULES, interval=Interval(effective_at=START, until=ISSUED), schemes=(ANY,)
    )
    since = structs.replace(RULES, interval=Interval(effective_at=ISSUED))
    agreement = structs.replace(AGREEMENT, rules=(before, since))
    assert schemes_at(agreement, ISSUED) == (SCHEME,)
    assert schemes_at(agreement, ISSUED - timedelta(seconds=1)) == (ANY,)


def test_acc_10_list_before_the_agreement_is_held_to_the_first_rules_to_come() -> None:
    later = structs.replace(RULES, interval=Interval(effective_at=ISSUED + 2 * DAY), schemes=(ANY,))
    soon = structs.replace(RULES, interval=Interval(effective_at=ISSUED + DAY))
    agreement = structs.replace(AGREEMENT, rules=(later, soon))
    assert schemes_at(agreement, ISSUED) == (SCHEME,)


def test_acc_10_list_after_the_last_rules_is_held_to_no_scheme() -> None:
    ended = structs.replace(RULES, interval=Interval(effective_at=START, until=ISSUED))
    agreement = structs.replace(AGREEMENT, rules=(ended,))
    assert schemes_at(agreement, ISSUED) == ()
    marks = mark_unusable(listed("XA1", "XC1"), agreement)
    assert list(marks) == ["XC1"]
