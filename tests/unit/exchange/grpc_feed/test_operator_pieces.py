"""Operators of a chunk told apart by their framing, held against protobuf's own parser."""

from collections.abc import Sequence
from hashlib import sha256

import pytest
from google.protobuf.message import DecodeError
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.errors import SchemaViolationError
from gateway.domain.lists import ListedOperator, StatusList
from gateway.domain.members import WIRE_BYTES, record
from gateway.domain.operators import StatusCode
from gateway.domain.state_change import NOTHING, BaseState, lay_over
from gateway.exchange.grpc_feed.codec import chunks_to_pb, operators_from_pb
from gateway.exchange.grpc_feed.operator_pieces import id_of, split_chunk
from gateway.pb.mra.types.v1 import list_pb2, operator_pb2
from tests.contract.synthetic_lists import operator
from tests.fakes.headers import header
from tests.fakes.mutations import Mutation, mutations
from tests.fakes.operators import FEW, STEADY

CHUNK = list_pb2.OperatorChunk(
    operators=[
        operator_pb2.Operator(id="XB1", names=[operator_pb2.Name(text="示例")]),
        operator_pb2.Operator(id="XB2", roles=["EX"] * 90),
    ]
).SerializeToString()
STATES = st.dictionaries(st.integers(0, 30), st.sampled_from(StatusCode), max_size=20)
MOST = 1_000


def parsed(chunk: bytes) -> list_pb2.OperatorChunk | None:
    try:
        return list_pb2.OperatorChunk.FromString(chunk)
    except DecodeError:
        return None


def check(chunk: bytes) -> None:
    """Hold the pieces of a chunk against what protobuf makes of it."""
    pieces, message = split_chunk(chunk), parsed(chunk)
    if pieces is None or message is None:
        # Another field, an unknown one, or bytes that protobuf refuses too.
        with pytest.raises(SchemaViolationError):
            operators_from_pb(header(), [chunk], MOST)
        return
    assert len(pieces) == len(message.operators)
    for piece, operator_message in zip(pieces, message.operators, strict=True):
        assert operator_pb2.Operator.FromString(piece) == operator_message


@STEADY
@given(chunk=st.binary(max_size=64) | st.binary(max_size=64).map(lambda rest: b"\x0a" + rest))
def test_any_bytes_are_split_as_protobuf_does_or_not_at_all(chunk: bytes) -> None:
    check(chunk)


@STEADY
@given(spoil=mutations())
def test_spoilt_chunk_is_split_as_protobuf_does_or_not_at_all(spoil: Mutation) -> None:
    check(spoil(CHUNK))


def test_genuine_chunk_is_split_into_its_operators() -> None:
    pieces = split_chunk(CHUNK)
    assert pieces is not None
    assert [operator_pb2.Operator.FromString(piece).id for piece in pieces] == ["XB1", "XB2"]
    assert [id_of(piece) for piece in pieces] == ["XB1", "XB2"]


BROKEN = {
    "key alone": b"\x0a",
    "length broken off": b"\x0a\x80",
    "length without end": b"\x0a" + b"\xff" * 64,
    "length beyond the end": b"\x0a\x05abcd",
    "huge length": b"\x0a\xff\xff\xff\xff\x7fabcd",
    "six bytes of length": b"\x0a\x80\x80\x80\x80\x80\x00",
    "another field": b"\x12\x01a",
    "another wire type": b"\x08\x01",
    "something after": CHUNK + b"\x0a",
}


@pytest.mark.parametrize("chunk", BROKEN.values(), ids=BROKEN)
def test_broken_framing_is_no_chunk_of_operators(chunk: bytes) -> None:
    assert split_chunk(chunk) is None
    with pytest.raises(SchemaViolationError):
        operators_from_pb(header(), [chunk], MOST)


def test_empty_chunk_has_no_operators() -> None:
    assert split_chunk(b"") == []


@pytest.mark.parametrize(
    ("piece", "found"),
    [
        (b"", ""),
        (b"\x0a", ""),
        (b"\x0a\x80\x01", ""),
        (b"\x12\x01a", ""),
        (b"\x0a\x02XB", "XB"),
        (b"\x0a\x7fXB", "XB"),
        (b"\x0a\x01\xff", "�"),
    ],
)
def test_id_is_looked_up_only_where_a_piece_begins_with_it(piece: bytes, found: str) -> None:
    assert id_of(piece) == found


def state(of: dict[int, StatusCode]) -> list[ListedOperator]:
    return [operator(one, status=of[one]) for one in sorted(of)]


def received(listed: Sequence[ListedOperator]) -> StatusList:
    return operators_from_pb(header(), list(chunks_to_pb(StatusList(header(), listed))), MOST)


@FEW
@given(before=STATES, after=STATES)
def test_full_list_read_against_what_is_known_comes_to_the_same_state(
    before: dict[int, StatusCode], after: dict[int, StatusCode]
) -> None:
    first = lay_over(NOTHING, received(state(before)))
    base = BaseState(first.tree, first.buckets, first.quantity)
    chunks = list(chunks_to_pb(StatusList(header(), state(after))))
    by_all = lay_over(base, operators_from_pb(header(), chunks, MOST))
    told = operators_from_pb(header(), chunks, MOST, base.members)
    by_new = lay_over(base, told)
    assert by_new == by_all
    assert list(told.ids) == [one.operator.id for one in state(after)]
    # Only who changed was decoded.
    assert len(told.operators) == sum(before.get(one) != after[one] for one in after)


def test_known_bytes_of_somebody_else_are_decoded() -> None:
    one, two = operator(1), operator(2)
    (chunk,) = chunks_to_pb(StatusList(header(), [two]))
    pieces = split_chunk(chunk)
    assert pieces is not None
    wire = sha256(pieces[0]).digest()[:WIRE_BYTES]
    known = {one.operator.id: record(one, wire)}
    assert operators_from_pb(header(), [chunk], MOST, known).operators == [two]
