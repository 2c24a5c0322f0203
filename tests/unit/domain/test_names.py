import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.domain.names import NameVerdict, compare_names

AGREES, CONTRADICTS, SILENT = (
    NameVerdict.AGREES,
    NameVerdict.CONTRADICTS,
    NameVerdict.NOT_COMPARABLE,
)

CASES = {
    "the same name": ("Northwind Ceramics Ltd", ["Northwind Ceramics Ltd"], AGREES),
    "another case": ("NORTHWIND CERAMICS", ["Northwind Ceramics"], AGREES),
    "without the legal form": ("Northwind Ceramics", ["Northwind Ceramics Co., Ltd."], AGREES),
    "another spelling of the legal form": ("Nordwind G.m.b.H.", ["Nordwind GmbH"], AGREES),
    "legal form in points": ("Aurora S.A.", ["AURORA SA"], AGREES),
    "without accents": ("Ceramica Sao Joao", ["Cerâmica São João Ltda"], AGREES),
    "another order of words": ("Ceramics Northwind", ["Northwind Ceramics"], AGREES),
    "two words as one": ("North Wind", ["Northwind"], AGREES),
    "a shorter form": ("Northwind", ["Northwind Ceramics (Holding) Ltd"], AGREES),
    "generic words differ": ("Northwind Trading", ["Northwind Logistics"], AGREES),
    "a trade name": ("Blue Vase", ["Northwind Ceramics", "Blue Vase"], AGREES),
    "one of two words": ("Northwind Glass", ["Northwind Ceramics"], AGREES),
    "another name": ("Southbank Steel", ["Northwind Ceramics Ltd"], CONTRADICTS),
    "only the legal form in common": ("Southbank Ltd", ["Northwind Ltd"], CONTRADICTS),
    "only a generic word in common": ("Southbank Trading", ["Northwind Trading"], CONTRADICTS),
    "generic words alone are compared": ("Global Trading", ["Import Export"], CONTRADICTS),
    "one word of three in common": (
        "Harbour Paper Mill", ["Harbour Steel Works"], CONTRADICTS,
    ),
    "Chinese with its legal form": ("上海晨星陶瓷有限公司", ["上海晨星陶瓷"], AGREES),
    "another Chinese name": ("广州海鸥纸业有限公司", ["上海晨星陶瓷有限公司"], CONTRADICTS),
    "Cyrillic with its legal form": ("ООО «Северный ветер»", ["Северный Ветер"], AGREES),
    "another Cyrillic name": ("ООО Ромашка", ["ООО Северный ветер"], CONTRADICTS),
    "Greek without accents": ("ΒΟΡΕΙΟΣ ΑΝΕΜΟΣ ΑΕ", ["Βόρειος Άνεμος"], AGREES),
    "Korean": ("주식회사 북풍", ["북풍"], AGREES),
    "Arabic": ("شركة الريح الشمالية", ["الريح الشمالية"], AGREES),
    "Japanese in kana": ("アカリ株式会社", ["アカリ"], AGREES),
    "a Latin name beside a Chinese one": ("Morning Star", ["上海晨星陶瓷有限公司"], SILENT),
    "a Chinese name beside a Latin one": ("上海晨星", ["Northwind Ceramics"], SILENT),
    "the listed Latin name decides": (
        "Morning Star", ["上海晨星陶瓷", "Northwind Ceramics"], CONTRADICTS,
    ),
    "a legal form alone": ("Ltd", ["Northwind Ltd"], SILENT),
    "only the listed legal form": ("Northwind", ["Ltd"], SILENT),
    "spaces alone": ("   ", ["Northwind"], SILENT),
    "digits alone": ("2", ["Northwind"], SILENT),
    "nothing listed": ("Northwind", [], SILENT),
}  # fmt: skip


@pytest.mark.parametrize(("declared", "listed", "verdict"), CASES.values(), ids=CASES.keys())
def test_declared_name_beside_the_listed_ones(
    declared: str, listed: list[str], verdict: NameVerdict
) -> None:
    assert compare_names(declared, listed) is verdict


@settings(derandomize=True, max_examples=300)
@given(st.text(max_size=40))
def test_no_name_contradicts_itself(name: str) -> None:
    assert compare_names(name, [name]) is not NameVerdict.CONTRADICTS


@settings(derandomize=True, max_examples=200)
@given(st.text(max_size=30), st.lists(st.text(max_size=30), max_size=4))
def test_order_of_the_listed_names_changes_nothing(declared: str, listed: list[str]) -> None:
    assert compare_names(declared, listed) is compare_names(declared, listed[::-1])
