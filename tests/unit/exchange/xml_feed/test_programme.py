"""The home programme as XML (PUB-1): the same operators as from CSV, and as strictly."""

from pathlib import Path

import pytest

from gateway.domain.errors import OperatorFileError
from gateway.domain.profiles import Limits
from gateway.exchange.xml_feed.programme import Problem, is_xml, programme_from_xml
from gateway.services.operator_file import collect_programme, read_operators, write_operators
from gateway.services.operator_reading import Programme

ROOT = Path(__file__).resolve().parents[4] / "schemas" / "mra" / "status-list" / "1"
EXAMPLE = (ROOT / "examples" / "programme.xml").read_text(encoding="utf-8")


def read(text: str, limits: Limits | None = None) -> Programme:
    noted: list[Problem] = []
    found = programme_from_xml(text.encode(), noted, limits)
    return collect_programme(found, noted, territory=("XA",))


def problems_of(text: str) -> list[Problem]:
    with pytest.raises(OperatorFileError) as refused:
        read(text)
    assert refused.value.message.startswith(f"line {refused.value.problems[0][0]}")
    return list(refused.value.problems)


def test_pub_1_xml_and_csv_are_one_programme() -> None:
    operators = list(read(EXAMPLE))
    assert [sorted(home.consents) for home in operators] == [["XB", "XC"], ["*"], []]
    as_csv = read_operators(write_operators(operators).encode())
    assert [(home.listed.digest, home.consents) for home in as_csv] == [
        (home.listed.digest, home.consents) for home in operators
    ]


def test_pub_1_order_does_not_matter() -> None:
    begin = "  <AEOMutualRecognitionParty>"
    head, first, second, last = EXAMPLE.split(begin)
    last, end = last.split("</AEOProgramme>")
    turned = f"{head}{begin}{last}{begin}{second}{begin}{first}</AEOProgramme>{end}"
    assert list(read(turned)) == list(read(EXAMPLE))


@pytest.mark.parametrize(
    ("old", "new", "line", "reason"),
    [
        ("0002</ID>", "0001</ID>", 19, "stands on line 3 already"),
        ("<ID>XAAEO0000000002</ID>", "<ID>XBAEO0000000002</ID>", 19, "does not begin with XA"),
        ("<ID>XAAEO0000000002</ID>", "<ID>xaaeo0000000002</ID>", 19, "not in normal form"),
        ("<NameCode>SUSPENDED<", "<NameCode>PAUSED<", 43, "SUSPENDED"),
        ("<ID>XAAEO0000000002</ID>", "<ActionCode>2</ActionCode><ID>XAAEO0000000002</ID>", 19,
         "ActionCode"),
        (">XC<", ">xc<", 17, "ConsentedRecipientID"),
    ],
)  # fmt: skip
def test_pub_1_what_a_partner_would_refuse_is_refused_with_line_and_operator(
    old: str, new: str, line: int, reason: str
) -> None:
    (problem, *_) = problems_of(EXAMPLE.replace(old, new, 1))
    assert problem[0] == line
    assert problem[1].lower().startswith("operator x")
    assert reason in problem[2]


def test_pub_1_dates_and_twin_authorisations_are_judged_as_in_csv() -> None:
    since = "<EffectiveDateTime>2024-01-01T00:00:00Z</EffectiveDateTime>"
    ended = f"{since}<ExpirationDateTime>2024-01-01T00:00:00Z</ExpirationDateTime>"
    (problem,) = problems_of(EXAMPLE.replace(since, ended, 1))
    assert "never valid" in problem[2]
    start = EXAMPLE.index("    <Authorisation>")
    end = EXAMPLE.index("</Authorisation>") + len("</Authorisation>\n")
    twin = EXAMPLE[start:end].replace("XA01", "XA02")
    found = problems_of(EXAMPLE[:end] + twin + EXAMPLE[end:])
    assert all("stands twice" in problem[2] for problem in found)


def test_pub_1_all_bad_operators_are_named() -> None:
    bad = EXAMPLE.replace("<ID>XAAEO", "<ID>XBAEO").replace("Synthetic Trading 2", "a\u2003")
    assert [problem[0] for problem in problems_of(bad)] == [3, 19, 34]


@pytest.mark.parametrize(
    "text",
    [
        "<AEOProgramme/>",
        EXAMPLE.replace("AEOProgramme", "AEOStatusList"),
        EXAMPLE.replace("status-list:1", "status-list:2"),
        EXAMPLE[:-20],
        '<!DOCTYPE x [<!ENTITY a "b">]>' + EXAMPLE.split("\n", 1)[1],
    ],
    ids=["empty", "a list", "a later version", "cut off", "a doctype"],
)
def test_pub_1_what_is_no_programme_is_refused_whole(text: str) -> None:
    assert len(problems_of(text)) == 1


@pytest.mark.parametrize(
    "limits",
    [Limits(max_document_bytes=2), Limits(max_document_operators=2)],
    ids=["bytes", "operators"],
)
def test_pub_1_a_file_is_bounded(limits: Limits) -> None:
    with pytest.raises(OperatorFileError):
        read(EXAMPLE, limits)


def test_a_file_is_told_by_its_first_character() -> None:
    assert is_xml(EXAMPLE.encode())
    assert is_xml(b"\xef\xbb\xbf\n <a/>")
    assert not is_xml(b"operator_id,names\n")
    assert not is_xml(b"")
