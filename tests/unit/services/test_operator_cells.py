from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.operators import Address, Identifier, Name
from gateway.services.operator_cells import (
    CellError,
    read_addresses,
    read_consents,
    read_date,
    read_identifiers,
    read_names,
    read_roles,
    read_status,
    write_addresses,
    write_date,
    write_identifiers,
    write_names,
)

NAMES = {
    "a text alone": ("Acme", (Name(text="Acme"),)),
    "a language": ("Acme@en", (Name(text="Acme", language="en"),)),
    "language and script": ("例@zh-Hans", (Name(text="例", language="zh", script="Hans"),)),
    "language with region": ("例@zh-CN", (Name(text="例", language="zh-CN"),)),
    "region and script": ("例@zh-CN-Hans", (Name(text="例", language="zh-CN", script="Hans"),)),
    "a script alone": ("例@-Hans", (Name(text="例", script="Hans"),)),
    "a script inside the language": ("例@zh-Hans-", (Name(text="例", language="zh-Hans"),)),
    "two names": ("A@en | B@fr", (Name(text="A", language="en"), Name(text="B", language="fr"))),
    "a bar, an at and a backslash": (r"A\|B\@C\\", (Name(text=r"A|B@C" + "\\"),)),
    "a bar without spaces": ("A|B", (Name(text="A"), Name(text="B"))),
    "quotes and commas": ('"A", B; C', (Name(text='"A", B; C'),)),
}


@pytest.mark.parametrize(("cell", "names"), NAMES.values(), ids=NAMES.keys())
def test_names_are_read(cell: str, names: tuple[Name, ...]) -> None:
    assert read_names(cell) == names
    assert read_names(write_names(names)) == names


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("Acme@", "after @ stands"),
        ("Acme@-", "after @ stands"),
        ("A\\B", "lone backslash"),
        ("A\\", "lone backslash"),
        ("A\x02B", "control character"),
    ],
)
def test_bad_names_are_refused(cell: str, reason: str) -> None:
    with pytest.raises(CellError, match=reason):
        read_names(cell)


def test_identifiers_are_read() -> None:
    assert read_identifiers(r"EORI:DE1 | A\:B:1:2") == (
        Identifier(scheme="EORI", value="DE1"),
        Identifier(scheme="A:B", value="1:2"),
    )


def test_identifier_without_a_scheme_is_refused() -> None:
    with pytest.raises(CellError, match="not SCHEME:value: 'DE1'"):
        read_identifiers("EORI:DE1 | DE1")


def test_roles_are_split() -> None:
    assert read_roles("IM | EX") == ("IM", "EX")


DATES = {
    "2026-01-31": datetime(2026, 1, 31, tzinfo=UTC),
    "2026-01-31T10:20:30Z": datetime(2026, 1, 31, 10, 20, 30, tzinfo=UTC),
    "2026-01-31T00:00:00+08:00": datetime(2026, 1, 30, 16, tzinfo=UTC),
    "0999-12-31": datetime(999, 12, 31, tzinfo=UTC),
}


@pytest.mark.parametrize(("cell", "moment"), DATES.items())
def test_dates_are_read(cell: str, moment: datetime) -> None:
    assert read_date(cell) == moment
    assert read_date(write_date(moment)) == moment


@pytest.mark.parametrize(
    "cell",
    [
        "31.01.2026",
        "2026-1-31",
        "20260131",
        "2026-02-30",
        "2026-01-31T10:20:30",
        "2026-01-31 10:20:30Z",
        "2026-01-31T10:20:30.5Z",
        "2026-01-31T24:00:00Z",
        "0001-01-01T00:00:00+01:00",
        "٢٠٢٦-01-31",
        " 2026-01-31",
        "46053",
    ],
)
def test_other_dates_are_refused(cell: str) -> None:
    with pytest.raises(CellError, match="date"):
        read_date(cell)


@pytest.mark.parametrize("cell", ["active", "SUSPENDED ", "EXPIRED", "2"])
def test_unknown_status_is_never_guessed(cell: str) -> None:
    with pytest.raises(CellError, match="not one of ACTIVE, SUSPENDED, REVOKED, WITHDRAWN"):
        read_status(cell)


@pytest.mark.parametrize(("cell", "codes"), [("*", {"*"}), ("XA XB", {"XA", "XB"}), ("", set())])
def test_consents_are_read(cell: str, codes: set[str]) -> None:
    assert read_consents(cell) == codes


@pytest.mark.parametrize("cell", ["xa", "XA,XB", "XA  XB", "all", " ", "XAB"])
def test_other_consents_are_refused(cell: str) -> None:
    with pytest.raises(CellError, match="country codes"):
        read_consents(cell)


def test_addresses_stand_side_by_side() -> None:
    cells = ["Quay 1\nHall 2 | ", " | Town", "XA | XB", "01 | ", "1000 | A\\|B"]
    addresses = (
        Address(lines=("Quay 1", "Hall 2"), country="XA", subdivision="01", postcode="1000"),
        Address(city="Town", country="XB", postcode="A|B"),
    )
    assert read_addresses(cells) == addresses
    assert read_addresses(write_addresses(addresses)) == addresses


def test_no_address_is_five_empty_cells() -> None:
    assert read_addresses([""] * 5) == ()
    assert write_addresses(()) == [""] * 5


@pytest.mark.parametrize(
    ("cells", "column", "reason"),
    [
        (["Quay 1", "", "", "", ""], "address_country", "needs its country"),
        (["Quay 1", "", "XA | XB", "", ""], "address_lines", "1 values here, 2 in address_country"),
        (["", "", "XA", "", "1 | 2"], "address_postcode", "2 values here, 1 in address_country"),
        (["", "A\\B", "XA", "", ""], "address_city", "lone backslash"),
    ],
)
def test_addresses_that_do_not_fit_are_refused(cells: list[str], column: str, reason: str) -> None:
    with pytest.raises(CellError, match=reason) as caught:
        read_addresses(cells)
    assert caught.value.column == column


@given(st.text())
def test_any_cell_is_read_or_refused(cell: str) -> None:
    for read in (read_names, read_identifiers, read_roles, read_date, read_status, read_consents):
        try:
            read(cell)
        except CellError:
            continue


@given(st.lists(st.text(), min_size=5, max_size=5))
def test_any_address_is_read_or_refused(cells: list[str]) -> None:
    try:
        read_addresses(cells)
    except CellError:
        return


TEXTS = st.text(st.sampled_from("a\\|@: é界-"), min_size=1).filter(
    lambda text: text == text.strip()
)


@given(st.lists(st.builds(Name, text=TEXTS, language=st.none(), script=st.none()), min_size=1))
def test_names_of_awkward_characters_come_back(names: list[Name]) -> None:
    assert read_names(write_names(names)) == tuple(names)


@given(st.lists(st.builds(Identifier, scheme=TEXTS, value=TEXTS), min_size=1))
def test_identifiers_of_awkward_characters_come_back(identifiers: list[Identifier]) -> None:
    assert read_identifiers(write_identifiers(identifiers)) == tuple(identifiers)
