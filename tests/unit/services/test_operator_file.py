import csv
import io
import tracemalloc
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.domain.canonical import list_operator
from gateway.domain.errors import OperatorFileError, SchemaViolationError
from gateway.domain.operators import (
    ROLES,
    Address,
    Authorisation,
    Identifier,
    Name,
    Operator,
    Status,
    StatusCode,
)
from gateway.ports.home_programme import HomeOperator
from gateway.services.operator_columns import COLUMNS
from gateway.services.operator_file import (
    read_operators,
    read_programme,
    write_operators,
    write_problems,
)

REQUIRED = [column for column, required in COLUMNS.items() if required]
GOOD = {
    "operator_id": "XA0000000001",
    "names": "Example Trading@en-Latn",
    "authorisation_id": "A-1",
    "category": "GOLD",
    "issuing_office": "Port",
    "effective": "2025-01-01",
    "status": "ACTIVE",
    "consents": "*",
}
START = datetime(2025, 1, 1, tzinfo=UTC)


def table(*rows: dict[str, str], columns: Iterable[str] = COLUMNS, delimiter: str = ",") -> str:
    text = io.StringIO()
    names = list(columns)
    writer = csv.DictWriter(text, names, restval="", delimiter=delimiter, lineterminator="\n")
    writer.writeheader()
    writer.writerows({**GOOD, **row} for row in rows)
    return text.getvalue()


def read(text: str | bytes, *, territory: tuple[str, ...] = ()) -> list[HomeOperator]:
    data = text if isinstance(text, bytes) else text.encode()
    return read_operators(data, programme="Example AEO", territory=territory)


def refused(text: str | bytes, **options: tuple[str, ...]) -> Sequence[tuple[int, str, str]]:
    with pytest.raises(OperatorFileError) as caught:
        read(text, **options)
    return caught.value.problems


def test_row_becomes_an_operator() -> None:
    (home,) = read(
        table(
            {
                "alternate_ids": "EORI:XA1 | LEI:L1",
                "names": "Acme@en | 例@zh-Hans",
                "trade_names": "Ac",
                "roles": "IM | EX",
                "address_lines": "Quay 1\nHall 2",
                "address_city": "Town",
                "address_country": "XA",
                "address_subdivision": "01",
                "address_postcode": "1000",
                "programme": "Other AEO",
                "accepted": "2024-12-01",
                "expires": "2028-01-01T12:00:00+08:00",
                "status": "SUSPENDED",
                "status_effective": "2025-06-01",
                "reason": "UNDER-REVIEW",
                "consents": "XB XC",
            }
        )
    )
    assert home.consents == {"XB", "XC"}
    operator = home.listed.operator
    assert home.listed == list_operator(operator)
    assert operator == Operator(
        id="XA0000000001",
        alternate_ids=(
            Identifier(scheme="EORI", value="XA1"),
            Identifier(scheme="LEI", value="L1"),
        ),
        names=(
            Name(text="Acme", language="en"),
            Name(text="例", language="zh", script="Hans"),
        ),
        trade_names=(Name(text="Ac"),),
        addresses=(
            Address(
                lines=("Quay 1", "Hall 2"),
                city="Town",
                country="XA",
                subdivision="01",
                postcode="1000",
            ),
        ),
        roles=("EX", "IM"),
        authorisations=(
            Authorisation(
                id="A-1",
                category="GOLD",
                programme="Other AEO",
                issuing_office="Port",
                accepted_at=datetime(2024, 12, 1, tzinfo=UTC),
                effective_at=START,
                expires_at=datetime(2028, 1, 1, 4, tzinfo=UTC),
                status=Status(
                    code=StatusCode.SUSPENDED,
                    effective_at=datetime(2025, 6, 1, tzinfo=UTC),
                    change_reason="UNDER-REVIEW",
                ),
            ),
        ),
    )


def test_only_required_columns_are_needed() -> None:
    (home,) = read(table({}, columns=REQUIRED))
    (authorisation,) = home.listed.operator.authorisations
    assert authorisation.programme == "Example AEO"
    assert authorisation.status.effective_at == START


def test_programme_that_nobody_names_is_refused() -> None:
    data = table({"programme": "Other AEO"}, {"operator_id": "XA2"}).encode()
    with pytest.raises(OperatorFileError, match="line 3, programme: required, but empty"):
        read_operators(data)


def test_columns_may_stand_in_any_order() -> None:
    assert read(table({}, columns=sorted(COLUMNS))) == read(table({}))


def test_rows_with_one_id_are_one_operator() -> None:
    (home,) = read(table({}, {"authorisation_id": "A-2", "category": "SILVER"}))
    assert {each.category for each in home.listed.operator.authorisations} == {"GOLD", "SILVER"}
    assert home.listed == list_operator(home.listed.operator)


def test_operators_come_in_byte_order_of_id() -> None:
    ids = ["XB2", "XA9", "XB10"]
    homes = read(table(*({"operator_id": each} for each in ids)))
    assert [home.listed.operator.id for home in homes] == sorted(ids)


def test_no_consent_is_an_empty_cell() -> None:
    assert read(table({"consents": ""}))[0].consents == frozenset()


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "with a mark"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
def test_dialects_are_understood(delimiter: str, mark: bytes, newline: str) -> None:
    text = table({}, {"operator_id": "XA2", "names": "a; b, c\t"[:-1]}, delimiter=delimiter)
    homes = read(mark + text.replace("\n", newline).encode())
    assert [home.listed.operator.id for home in homes] == ["XA0000000001", "XA2"]
    assert homes[1].listed.operator.names == (Name(text="a; b, c"),)


def test_blank_lines_are_no_rows() -> None:
    assert len(read(table({}) + "\n\n")) == 1


def test_quoted_newlines_do_not_shift_the_lines_that_are_named() -> None:
    text = table(
        {"address_lines": "one\ntwo\nthree", "address_country": "XA"},
        {"operator_id": "XA2", "status": "GONE"},
        {"operator_id": "XA3", "status": "LOST"},
    )
    assert [line for line, _, _ in refused(text)] == [5, 6]


def test_every_bad_row_and_cell_is_named_and_nothing_returned() -> None:
    text = table(
        {},
        {"operator_id": "XA2", "effective": "1.2.2025", "status": "", "consents": "all"},
        {"operator_id": "XA3", "names": ""},
        {"operator_id": "XA4"},
    )
    with pytest.raises(OperatorFileError) as caught:
        read(text)
    assert [problem[:2] for problem in caught.value.problems] == [
        (3, "effective"),
        (3, "status"),
        (3, "consents"),
        (4, "names"),
    ]
    assert caught.value.message.startswith("line 3, effective: not a date")
    assert caught.value.message.endswith("; bad lines in all: 2")
    assert caught.value.context == {"problems": "4"}


BAD_CELLS = {
    "an empty id": ({"operator_id": ""}, "operator_id", "required"),
    "an empty status": ({"status": ""}, "status", "required"),
    "no date": ({"effective": "soon"}, "effective", "not a date"),
    "no such status": ({"status": "EXPIRED"}, "status", "not one of"),
    "a suspension without its date": ({"status": "SUSPENDED"}, "status_effective", "required"),
    "an id too long": ({"operator_id": "X" * 36}, "operator_id", "at most 35"),
    "a name too long": ({"names": "x" * 513}, "names", "at most 512"),
    "too many names": ({"names": " | ".join(map(str, range(65)))}, "operator_id", "at most 64"),
    "a name twice": ({"names": "A | A"}, "names", "twice"),
    "a name with a space at its edge": ({"names": "A "}, "names", "a space"),
    "a name between two bars": ({"names": "A |  | B"}, "names", "empty"),
    "a control in a name": ({"names": "A\tB"}, "names", "U+0009"),
    "a control in an address": (
        {"address_country": "XA", "address_city": "A\x7fB"},
        "address_city",
        "U+007F",
    ),
    "no script": ({"names": "A@en-LATN"}, "names", "script"),
    "no language": ({"trade_names": "A@e!"}, "trade_names", "language"),
    "an unknown role": ({"roles": "OT"}, "roles", "unknown"),
    "a role twice": ({"roles": "IM | IM"}, "roles", "twice"),
    "an identifier without a scheme": ({"alternate_ids": "123"}, "alternate_ids", "SCHEME:value"),
    "an identifier too long": ({"alternate_ids": "A:" + "1" * 71}, "alternate_ids", "at most 70"),
    "an address without a country": ({"address_city": "Town"}, "address_country", "country"),
    "an address of no country": ({"address_country": "xa"}, "address_country", "country code"),
    "no subdivision": (
        {"address_country": "XA", "address_subdivision": "ABCD"},
        "address_subdivision",
        "subdivision",
    ),
    "a postcode too long": (
        {"address_country": "XA", "address_postcode": "1" * 18},
        "address_postcode",
        "at most 17",
    ),
    "an office with a space at its edge": ({"issuing_office": " Port"}, "issuing_office", "space"),
    "a reason too long": ({"reason": "x" * 513}, "reason", "at most 512"),
    "consents by name": ({"consents": "everybody"}, "consents", "country codes"),
    "a lone backslash": ({"names": "A\\B"}, "names", "backslash"),
}


@pytest.mark.parametrize(("cells", "column", "reason"), BAD_CELLS.values(), ids=BAD_CELLS.keys())
def test_bad_cell_is_named_with_line_and_column(
    cells: dict[str, str], column: str, reason: str
) -> None:
    ((line, found, text),) = refused(table({"operator_id": "XA1"}, cells))
    assert (line, found) == (3, column)
    assert reason in text


def test_pub_1_id_that_is_not_in_normal_form_is_refused() -> None:
    assert refused(table({"operator_id": "XA-1"})) == (
        (2, "operator_id", "not in normal form: 'XA-1' for 'XA1'"),
    )


def test_pub_1_id_of_a_foreign_territory_is_refused() -> None:
    text = table({}, {"operator_id": "XB1"}, {"operator_id": "AEOXA1"})
    ((line, column, reason),) = refused(text, territory=("XA",))
    assert (line, column, reason) == (3, "operator_id", "'XB1' does not begin with XA")


@pytest.mark.parametrize("expires", ["2025-01-01", "2024-12-31"])
def test_pub_1_authorisation_that_is_never_valid_is_refused(expires: str) -> None:
    ((_, column, _),) = refused(table({"expires": expires}))
    assert column == "expires"


def test_pub_1_authorisation_effective_before_it_was_accepted_is_refused() -> None:
    ((_, column, _),) = refused(table({"accepted": "2025-01-02"}))
    assert column == "accepted"


CONTRADICTIONS = {
    "another name": ({"names": "Other"}, "names"),
    "another role": ({"roles": "IM"}, "roles"),
    "another identifier": ({"alternate_ids": "A:1"}, "alternate_ids"),
    "another trade name": ({"trade_names": "Other"}, "trade_names"),
    "another address": ({"address_country": "XA"}, "address_lines"),
    "another consent": ({"consents": "XB"}, "consents"),
}


@pytest.mark.parametrize(("cells", "column"), CONTRADICTIONS.values(), ids=CONTRADICTIONS.keys())
def test_rows_that_contradict_about_an_operator_are_refused(
    cells: dict[str, str], column: str
) -> None:
    text = table({}, {"authorisation_id": "A-2", **cells})
    assert refused(text) == ((3, column, "contradicts line 2 about XA0000000001"),)


def test_names_in_another_order_are_no_contradiction() -> None:
    text = table({"names": "A | B"}, {"names": "B | A", "authorisation_id": "A-2"})
    assert len(read(text)) == 1


@pytest.mark.parametrize("cells", [{}, {"status": "REVOKED", "status_effective": "2025-02-01"}])
def test_one_authorisation_twice_is_refused(cells: dict[str, str]) -> None:
    ((line, column, reason),) = refused(table({}, cells))
    assert (line, column) == (3, "authorisation_id")
    assert reason == "A-1 stands twice for the operator that begins on line 2"


def test_too_many_authorisations_are_refused() -> None:
    rows = [{"authorisation_id": f"A-{number}"} for number in range(65)]
    ((line, _, reason),) = refused(table(*rows))
    assert line == 66
    assert "at most 64" in reason


BAD_FILES: dict[str, tuple[bytes, int, str]] = {
    "UTF-16": (table({}).encode("utf-16"), 1, "the encoding is UTF-16"),
    "UTF-32": (table({}).encode("utf-32"), 1, "the encoding is UTF-32"),
    "UTF-16 without a mark": (table({}).encode("utf-16-le"), 1, "a NUL byte, as in UTF-16"),
    "a NUL byte": (table({}, {"names": "A\0B"}).encode(), 3, "a NUL byte"),
    "Latin-1": (table({}, {"names": "Café"}).encode("latin-1"), 3, "byte 0xE9 is not UTF-8"),
    "GBK": (table({}, {"names": "例"}).encode("gbk"), 3, "is not UTF-8"),
    "no header": (b"XA1,Acme,A-1\n", 1, "no header: none of the columns is here"),
    "another delimiter": (table({}).replace(",", "|").encode(), 1, "no header"),
    "a short row": (table({}).encode() + b"XA2,A\n", 3, "2 cells, the header has 21 columns"),
    "a row of delimiters": (table({}).encode() + b"," * 20 + b"\n", 3, "without any value"),
    "an open quote": (table({}).encode() + b'XA2,"A\n\n\n', 3, "quotes do not fit"),
    "text after a quote": (table({}).encode() + b'XA2,"A"B\n', 3, "quotes do not fit"),
    "an open quote in the header": (b'operator_id,"names\n', 1, "the header cannot be read"),
}


@pytest.mark.parametrize(("data", "line", "reason"), BAD_FILES.values(), ids=BAD_FILES.keys())
def test_broken_file_is_refused_with_its_line(data: bytes, line: int, reason: str) -> None:
    ((found, _, text),) = refused(data)
    assert found == line
    assert reason in text


def test_every_line_in_another_encoding_is_named() -> None:
    text = table({"names": "Café"}, {}, {"names": "Grüße", "operator_id": "XA2"})
    assert [line for line, _, _ in refused(text.encode("latin-1"))] == [2, 4]


@pytest.mark.parametrize("data", [b"", b"\n\n", b"  "])
def test_empty_file_is_refused(data: bytes) -> None:
    with pytest.raises(OperatorFileError, match="the file is empty"):
        read(data)


def test_mark_alone_is_refused() -> None:
    with pytest.raises(OperatorFileError):
        read(b"\xef\xbb\xbf")


def test_header_alone_is_refused() -> None:
    with pytest.raises(OperatorFileError, match="a header and no rows"):
        read(table())


def test_unknown_missing_and_repeated_columns_are_named_together() -> None:
    columns = [column for column in COLUMNS if column != "status"]
    header = ",".join([*columns, "Operator-ID", "colour", "names"])
    assert refused(f"{header}\n") == (
        (1, "Operator-ID", "unknown column; did you mean operator_id?"),
        (1, "colour", "unknown column"),
        (1, "status", "required column is missing"),
        (1, "names", "column stands twice"),
    )


def test_file_that_is_too_large_is_refused_unread() -> None:
    with pytest.raises(OperatorFileError, match="at most 10 are read"):
        read_operators(table({}).encode(), programme="P", max_bytes=10)


def test_too_many_operators_are_refused() -> None:
    data = table({}, {"operator_id": "XA2"}, {"operator_id": "XA3"}).encode()
    with pytest.raises(OperatorFileError, match="line 4: more than 2 operators"):
        read_operators(data, programme="P", max_operators=2)


def test_progress_is_told_in_bytes_and_ends_with_all() -> None:
    data = table(*({"operator_id": f"XA{number}"} for number in range(2500))).encode()
    told: list[int] = []
    read_operators(data, programme="P", progress=told.append)
    assert len(told) == 3
    assert told == sorted(told)
    assert told[-1] == len(data)


def test_problems_are_written_as_csv() -> None:
    assert write_problems(((3, "names", 'a "b"'), (4, "", "c"))) == (
        'line,column,reason\n3,names,"a ""b"""\n4,,c\n'
    )


def test_description_names_every_column_and_its_example_is_read() -> None:
    text = (Path(__file__).resolve().parents[3] / "docs/operator-file.md").read_text("utf-8")
    listed = [line.split("`")[1] for line in text.splitlines() if line.startswith("| `")]
    assert listed == list(COLUMNS)
    example = text.split("```csv\n")[1].split("```")[0]
    homes = read(example, territory=("XA",))
    assert [len(home.listed.operator.authorisations) for home in homes] == [2, 1]


def is_listable(operator: Operator) -> bool:
    try:
        list_operator(operator)
    except SchemaViolationError:
        return False
    return True


SCRIPTS = "abcÀéßЖяΩλ例贸易株式会社カナ한국عربيעבריתไทย𠀋"
TEXTS = st.text(st.sampled_from(SCRIPTS + " |@:\\,;\"'\u200f-"), min_size=1, max_size=20)
MOMENTS = st.datetimes(datetime(1900, 1, 1), datetime(2999, 1, 1)).map(  # noqa: DTZ001 — made aware next
    lambda moment: moment.replace(microsecond=0, tzinfo=UTC)
)
NAMES = st.builds(
    Name,
    text=TEXTS,
    language=st.none() | st.sampled_from(["en", "zh", "zh-CN", "zh-Hans", "sr-Cyrl-RS", "abcd"]),
    script=st.none() | st.sampled_from(["Latn", "Hans", "Arab"]),
)
ADDRESSES = st.builds(
    Address,
    lines=st.lists(TEXTS, max_size=3).map(tuple),
    city=st.none() | TEXTS,
    country=st.sampled_from(["XA", "XB"]),
    subdivision=st.none() | st.just("01"),
    postcode=st.none() | st.text("0123 -|A", min_size=1, max_size=8),
)


def authorisation(number: int, start: datetime, later: datetime, code: StatusCode) -> Authorisation:
    return Authorisation(
        id=f"A-{number}",
        category="GOLD",
        programme="Example AEO",
        issuing_office="Port",
        accepted_at=min(start, later),
        effective_at=max(start, later),
        expires_at=None if number % 2 else datetime(3000, 1, 1, tzinfo=UTC),
        status=Status(code=code, effective_at=later, change_reason="R" if number % 2 else None),
    )


AUTHORISATIONS = st.builds(
    authorisation, st.integers(0, 99), MOMENTS, MOMENTS, st.sampled_from(StatusCode)
)
OPERATORS = st.builds(
    Operator,
    id=st.text("XAB0123456789", min_size=1, max_size=35),
    alternate_ids=st.lists(st.builds(Identifier, scheme=TEXTS, value=TEXTS), max_size=3).map(tuple),
    names=st.lists(NAMES, min_size=1, max_size=3).map(tuple),
    trade_names=st.lists(NAMES, max_size=2).map(tuple),
    addresses=st.lists(ADDRESSES, max_size=3).map(tuple),
    roles=st.sets(st.sampled_from(sorted(ROLES))).map(tuple),
    authorisations=st.lists(
        AUTHORISATIONS, min_size=1, max_size=3, unique_by=lambda each: each.id
    ).map(tuple),
).filter(is_listable)
CONSENTS = st.sets(st.sampled_from(["*", "XA", "XB"])).map(frozenset)
HOMES = st.builds(
    HomeOperator,
    listed=OPERATORS.map(list_operator),
    consents=CONSENTS,
)


@settings(max_examples=60, deadline=None)
@given(st.lists(HOMES, min_size=1, max_size=4, unique_by=lambda home: home.listed.operator.id))
def test_written_operators_come_back_code_point_for_code_point(homes: list[HomeOperator]) -> None:
    text = write_operators(homes)
    assert read(text) == sorted(homes, key=lambda home: home.listed.operator.id)


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_with_the_declared_error(data: bytes) -> None:
    with pytest.raises(OperatorFileError):
        read(data)


@given(st.lists(st.text(max_size=8), min_size=len(COLUMNS), max_size=len(COLUMNS)))
def test_any_row_is_read_or_refused_with_the_declared_error(cells: list[str]) -> None:
    row = dict(zip(COLUMNS, cells, strict=True))
    try:
        read(table(row).encode("utf-8", "surrogatepass"))
    except OperatorFileError:
        return


def test_programme_of_a_file_takes_little_more_than_its_canonical_forms() -> None:
    many = 5_000
    header = "operator_id,names,authorisation_id,category,programme,issuing_office,effective,status"
    rows = (
        f"XA{n:08d},Synthetic Trading {n},A-{n},AEOS,Exampleland AEO,XA01,2024-01-01,ACTIVE,XB XC"
        for n in range(many)
    )
    data = "\n".join((f"{header},consents", *rows)).encode()
    tracemalloc.start()
    try:
        programme = read_programme(data)
        held, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    canonical = sum(len(home.listed.canonical) for home in programme)
    assert len(programme) == many
    # As objects the same operators take about 2,800 bytes each.
    assert held < canonical + 450 * many
    assert peak < held + 2 * len(data)


def test_programme_of_a_file_is_the_list_of_its_operators() -> None:
    data = table({}, {"operator_id": "XA0000000003"}, {"operator_id": "XA0000000002"}).encode()
    programme = read_programme(data, programme="Example AEO")
    assert list(programme) == read(data)
    assert programme[0:2] == [programme[0], programme[1]]
    assert [home.listed.operator.id[-1] for home in programme] == ["1", "2", "3"]
