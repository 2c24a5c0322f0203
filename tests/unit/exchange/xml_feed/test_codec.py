from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from msgspec import structs

from gateway.domain.canonical import list_operator
from gateway.domain.errors import SchemaViolationError, TooLargeError, UnknownVersionError
from gateway.domain.lists import Action, Change, ListKind, StatusList
from gateway.domain.operators import Name, Operator
from gateway.domain.profiles import Limits
from gateway.domain.state import state_root
from gateway.exchange.xml_feed.codec import (
    head_to_xml,
    header_from_xml,
    list_to_xml,
    operators_from_xml,
)
from gateway.exchange.xml_feed.schema import SchemaName
from gateway.trust.xml_parsing import parse
from tests.fakes.xml_lists import header_for, whole_operator, whole_operators

LIMITS = Limits()


def decode(document: bytes, limits: Limits = LIMITS) -> StatusList:
    root = parse(document, limits)
    return operators_from_xml(root, header_from_xml(root, SchemaName.LIST, limits))


def document_with(change: Callable[[str], str]) -> bytes:
    operators = whole_operators(2)
    text = list_to_xml(StatusList(header_for(operators), operators)).decode()
    changed = change(text)
    assert changed != text
    return changed.encode()


def test_sta_3_every_field_of_an_operator_comes_back() -> None:
    operators = whole_operators(3)
    header = header_for(operators)
    received = decode(list_to_xml(StatusList(header, operators)))
    assert received == StatusList(header, operators=operators)
    assert state_root(received.operators) == header.state_root
    for field in structs.fields(Operator):
        assert getattr(received.operators[0].operator, field.name)


def test_sta_3_a_head_carries_the_same_header() -> None:
    header = header_for(whole_operators(1), sequence=7)
    root = parse(head_to_xml(header), LIMITS)
    assert header_from_xml(root, SchemaName.HEAD, LIMITS) == header


ALLOWED = st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff")
TEXT = st.text(ALLOWED, min_size=1, max_size=60).filter(lambda text: text == text.strip())


@settings(derandomize=True, max_examples=150, deadline=None)
@given(texts=st.lists(TEXT, min_size=5, max_size=5))
def test_sta_3_texts_come_back_code_point_for_code_point(texts: list[str]) -> None:
    name, trade, line, city, other = texts
    whole = whole_operator()
    held = structs.replace(
        whole.authorisations[0], issuing_office=other, category=name, programme=trade
    )
    operator = list_operator(
        structs.replace(
            whole,
            names=(Name(text=name), Name(text=name + "2")),
            trade_names=(Name(text=trade),),
            alternate_ids=(structs.replace(whole.alternate_ids[0], scheme=other),),
            addresses=(structs.replace(whole.addresses[0], lines=(line,), city=city),),
            authorisations=(held,),
        )
    )
    received = decode(list_to_xml(StatusList(header_for([operator]), [operator])))
    assert received.operators == [operator]


def test_operators_keep_the_order_received() -> None:
    operators = list(reversed(whole_operators(3)))
    received = decode(list_to_xml(StatusList(header_for(operators), operators)))
    assert [listed.operator.id for listed in received.operators] == [
        listed.operator.id for listed in operators
    ]


def test_repeated_fields_may_come_in_any_order() -> None:
    def swap(text: str) -> str:
        return text.replace(
            "<RoleCode>EX</RoleCode><RoleCode>IM</RoleCode>",
            "<RoleCode>IM</RoleCode><RoleCode>EX</RoleCode>",
        )

    assert decode(document_with(swap)).operators == whole_operators(2)


PREVIOUS = f"<PreviousListDigest>{'ab' * 32}</PreviousListDigest>"
REFUSED: dict[str, tuple[Callable[[str], str], str]] = {
    "a value stands twice": (
        lambda text: text.replace("<RoleCode>EX</RoleCode>", "<RoleCode>EX</RoleCode>" * 2),
        "roles",
    ),
    "a fraction of a second": (
        lambda text: text.replace("12:00:01Z</Effective", "12:00:01.5Z</Effective"),
        "UTC, whole seconds",
    ),
    "an edge that is a space of another kind": (
        lambda text: text.replace("<City", "<City", 1).replace(">Köln<", ">\u3000Köln<"),
        "space",
    ),
    "a previous digest at sequence 1": (
        lambda text: text.replace("<IssueDateTime>", PREVIOUS + "<IssueDateTime>"),
        "previousDigest",
    ),
    "a day that does not exist": (
        lambda text: text.replace(
            "<NextUpdateDateTime>2026-03-02", "<NextUpdateDateTime>2026-02-30"
        ),
        "NextUpdateDateTime",
    ),
    "an action in a FULL list": (
        lambda text: text.replace("Party><ID>", "Party><ActionCode>2</ActionCode><ID>"),
        "ActionCode",
    ),
    "midnight written as 24 hours": (
        lambda text: text.replace("T12:00:01Z</Effective", "T24:00:00Z</Effective"),
        "authorisations",
    ),
    "an instant with spaces around it": (
        lambda text: text.replace("<IssueDateTime>", "<IssueDateTime> "),
        "issuedAt",
    ),
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED.keys())
def test_acc_3_field_rules_are_broken_by(case: tuple[Callable[[str], str], str]) -> None:
    change, named = case
    with pytest.raises(SchemaViolationError) as refused:
        decode(document_with(change))
    assert named in refused.value.message


def test_acc_3_an_operator_that_breaks_a_rule_is_named_with_its_line() -> None:
    document = document_with(lambda text: text.replace(">Köln<", ">\u3000Köln<"))
    with pytest.raises(SchemaViolationError) as refused:
        decode(document)
    assert refused.value.context["operator"] == "XA00000001"
    assert int(refused.value.context["line"]) > 1


VERSIONS: dict[str, Callable[[str], str]] = {
    "a higher version code": lambda text: text.replace(
        "VersionCode>1</Agency", "VersionCode>2</Agency"
    ),
    "a higher version of the namespace": lambda text: text.replace(
        "urn:mra-gateway:status-list:1", "urn:mra-gateway:status-list:2"
    ),
    "a higher version with elements that nobody knows yet": lambda text: text.replace(
        "VersionCode>1</Agency", "VersionCode>17</Agency"
    ).replace("<TypeCode>", "<Novelty/><TypeCode>"),
}


@pytest.mark.parametrize("change", VERSIONS.values(), ids=VERSIONS.keys())
def test_acc_3_a_later_version_is_told_from_a_broken_list(change: Callable[[str], str]) -> None:
    with pytest.raises(UnknownVersionError):
        decode(document_with(change))


def test_acc_1_more_operators_than_allowed_are_refused() -> None:
    operators = whole_operators(3)
    document = list_to_xml(StatusList(header_for(operators), operators))
    assert decode(document, Limits(max_document_operators=3)).header.quantity == 3
    with pytest.raises(TooLargeError):
        decode(document, Limits(max_document_operators=2))


def delta(*parties: str) -> bytes:
    text = list_to_xml(StatusList(header_for([], kind=ListKind.DELTA, sequence=2), [])).decode()
    return text.replace("</AEOStatusList>", "".join(parties) + "</AEOStatusList>").encode()


def party(action: str, *, body: bool = True) -> str:
    operators = whole_operators(1)
    text = list_to_xml(StatusList(header_for(operators), operators)).decode()
    start, end = text.index("<AEOMutual"), text.index("</AEOStatusList>")
    whole = text[start:end].strip()
    listed = (
        whole if body else "<AEOMutualRecognitionParty><ID>XA1</ID></AEOMutualRecognitionParty>"
    )
    return listed.replace("Party><ID>", f"Party>{action}<ID>", 1)


def test_a_delta_carries_changes() -> None:
    received = decode(
        delta(
            party("<ActionCode>2</ActionCode>"),
            party("<ActionCode>4</ActionCode>"),
            party("<ActionCode>3</ActionCode>", body=False),
        )
    )
    assert [change.action for change in received.changes] == [
        Action.ADD,
        Action.CHANGE,
        Action.REMOVE,
    ]
    assert received.changes[0].listed == whole_operators(1)[0]
    assert received.changes[2].listed is None
    assert not received.operators


def test_a_delta_comes_back_with_the_same_canonical_bytes() -> None:
    one, two = whole_operators(2)
    changes = [
        Change(Action.ADD, one.operator.id, one),
        Change(Action.CHANGE, two.operator.id, two),
        Change(Action.REMOVE, "XB<&>"),
    ]
    header = header_for([one, two], kind=ListKind.DELTA, sequence=2)
    assert decode(list_to_xml(StatusList(header, changes=changes))).changes == changes


CHANGES: dict[str, str] = {
    "an operator without action": party(""),
    "a removal with more than the id": party("<ActionCode>3</ActionCode>"),
    "an addition with the id alone": party("<ActionCode>2</ActionCode>", body=False),
    "an action that nobody knows": party("<ActionCode>1</ActionCode>"),
}


@pytest.mark.parametrize("changed", CHANGES.values(), ids=CHANGES.keys())
def test_acc_3_a_delta_is_refused_for(changed: str) -> None:
    with pytest.raises(SchemaViolationError):
        decode(delta(changed))


def test_output_is_read_by_lxml_alone() -> None:
    operators = whole_operators(1)
    root = etree.XML(list_to_xml(StatusList(header_for(operators), operators)))
    names = root.findall(".//{*}AEOMutualRecognitionParty/{*}Name")
    expected = [name.text for name in operators[0].operator.names]
    assert [name.text for name in names] == expected
