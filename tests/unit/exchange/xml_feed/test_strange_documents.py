"""Whatever the bytes, a decoder raises errors of ours and no others."""

from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.domain.errors import GatewayError
from gateway.domain.lists import StatusList
from gateway.domain.profiles import Limits
from gateway.exchange.xml_feed.acknowledgement_codec import (
    acknowledgement_from_xml,
    acknowledgement_to_xml,
)
from gateway.exchange.xml_feed.codec import header_from_xml, list_to_xml, operators_from_xml
from gateway.exchange.xml_feed.schema import SchemaName
from gateway.trust.xml_parsing import parse
from tests.fakes.xml_lists import acknowledgement_of, header_for, whole_operators

OPERATORS = whole_operators(1)
HEADER = header_for(OPERATORS)
LIST = list_to_xml(StatusList(HEADER, OPERATORS))
ACKNOWLEDGEMENT = acknowledgement_to_xml(acknowledgement_of(HEADER))
PIECES = st.sampled_from(
    [
        b"",
        b"<",
        b">",
        b"/",
        b'"',
        b"&amp;",
        b"&#x85;",
        b" ",
        b"\x00",
        b"\xff",
        b"0",
        b"9" * 30,
        b"-",
        b"<ID>",
        b"</ID>",
        b"<Name/>",
        b"<ID/>",
        b"Z",
        b"24:00:00",
        "\u3000".encode(),
        b'x="x" ',
        b"<x:y xmlns:x='urn:x'/>",
        b"<!---->",
        b"<?x?>",
        b"<![CDATA[]]>",
        b"<!DOCTYPE x>",
    ]
)
CUTS = st.lists(
    st.tuples(st.integers(0, len(LIST)), st.integers(0, 40), PIECES), min_size=1, max_size=3
)


def spoiled(document: bytes, cuts: list[tuple[int, int, bytes]]) -> bytes:
    for start, length, piece in cuts:
        place = start % (len(document) + 1)
        document = document[:place] + piece + document[place + length :]
    return document


@settings(derandomize=True, max_examples=150, deadline=None)
@given(cuts=CUTS)
def test_a_spoiled_list_is_refused_with_an_error_of_ours(
    cuts: list[tuple[int, int, bytes]],
) -> None:
    with suppress(GatewayError):
        root = parse(spoiled(LIST, cuts), Limits())
        operators_from_xml(root, header_from_xml(root, SchemaName.LIST, Limits()))


@settings(derandomize=True, max_examples=60, deadline=None)
@given(cuts=CUTS)
def test_a_spoiled_acknowledgement_is_refused_with_an_error_of_ours(
    cuts: list[tuple[int, int, bytes]],
) -> None:
    with suppress(GatewayError):
        acknowledgement_from_xml(parse(spoiled(ACKNOWLEDGEMENT, cuts), Limits()))
