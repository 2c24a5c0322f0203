from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.domain.canonical import list_operator
from gateway.domain.errors import SchemaViolationError, TooLargeError, UnknownVersionError
from gateway.domain.lists import Action, Change, ListHeader, StatusList
from gateway.domain.operators import (
    Address,
    Authorisation,
    Identifier,
    Name,
    Operator,
    Status,
    StatusCode,
)
from gateway.exchange.grpc_feed.acknowledgement_codec import (
    acknowledgement_from_pb,
    acknowledgement_to_pb,
)
from gateway.exchange.grpc_feed.codec import (
    CHUNK_BYTES,
    changes_from_pb,
    chunks_to_pb,
    header_from_pb,
    header_to_pb,
    operators_from_pb,
)
from gateway.exchange.grpc_feed.operator_codec import operator_from_pb, operator_to_pb
from gateway.pb.mra.types.v1 import acknowledgement_pb2, list_pb2, operator_pb2
from tests.fakes.sealed_lists import (
    make_acknowledgement,
    make_header,
    make_operator,
    make_operators,
)

UNKNOWN = b"\xfa\x3f\x01x"
"""Field 1023 with one byte in it."""

texts = st.text(
    st.characters(
        exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp"), exclude_characters="\ufffe\uffff"
    ),
    min_size=1,
    max_size=30,
)
moments = st.datetimes(
    min_value=datetime(1900, 1, 1),  # noqa: DTZ001 - made aware next
    max_value=datetime(9999, 12, 31),  # noqa: DTZ001 - made aware next
).map(lambda moment: moment.replace(microsecond=0, tzinfo=UTC))
names = st.builds(
    Name,
    text=texts,
    language=st.sampled_from([None, "ja", "zh-Hant"]),
    script=st.sampled_from([None, "Jpan", "Arab"]),
)
operators = st.builds(
    Operator,
    id=texts,
    alternate_ids=st.lists(st.builds(Identifier, scheme=texts, value=texts), max_size=3).map(tuple),
    names=st.lists(names, min_size=1, max_size=3).map(tuple),
    trade_names=st.lists(names, max_size=2).map(tuple),
    addresses=st.lists(
        st.builds(
            Address,
            lines=st.lists(texts, max_size=3).map(tuple),
            city=st.none() | texts,
            country=st.sampled_from(["XA", "XB"]),
            subdivision=st.sampled_from([None, "01", "ABC"]),
            postcode=st.sampled_from([None, "1", "X-99"]),
        ),
        max_size=2,
    ).map(tuple),
    roles=st.lists(st.sampled_from(["IM", "EX", "ZZZ"]), unique=True).map(tuple),
    authorisations=st.lists(
        st.builds(
            Authorisation,
            id=texts,
            category=texts,
            programme=texts,
            issuing_office=texts,
            accepted_at=st.none() | moments,
            effective_at=moments,
            expires_at=st.none() | moments,
            status=st.builds(
                Status,
                code=st.sampled_from(StatusCode),
                effective_at=moments,
                change_reason=st.none() | texts,
            ),
        ),
        min_size=1,
        max_size=2,
    ).map(tuple),
)


@settings(max_examples=150, derandomize=True, deadline=None)
@given(operators)
def test_operator_comes_back_code_point_for_code_point(operator: Operator) -> None:
    wire = operator_to_pb(operator).SerializeToString()
    assert operator_from_pb(operator_pb2.Operator.FromString(wire)) == operator


def test_list_comes_back_with_the_same_canonical_bytes() -> None:
    listed = make_operators(2_500)
    chunks = tuple(chunks_to_pb(StatusList(make_header(()), listed)))
    assert [len(list_pb2.OperatorChunk.FromString(chunk).operators) for chunk in chunks] == [
        1000,
        1000,
        500,
    ]
    assert operators_from_pb(make_header(()), chunks, 2_500).operators == listed


def test_sta_3_order_of_repeated_fields_on_the_wire_makes_no_difference() -> None:
    message = operator_to_pb(make_operator(1))
    message.names.add(text="Another")
    first = list_operator(operator_from_pb(message))
    message.names.sort(key=lambda name: name.text)
    assert list_operator(operator_from_pb(message)).canonical == first.canonical


def test_chunks_of_long_operators_fit_into_a_message() -> None:
    long = Address(lines=tuple(f"{line:0500d}" for line in range(60)), country="XA")
    some = [
        list_operator(
            Operator(
                id=f"XA{number}",
                names=(Name(text="x"),),
                addresses=(long,),
                authorisations=make_operator(1).authorisations,
            )
        )
        for number in range(300)
    ]
    chunks = list(chunks_to_pb(StatusList(make_header(()), some)))
    assert len(chunks) > 1
    assert max(map(len, chunks)) <= CHUNK_BYTES
    assert operators_from_pb(make_header(()), chunks, 300).operators == some


def _set_unknown(message: operator_pb2.Operator) -> None:
    message.MergeFromString(UNKNOWN)


def _set_unknown_inside(message: operator_pb2.Operator) -> None:
    message.authorisations[0].status.MergeFromString(UNKNOWN)


def _set_unknown_in_time(message: operator_pb2.Operator) -> None:
    message.authorisations[0].effective_at.MergeFromString(UNKNOWN)


def _set_fraction(message: operator_pb2.Operator) -> None:
    message.authorisations[0].effective_at.nanos = 1


def _set_fraction_of_optional(message: operator_pb2.Operator) -> None:
    message.authorisations[0].expires_at.nanos = 1


def _set_no_status(message: operator_pb2.Operator) -> None:
    message.authorisations[0].ClearField("status")


def _set_status_unspecified(message: operator_pb2.Operator) -> None:
    message.authorisations[0].status.code = operator_pb2.STATUS_CODE_UNSPECIFIED


def _set_status_unknown(message: operator_pb2.Operator) -> None:
    message.authorisations[0].status.MergeFromString(b"\x08\x63")


def _set_no_time(message: operator_pb2.Operator) -> None:
    message.authorisations[0].ClearField("effective_at")


def _set_no_id(message: operator_pb2.Operator) -> None:
    message.id = ""


def _set_late_time(message: operator_pb2.Operator) -> None:
    message.authorisations[0].effective_at.CopyFrom(Timestamp(seconds=10**12))


def _decode(change: Callable[[operator_pb2.Operator], None]) -> None:
    chunk = list_pb2.OperatorChunk(operators=[operator_to_pb(make_operator(1))])
    change(chunk.operators[0])
    operators_from_pb(make_header(()), [chunk.SerializeToString()], 10)


@pytest.mark.parametrize("change", [_set_unknown, _set_unknown_inside, _set_unknown_in_time])
def test_sta_1_unknown_field_is_refused_at_any_depth(
    change: Callable[[operator_pb2.Operator], None],
) -> None:
    with pytest.raises(SchemaViolationError, match="does not know"):
        _decode(change)


@pytest.mark.parametrize("change", [_set_fraction, _set_fraction_of_optional])
def test_sta_1_fraction_of_a_second_is_refused(
    change: Callable[[operator_pb2.Operator], None],
) -> None:
    with pytest.raises(SchemaViolationError, match="fraction"):
        _decode(change)


@pytest.mark.parametrize(
    "change",
    [
        _set_no_status,
        _set_status_unspecified,
        _set_status_unknown,
        _set_no_time,
        _set_no_id,
        _set_late_time,
    ],
)
def test_acc_3_operator_with_a_bad_field_is_refused_and_named(
    change: Callable[[operator_pb2.Operator], None],
) -> None:
    with pytest.raises(SchemaViolationError) as caught:
        _decode(change)
    assert "operator" in caught.value.context


def test_acc_3_chunk_that_is_no_message_is_refused() -> None:
    with pytest.raises(SchemaViolationError, match="chunk 0"):
        operators_from_pb(make_header(()), [b"\xff\xff"], 10)


def test_acc_3_chunk_with_text_that_is_no_utf_8_is_refused() -> None:
    chunk = list_pb2.OperatorChunk(operators=[operator_to_pb(make_operator(1))])
    broken = chunk.SerializeToString().replace(b"Handel", b"Hand\xff\xff")
    with pytest.raises(SchemaViolationError, match="chunk 0"):
        operators_from_pb(make_header(()), [broken], 10)


def test_acc_1_more_operators_than_the_limit_are_refused() -> None:
    with pytest.raises(TooLargeError):
        operators_from_pb(
            make_header(()), list(chunks_to_pb(StatusList(make_header(()), make_operators(3)))), 2
        )


def test_acc_1_chunk_of_more_than_a_thousand_operators_is_refused() -> None:
    message = operator_to_pb(make_operator(1))
    chunk = list_pb2.OperatorChunk(operators=[message] * 1001)
    with pytest.raises(TooLargeError, match="1000"):
        operators_from_pb(make_header(()), [chunk.SerializeToString()], 5000)


def test_acc_3_changes_in_a_full_list_are_refused() -> None:
    chunk = list_pb2.OperatorChunk(
        changes=[list_pb2.Change(action=list_pb2.ACTION_REMOVE, operator_id="XA1")]
    )
    with pytest.raises(SchemaViolationError, match="FULL"):
        operators_from_pb(make_header(()), [chunk.SerializeToString()], 10)


def test_changes_are_read_with_their_operators() -> None:
    operator = make_operator(1)
    chunk = list_pb2.OperatorChunk(
        changes=[
            list_pb2.Change(action=list_pb2.ACTION_REMOVE, operator_id="XA0"),
            list_pb2.Change(
                action=list_pb2.ACTION_CHANGE,
                operator_id=operator.id,
                operator=operator_to_pb(operator),
            ),
        ]
    )
    removal, change = changes_from_pb(make_header(()), [chunk.SerializeToString()], 10).changes
    assert (removal.action, removal.operator_id, removal.listed) == (Action.REMOVE, "XA0", None)
    assert (change.action, change.listed) == (Action.CHANGE, list_operator(operator))


def test_a_delta_comes_back_with_the_same_canonical_bytes() -> None:
    listed = make_operators(1_500)
    changes = [
        Change(Action.REMOVE, one.operator.id)
        if number % 3 == 0
        else Change(Action.ADD if number % 3 == 1 else Action.CHANGE, one.operator.id, one)
        for number, one in enumerate(listed)
    ]
    chunks = tuple(chunks_to_pb(StatusList(make_header(()), changes=changes)))
    assert len(chunks) == 2
    assert changes_from_pb(make_header(()), chunks, 1_500).changes == changes


BAD_CHANGES: dict[str, list_pb2.Change] = {
    "addition without operator": list_pb2.Change(action=list_pb2.ACTION_ADD, operator_id="XA1"),
    "no action": list_pb2.Change(operator_id="XA1"),
    "removal without id": list_pb2.Change(action=list_pb2.ACTION_REMOVE),
    "removal with operator": list_pb2.Change(
        action=list_pb2.ACTION_REMOVE,
        operator_id=make_operator(1).id,
        operator=operator_to_pb(make_operator(1)),
    ),
    "operator of another id": list_pb2.Change(
        action=list_pb2.ACTION_ADD, operator_id="XA1", operator=operator_to_pb(make_operator(1))
    ),
    "operator with a bad field": list_pb2.Change(
        action=list_pb2.ACTION_ADD, operator_id="XA1", operator=operator_pb2.Operator(id="XA1")
    ),
}


@pytest.mark.parametrize("change", BAD_CHANGES.values(), ids=BAD_CHANGES.keys())
def test_acc_3_bad_change_is_refused(change: list_pb2.Change) -> None:
    chunk = list_pb2.OperatorChunk(changes=[change])
    with pytest.raises(SchemaViolationError):
        changes_from_pb(make_header(()), [chunk.SerializeToString()], 10)


def test_acc_3_operators_in_a_delta_are_refused() -> None:
    with pytest.raises(SchemaViolationError, match="DELTA"):
        changes_from_pb(
            make_header(()), list(chunks_to_pb(StatusList(make_header(()), make_operators(1)))), 10
        )


@pytest.mark.parametrize("sequence", [1, 2])
def test_header_comes_back(sequence: int) -> None:
    header = make_header(make_operators(1), sequence)
    assert _header_again(header_to_pb(header)) == header


def _header_again(message: list_pb2.ListHeader) -> ListHeader:
    return header_from_pb(list_pb2.ListHeader.FromString(message.SerializeToString()))


def test_acc_3_higher_version_is_told_apart_even_with_fields_that_it_brings() -> None:
    message = header_to_pb(make_header(()))
    message.version = 2
    message.MergeFromString(UNKNOWN)
    with pytest.raises(UnknownVersionError):
        _header_again(message)


def test_sta_1_unknown_field_of_a_header_is_refused() -> None:
    message = header_to_pb(make_header(()))
    message.MergeFromString(UNKNOWN)
    with pytest.raises(SchemaViolationError, match="does not know"):
        _header_again(message)


BAD_HEADERS: dict[str, Callable[[list_pb2.ListHeader], object]] = {
    "no version": lambda header: header.ClearField("version"),
    "no list id": lambda header: header.ClearField("list_id"),
    "no kind": lambda header: header.ClearField("kind"),
    "no stream": lambda header: header.ClearField("stream"),
    "no sequence": lambda header: header.ClearField("sequence"),
    "chain before the first": lambda header: setattr(header, "previous_digest", b"x" * 32),
    "short root": lambda header: setattr(header, "state_root", b"x" * 31),
    "no issue": lambda header: header.ClearField("issued_at"),
    "no next update": lambda header: header.ClearField("next_update_at"),
    "control character": lambda header: setattr(header, "list_id", "a\x07"),
}


@pytest.mark.parametrize("change", BAD_HEADERS.values(), ids=BAD_HEADERS.keys())
def test_acc_3_bad_header_is_refused(change: Callable[[list_pb2.ListHeader], object]) -> None:
    message = header_to_pb(make_header(()))
    change(message)
    with pytest.raises(SchemaViolationError):
        _header_again(message)


def test_acknowledgement_comes_back() -> None:
    answer = make_acknowledgement()
    wire = acknowledgement_to_pb(answer).SerializeToString()
    message = acknowledgement_pb2.Acknowledgement.FromString(wire)
    assert acknowledgement_from_pb(message) == answer


BAD_ACKNOWLEDGEMENTS: dict[str, Callable[[acknowledgement_pb2.Acknowledgement], object]] = {
    "no id": lambda answer: answer.ClearField("acknowledgement_id"),
    "no outcome": lambda answer: answer.ClearField("outcome"),
    "unknown outcome": lambda answer: answer.MergeFromString(b"\x28\x63"),
    "no revision": lambda answer: answer.ClearField("revision"),
    "stream without epoch": lambda answer: answer.stream.ClearField("epoch"),
    "short digest": lambda answer: setattr(answer, "list_digest", b"x"),
    "root without sequence": lambda answer: answer.ClearField("applied_sequence"),
    "sequence that no list can have": lambda answer: setattr(answer, "sequence", 2**53),
    "applied sequence that no list can have": lambda answer: setattr(
        answer, "applied_sequence", 2**63
    ),
    "sequence without root": lambda answer: answer.ClearField("applied_root"),
    "reason without code": lambda answer: answer.reasons[0].ClearField("code"),
    "no time": lambda answer: answer.ClearField("acknowledged_at"),
    "unknown field": lambda answer: answer.MergeFromString(UNKNOWN),
}


@pytest.mark.parametrize("change", BAD_ACKNOWLEDGEMENTS.values(), ids=BAD_ACKNOWLEDGEMENTS.keys())
def test_acc_3_bad_acknowledgement_is_refused(
    change: Callable[[acknowledgement_pb2.Acknowledgement], object],
) -> None:
    message = acknowledgement_to_pb(make_acknowledgement())
    change(message)
    with pytest.raises(SchemaViolationError):
        acknowledgement_from_pb(message)
