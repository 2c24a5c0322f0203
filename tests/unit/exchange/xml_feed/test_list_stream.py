"""Lists read as a stream say what lists read as a tree say, and are refused where those are."""

import tracemalloc
from collections.abc import Callable, Iterator

import pytest
from msgspec.structs import replace

from benchmarks.synthetic import make_operators
from gateway.domain.errors import (
    ForbiddenMarkupError,
    NotWellFormedError,
    SchemaViolationError,
    SignatureError,
    TooLargeError,
    UnknownVersionError,
)
from gateway.domain.lists import Action, Change, ListKind, StatusList
from gateway.domain.members import Record, record
from gateway.domain.profiles import Limits
from gateway.exchange.xml_feed import list_stream
from gateway.exchange.xml_feed.codec import list_to_xml
from gateway.exchange.xml_feed.list_stream import ListStream
from gateway.ports.feed import no_members
from tests.fakes.xml_lists import header_for, whole_operators

OPERATORS = whole_operators(7)
HEADER = header_for(OPERATORS)
LIST = StatusList(HEADER, OPERATORS, order=[one.operator.id for one in OPERATORS])
DOCUMENT = list_to_xml(LIST)
SIZES = (64, 1000, 4096, 10**6)


@pytest.fixture(autouse=True)
def _small_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(list_stream, "GROUP", 2)


def pieces(document: bytes, size: int = 1000) -> Iterator[bytes]:
    return (document[at : at + size] for at in range(0, len(document), size))


def read(
    document: bytes,
    *,
    size: int = 1000,
    limits: Limits | None = None,
    known: dict[str, Record] | None = None,
) -> StatusList:
    stream = ListStream(pieces(document, size), limits or Limits())
    return stream.decode(no_members if known is None else lambda: known)


@pytest.mark.parametrize("size", SIZES)
def test_sig_2_a_stream_says_what_was_written(size: int) -> None:
    assert read(DOCUMENT, size=size) == LIST


def test_sig_2_a_delta_is_read_as_a_stream() -> None:
    changes = [
        Change(Action.ADD, OPERATORS[0].operator.id, OPERATORS[0]),
        Change(Action.REMOVE, OPERATORS[1].operator.id),
        Change(Action.CHANGE, OPERATORS[2].operator.id, OPERATORS[2]),
    ]
    header = replace(HEADER, kind=ListKind.DELTA, sequence=2, previous_digest="ef" * 32)
    delta = StatusList(header, changes=changes)
    assert read(list_to_xml(delta)) == delta


def test_sig_2_a_heartbeat_and_an_empty_list_are_read() -> None:
    header = replace(HEADER, kind=ListKind.DELTA, sequence=2, previous_digest="ef" * 32)
    assert read(list_to_xml(StatusList(header))) == StatusList(header, changes=[])
    empty = StatusList(header_for([]), [], order=[])
    assert read(list_to_xml(empty)) == empty


def test_operators_that_are_as_known_are_only_named() -> None:
    known = {one.operator.id: record(one) for one in OPERATORS}
    changed = whole_operators(7)[3]
    known[changed.operator.id] = bytes(49)
    read_back = read(DOCUMENT, known=known)
    assert [one.operator.id for one in read_back.operators] == [changed.operator.id]
    assert read_back.ids == LIST.ids


def test_known_is_not_asked_for_a_delta() -> None:
    def ask() -> dict[str, Record]:
        raise AssertionError("a delta needs no members")

    header = replace(HEADER, kind=ListKind.DELTA, sequence=2, previous_digest="ef" * 32)
    assert ListStream(pieces(list_to_xml(StatusList(header))), Limits()).decode(ask).ids == []


def test_the_header_is_there_before_the_operators_are_read() -> None:
    def broken() -> Iterator[bytes]:
        yield from pieces(DOCUMENT[: len(DOCUMENT) // 2])
        raise AssertionError("read on")

    assert ListStream(broken(), Limits()).header == HEADER


LAST = b"</AEOStatusList>"
FIRST_NAME = b"<Name "
SIGNATURE = b'<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"/>'
Bend = Callable[[bytes], bytes]


def _replace_last(document: bytes, old: bytes, new: bytes) -> bytes:
    at = document.rindex(old)
    return document[:at] + new + document[at + len(old) :]


def _move_header(document: bytes) -> bytes:
    begin, end = document.index(b"<ListHeader>"), document.index(b"</ListHeader>") + 13
    return document[:begin] + document[end:].replace(LAST, document[begin:end] + LAST)


BROKEN: dict[str, tuple[Bend, type[Exception]]] = {
    "an unknown element at the end": (
        lambda it: it.replace(LAST, b"<Extra/>" + LAST),
        SchemaViolationError,
    ),
    "an unknown element between operators": (
        lambda it: it.replace(
            b"</AEOMutualRecognitionParty>\n", b"</AEOMutualRecognitionParty><X/>", 1
        ),
        SchemaViolationError,
    ),
    "text between operators": (
        lambda it: it.replace(
            b"</AEOMutualRecognitionParty>\n", b"</AEOMutualRecognitionParty>x", 1
        ),
        SchemaViolationError,
    ),
    "text behind the last operator": (
        lambda it: it.replace(LAST, b"x" + LAST),
        SchemaViolationError,
    ),
    "text before the header": (
        lambda it: it.replace(b"<ListHeader>", b"x<ListHeader>"),
        SchemaViolationError,
    ),
    "text behind the header": (
        lambda it: it.replace(b"</ListHeader>", b"</ListHeader>x"),
        SchemaViolationError,
    ),
    "a second header": (
        lambda it: it.replace(LAST, b"<ListHeader/>" + LAST),
        SchemaViolationError,
    ),
    "the header behind the operators": (
        _move_header,
        SchemaViolationError,
    ),
    "no header": (
        lambda it: it[: it.index(b"<ListHeader>")] + it[it.index(b"</ListHeader>") + 13 :],
        SchemaViolationError,
    ),
    "an attribute on the root": (
        lambda it: it.replace(b"<AEOStatusList ", b'<AEOStatusList x="1" '),
        SchemaViolationError,
    ),
    "another root": (
        lambda it: it.replace(b"AEOStatusList", b"AEOStatusLust"),
        SchemaViolationError,
    ),
    "an operator within an operator": (
        lambda it: it.replace(
            FIRST_NAME,
            b"<AEOMutualRecognitionParty><ID>XA1</ID></AEOMutualRecognitionParty><Name ",
            1,
        ),
        SchemaViolationError,
    ),
    "an operator within the header": (
        lambda it: it.replace(
            b"</ListHeader>",
            b"<AEOMutualRecognitionParty><ID>XA1</ID></AEOMutualRecognitionParty></ListHeader>",
        ),
        SchemaViolationError,
    ),
    "a signature of its own": (lambda it: it.replace(LAST, SIGNATURE + LAST), SignatureError),
    "a signature between operators": (
        lambda it: it.replace(
            b"</AEOMutualRecognitionParty>\n", b"</AEOMutualRecognitionParty>" + SIGNATURE, 1
        ),
        SignatureError,
    ),
    "an unknown element in the last operator": (
        lambda it: _replace_last(
            it, b"</AEOMutualRecognitionParty>", b"<X/></AEOMutualRecognitionParty>"
        ),
        SchemaViolationError,
    ),
    "an action in a FULL": (
        lambda it: _replace_last(
            it,
            b"<AEOMutualRecognitionParty>",
            b"<AEOMutualRecognitionParty><ActionCode>2</ActionCode>",
        ),
        SchemaViolationError,
    ),
    "a field rule in the last operator": (
        lambda it: _replace_last(it, b"<CountryCode>XC", b"<CountryCode>X\xc3\xa4"),
        SchemaViolationError,
    ),
    "a higher version": (
        lambda it: it.replace(b"VersionCode>1<", b"VersionCode>2<"),
        UnknownVersionError,
    ),
    "cut off": (lambda it: it[:-5], NotWellFormedError),
    "cut off between operators": (
        lambda it: it[: it.rindex(b"<AEOMutualRecognitionParty>")],
        NotWellFormedError,
    ),
    "a second document behind it": (lambda it: it + b"<x/>", NotWellFormedError),
    "nothing": (lambda _: b"", NotWellFormedError),
    "not UTF-8 at the end": (lambda it: it.replace(LAST, b"\xff" + LAST), NotWellFormedError),
    "UTF-16": (lambda it: it.decode().encode("utf-16"), NotWellFormedError),
    "a doctype": (
        lambda it: it.replace(b"<AEOStatusList ", b"<!DOCTYPE x><AEOStatusList ", 1),
        ForbiddenMarkupError,
    ),
    "a comment at the end": (
        lambda it: it.replace(LAST, b"<!-- x -->" + LAST),
        ForbiddenMarkupError,
    ),
    "an instruction at the end": (
        lambda it: it.replace(LAST, b"<?x y?>" + LAST),
        ForbiddenMarkupError,
    ),
    "an entity": (lambda it: it.replace(b"Office of XA", b"&office;", 1), NotWellFormedError),
}


@pytest.mark.parametrize("size", [700, 10**6])
@pytest.mark.parametrize(("bend", "error"), BROKEN.values(), ids=BROKEN)
def test_sig_2_what_a_tree_would_show_a_stream_refuses(
    bend: Bend, error: type[Exception], size: int
) -> None:
    bent = bend(DOCUMENT)
    assert bent != DOCUMENT
    with pytest.raises(error):
        read(bent, size=size)


@pytest.mark.parametrize("mark", [b"<!DOCTYPE x>", b"<!-- x -->", b"<?x y?>"])
def test_sig_4_markup_on_a_seam_of_pieces_is_seen(mark: bytes) -> None:
    bent = DOCUMENT.replace(LAST, mark + LAST)
    at = bent.index(mark)
    for cut in range(1, len(mark)):
        with pytest.raises(ForbiddenMarkupError):
            ListStream(iter((bent[: at + cut], bent[at + cut :])), Limits()).decode(no_members)


def test_utf_8_on_a_seam_of_pieces_is_read() -> None:
    at = DOCUMENT.index("上海".encode())
    for cut in range(1, 4):
        halves = iter((DOCUMENT[: at + cut], DOCUMENT[at + cut :]))
        assert ListStream(halves, Limits()).decode(no_members) == LIST


@pytest.mark.parametrize(
    "beside", ["an unknown element at the end", "text behind the last operator", "a second header"]
)
def test_acc_3_what_stands_beside_the_operators_is_held_to_the_schema(beside: str) -> None:
    bend, _ = BROKEN[beside]
    with pytest.raises(SchemaViolationError):
        read(bend(DOCUMENT))


def test_acc_3_path_and_line_say_which_operator_of_all_is_meant() -> None:
    bent = _replace_last(DOCUMENT, b"<CountryCode>XC", b"<CountryCode>XCX")
    with pytest.raises(SchemaViolationError) as refused:
        read(bent)
    context = refused.value.context
    assert context["path"] == ("/AEOStatusList/AEOMutualRecognitionParty[7]/Address[2]/CountryCode")
    assert context["operator"] == OPERATORS[6].operator.id
    assert context["line"] == str(DOCUMENT[: DOCUMENT.rindex(b"<CountryCode>XC")].count(b"\n") + 1)


def test_acc_1_more_operators_than_allowed_are_refused() -> None:
    assert read(DOCUMENT, limits=Limits(max_operators=7)) == LIST
    with pytest.raises(TooLargeError, match="more than 6 operators"):
        read(DOCUMENT, limits=Limits(max_operators=6))


def test_acc_1_an_operator_without_end_is_refused_before_it_fills_the_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(list_stream, "MOST_BETWEEN", 20_000)
    endless = DOCUMENT.replace(FIRST_NAME, b"<Name>x</Name>" * 10_000 + FIRST_NAME, 1)
    with pytest.raises(TooLargeError, match="no operator ends"):
        read(endless)


def test_acc_1_deep_nesting_is_refused() -> None:
    deep = b"<a>" * 40 + b"</a>" * 40
    with pytest.raises(TooLargeError, match="deeper"):
        read(DOCUMENT.replace(FIRST_NAME, deep + FIRST_NAME, 1))


def test_sig_2_a_list_of_known_operators_is_read_in_little_memory() -> None:
    operators = make_operators(3000, seed=1)
    document = list_to_xml(StatusList(header_for(operators), operators))
    known = {one.operator.id: record(one) for one in operators}
    tracemalloc.start()
    try:
        read_back = read(document, size=64 * 1024, known=known)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(read_back.ids) == 3000
    assert peak < 1500 * len(operators)
