from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from gateway.domain.business_difference import Difference, Example, Happened, differences, happened
from gateway.domain.operators import (
    Address,
    Authorisation,
    Identifier,
    Name,
    Operator,
    Status,
    StatusCode,
)

SINCE = datetime(2025, 1, 1, tzinfo=UTC)


def operator(
    *names: str,
    authorisation: str = "XB-1",
    status: StatusCode = StatusCode.ACTIVE,
    alternates: tuple[str, ...] = (),
    trade_names: tuple[str, ...] = (),
) -> Operator:
    return Operator(
        id="XB0000001",
        names=tuple(Name(text=name) for name in names or ("Example Trading",)),
        trade_names=tuple(Name(text=name) for name in trade_names),
        alternate_ids=tuple(Identifier(scheme="LEI", value=value) for value in alternates),
        authorisations=(
            Authorisation(
                id=authorisation,
                category="GOLD",
                programme="Programme",
                issuing_office="Port",
                effective_at=SINCE,
                status=Status(code=status, effective_at=SINCE),
            ),
        ),
    )


def test_nothing_happened_to_the_same_operator() -> None:
    assert happened(operator(), operator()) == ()
    assert happened(None, None) == ()


def test_coming_and_going() -> None:
    assert happened(None, operator()) == (Happened.ADDED,)
    assert happened(operator(), None) == (Happened.REMOVED,)


@pytest.mark.parametrize(
    ("status", "what"),
    [
        (StatusCode.SUSPENDED, Happened.SUSPENDED),
        (StatusCode.REVOKED, Happened.REVOKED),
        (StatusCode.WITHDRAWN, Happened.WITHDRAWN),
    ],
)
def test_status_has_a_word_of_its_own_both_ways(status: StatusCode, what: Happened) -> None:
    assert happened(operator(), operator(status=status)) == (what,)
    assert happened(operator(status=status), operator()) == (Happened.REACTIVATED,)


def test_several_things_happen_at_once_the_gravest_first() -> None:
    after = operator("Other Goods", status=StatusCode.SUSPENDED)
    assert happened(operator(), after) == (Happened.SUSPENDED, Happened.RENAMED)


def test_an_authorisation_more_or_another_address_is_a_change() -> None:
    before = operator()
    (first,) = before.authorisations
    more = replace(before, authorisations=(first, replace(first, id="XB-2")))
    moved = replace(before, addresses=(Address(country="XB", city="Port"),))
    assert happened(before, more) == happened(before, moved) == (Happened.CHANGED,)


SAME_NAME = [
    ("Example Trading Ltd", "EXAMPLE TRADING LIMITED"),
    ("Société Générale de Fret S.A.", "Societe generale de fret SA"),
    ("示例贸易有限公司", "示例贸易有限责任公司"),
    ("株式会社サンプル", "サンプル"),
    ("ООО «Пример»", "ООО Пример"),
    ("ΠΑΡΑΔΕΙΓΜΑ ΑΕ", "Παράδειγμα"),
    ("شركة المثال", "المثال"),
    ("บริษัท ตัวอย่าง", "บริษัท ตัวอย่าง "),
]
OTHER_NAME = [
    ("Alpha Steel Trading", "Alpha Foods Trading"),
    ("上海贸易有限公司", "北京贸易有限公司"),
    ("ООО Пример", "ООО Образец"),
    ("شركة المثال", "شركة النموذج"),
    ("ตัวอย่าง", "สินค้า"),
    ("예시무역 주식회사", "견본물산 주식회사"),
    ("示例贸易有限公司", "Example Trading"),
]


@pytest.mark.parametrize(("one", "other"), SAME_NAME)
def test_another_spelling_of_a_name_is_no_new_name(one: str, other: str) -> None:
    after = operator(other, authorisation="XB-2", alternates=("B",))
    assert happened(operator(one, alternates=("A",)), after) == (Happened.CHANGED,)


@pytest.mark.parametrize(("one", "other"), OTHER_NAME)
def test_a_new_name_with_an_identifier_that_stays_is_a_renaming(one: str, other: str) -> None:
    assert happened(operator(one), operator(other)) == (Happened.RENAMED,)
    before = operator(one, alternates=("A", "B"))
    after = operator(other, authorisation="XB-2", alternates=("B",))
    assert happened(before, after) == (Happened.RENAMED,)


@pytest.mark.parametrize(("one", "other"), OTHER_NAME)
def test_a_new_name_and_no_identifier_as_before_is_somebody_else(one: str, other: str) -> None:
    before = operator(one, alternates=("A",))
    after = operator(other, authorisation="XB-2", alternates=("B",))
    assert happened(before, after) == (Happened.REUSED,)
    without = operator(other, authorisation="XB-2")
    assert happened(operator(one), without) == (Happened.REUSED,)


def test_one_name_of_several_that_stays_is_no_renaming() -> None:
    before = operator("示例公司", "Example Trading")
    assert happened(before, operator("Example Trading")) == (Happened.CHANGED,)


def test_a_trade_name_that_stays_tells_the_same_company() -> None:
    before = operator("Alpha Steel", trade_names=("AlphaShop",))
    after = operator("Beta Foods", trade_names=("Alphashop",), authorisation="XB-2")
    assert happened(before, after) == (Happened.RENAMED,)


def test_a_value_in_another_scheme_is_another_identifier() -> None:
    before = operator("Alpha Steel", alternates=("1",))
    after = replace(
        operator("Beta Foods", authorisation="XB-2"),
        alternate_ids=(Identifier(scheme="EORI", value="1"),),
    )
    assert happened(before, after) == (Happened.REUSED,)


def test_names_of_legal_forms_and_signs_alone_still_tell_apart() -> None:
    assert happened(operator("Sole & Co"), operator("Sole & Co.")) == (Happened.CHANGED,)
    assert happened(operator("Co"), operator("SA")) == (Happened.RENAMED,)
    assert happened(operator("***"), operator("???")) == (Happened.RENAMED,)


def test_differences_are_counted_with_the_first_examples() -> None:
    renamed = operator("Other Goods")
    pairs = [(operator(), None), (operator(), renamed), (operator(), None), (None, operator())]
    assert differences(pairs, examples=1) == (
        Difference(
            happened=Happened.REMOVED,
            count=2,
            examples=(Example(operator_id="XB0000001", before="Example Trading"),),
        ),
        Difference(
            happened=Happened.ADDED,
            count=1,
            examples=(Example(operator_id="XB0000001", after="Example Trading"),),
        ),
        Difference(
            happened=Happened.RENAMED,
            count=1,
            examples=(
                Example(operator_id="XB0000001", before="Example Trading", after="Other Goods"),
            ),
        ),
    )
    assert [each.examples for each in differences(pairs, examples=0)] == [(), (), ()]
    assert differences([], examples=5) == ()
