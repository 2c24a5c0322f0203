"""Whatever is done to a sealed document: an error of the partner's, or the same content."""

from collections.abc import Callable
from datetime import timedelta
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from msgspec import Struct
from msgspec.structs import replace

from gateway.domain.acknowledgements import Acknowledgement
from gateway.domain.documents import SealedList, Unverified
from gateway.domain.errors import DocumentError, TrustError
from gateway.domain.lists import ListHeader, StatusList
from gateway.domain.profiles import FeedKind, KeyUse, Limits
from gateway.exchange.kinds import make_feeds
from gateway.pb.mra.types.v1 import envelope_pb2
from gateway.ports.feed import Opener
from gateway.trust.xml_parsing import parse
from tests.fakes.mutations import Mutation, fuzzed, mutations
from tests.fakes.sealed_lists import (
    NOW,
    anchors_of,
    make_acknowledgement,
    make_header,
    make_key,
    make_operators,
)

KEY, ANSWER_KEY = make_key(), make_key(use="acknowledgements")
ANCHORS = anchors_of(KEY)
ANSWER_ANCHORS = anchors_of(ANSWER_KEY, KeyUse.ACKNOWLEDGEMENTS)
FEEDS = make_feeds(KEY, ANSWER_KEY)
# What an opener declares (`ports.feed.Opener`).
DECLARED = (DocumentError, TrustError)
KINDS = pytest.mark.parametrize("kind", list(FeedKind))


class Genuine(Struct, frozen=True):
    """What one kind of feed sealed: a list, its successor with other content, and an answer."""

    opener: Opener
    header: ListHeader
    sealed: SealedList
    other: SealedList
    answer: Acknowledgement
    sealed_answer: bytes
    content: StatusList


@cache
def genuine_of(kind: FeedKind) -> Genuine:
    """Return the genuine documents of one kind; made when a test asks, so that it is that test
    which fails."""
    feed = FEEDS[kind]
    operators, others = make_operators(3), make_operators(2)
    header = make_header(operators)
    other = replace(make_header(others, sequence=2), issued_at=NOW - timedelta(minutes=1))
    sealed = feed.sealer.seal_list(StatusList(header, operators))
    opened = Unverified(document=sealed.document, chunks=sealed.chunks)
    verified = feed.opener.open(opened, ANCHORS, Limits(), NOW)
    answer = make_acknowledgement()
    return Genuine(
        feed.opener,
        header,
        sealed,
        feed.sealer.seal_list(StatusList(other, others)),
        answer,
        feed.sealer.seal_acknowledgement(answer),
        feed.opener.decode(verified, ANCHORS, Limits()),
    )


def read_list(genuine: Genuine, document: bytes, chunks: tuple[bytes, ...]) -> StatusList | None:
    """Return the list that is believed, or none if it is refused as declared."""
    sealed = Unverified(document=document, chunks=chunks)
    try:
        verified = genuine.opener.open(sealed, ANCHORS, Limits(), NOW)
        return genuine.opener.decode(verified, ANCHORS, Limits())
    except DECLARED:
        return None


def read_head(genuine: Genuine, document: bytes) -> ListHeader | None:
    try:
        verified = genuine.opener.open(Unverified(document=document), ANCHORS, Limits(), NOW)
        return genuine.opener.decode_head(verified, ANCHORS)
    except DECLARED:
        return None


def read_answer(genuine: Genuine, document: bytes) -> Acknowledgement | None:
    try:
        return genuine.opener.open_acknowledgement(document, ANSWER_ANCHORS, NOW)
    except DECLARED:
        return None


@KINDS
def test_the_genuine_documents_are_believed(kind: FeedKind) -> None:
    genuine = genuine_of(kind)
    assert read_list(genuine, genuine.sealed.document, genuine.sealed.chunks) == genuine.content
    assert read_head(genuine, genuine.sealed.head) == genuine.header
    assert read_answer(genuine, genuine.sealed_answer) == genuine.answer


@KINDS
@fuzzed(40)
@given(document=st.binary(max_size=400), chunks=st.lists(st.binary(max_size=60), max_size=2))
def test_any_bytes_are_refused(kind: FeedKind, document: bytes, chunks: list[bytes]) -> None:
    genuine = genuine_of(kind)
    assert read_list(genuine, document, tuple(chunks)) is None
    assert read_head(genuine, document) is None
    assert read_answer(genuine, document) is None


@KINDS
@fuzzed(120)
@given(mutation=mutations())
def test_a_mutated_list_is_never_believed_with_other_content(
    kind: FeedKind, mutation: Mutation
) -> None:
    genuine = genuine_of(kind)
    read = read_list(genuine, mutation(genuine.sealed.document), genuine.sealed.chunks)
    assert read in (None, genuine.content)


@KINDS
@fuzzed(80)
@given(mutation=mutations())
def test_a_mutated_head_is_never_believed_with_other_content(
    kind: FeedKind, mutation: Mutation
) -> None:
    genuine = genuine_of(kind)
    assert read_head(genuine, mutation(genuine.sealed.head)) in (None, genuine.header)


@KINDS
@fuzzed(80)
@given(mutation=mutations())
def test_a_mutated_acknowledgement_is_never_believed_with_other_content(
    kind: FeedKind, mutation: Mutation
) -> None:
    genuine = genuine_of(kind)
    assert read_answer(genuine, mutation(genuine.sealed_answer)) in (None, genuine.answer)


@fuzzed(60)
@given(mutation=mutations())
def test_sig_3_a_chunk_that_is_not_the_signed_one_is_refused(mutation: Mutation) -> None:
    genuine = genuine_of(FeedKind.GRPC)
    (chunk,) = genuine.sealed.chunks
    read = read_list(genuine, genuine.sealed.document, (mutation(chunk),))
    assert read is None or mutation(chunk) == chunk


CHUNKS = st.lists(st.sampled_from([0, 1, 2]), max_size=4)


@fuzzed(60)
@given(order=CHUNKS)
def test_sig_3_chunks_lost_repeated_or_of_another_list_are_refused(order: list[int]) -> None:
    genuine = genuine_of(FeedKind.GRPC)
    pool = (*genuine.sealed.chunks, *genuine.other.chunks, b"")
    chunks = tuple(pool[number] for number in order)
    read = read_list(genuine, genuine.sealed.document, chunks)
    assert (read == genuine.content) if chunks == genuine.sealed.chunks else (read is None)


@KINDS
def test_a_document_never_passes_as_one_of_another_kind(kind: FeedKind) -> None:
    genuine = genuine_of(kind)
    assert read_head(genuine, genuine.sealed_answer) is None
    assert read_list(genuine, genuine.sealed_answer, ()) is None
    assert read_list(genuine, genuine.sealed.head, ()) is None
    assert read_answer(genuine, genuine.sealed.head) is None
    assert read_answer(genuine, genuine.sealed.document) is None
    if kind is FeedKind.XML:
        assert read_head(genuine, genuine.sealed.document) is None


Bend = Callable[[etree._Element, etree._Element], object]
"""Takes two elements of one document."""


def _copy(element: etree._Element) -> etree._Element:
    return parse(etree.tostring(element, with_tail=False), Limits(max_depth=99))


def _move(one: etree._Element, other: etree._Element) -> None:
    if one is not other:
        other.append(one)


def _remove(element: etree._Element) -> None:
    above = element.getparent()
    if above is not None:
        above.remove(element)


def _swap_texts(one: etree._Element, other: etree._Element) -> None:
    one.text, other.text = other.text, one.text


def _swap_names(one: etree._Element, other: etree._Element) -> None:
    one.tag, other.tag = other.tag, one.tag


BENDS: dict[str, Bend] = {
    "a copy goes to the end of the other": lambda one, other: other.append(_copy(one)),
    "a copy goes to the front of the other": lambda one, other: other.insert(0, _copy(one)),
    "one moves into the other": _move,
    "one is removed": lambda one, _: _remove(one),
    "texts are swapped": _swap_texts,
    "attributes are taken over": lambda one, other: other.attrib.update(one.attrib),
    "one gets an Id": lambda one, _: one.set("Id", "signed-properties"),
    "names are swapped": _swap_names,
}


STEPS = st.lists(
    st.tuples(st.sampled_from(list(BENDS.values())), st.integers(0, 999), st.integers(0, 999)),
    min_size=1,
    max_size=3,
)


@fuzzed(150)
@given(steps=STEPS)
def test_sig_7_elements_moved_copied_or_renamed_are_never_believed_with_other_content(
    steps: list[tuple[Bend, int, int]],
) -> None:
    genuine = genuine_of(FeedKind.XML)
    root = parse(genuine.sealed.document, Limits())
    for bend, first, second in steps:
        elements = list(root.iter())
        one, other = elements[first % len(elements)], elements[second % len(elements)]
        # A parent does not fit into its own child.
        if one in other.iterancestors():
            one, other = other, one
        bend(one, other)
    assert read_list(genuine, etree.tostring(root), ()) in (None, genuine.content)


@fuzzed(120)
@given(
    payload=st.integers(0, 2),
    kind=st.sampled_from(["", "application/vnd.mra-gateway.list.v1+protobuf", "text/plain", None]),
    signatures=st.lists(st.tuples(st.integers(0, 2), mutations() | st.none()), max_size=3),
    rest=st.binary(max_size=12),
)
def test_sig_3_an_envelope_put_together_anew_is_never_believed_with_other_content(
    payload: int,
    kind: str | None,
    signatures: list[tuple[int, Mutation | None]],
    rest: bytes,
) -> None:
    genuine = genuine_of(FeedKind.GRPC)
    parts = [
        envelope_pb2.Envelope.FromString(document)
        for document in (genuine.sealed.head, genuine.other.head, genuine.sealed_answer)
    ]
    made = envelope_pb2.Envelope(
        payload=parts[payload].payload,
        payload_type=parts[payload].payload_type if kind is None else kind,
    )
    for number, mutation in signatures:
        signature = made.signatures.add()
        signature.CopyFrom(parts[number].signatures[0])
        if mutation is not None:
            signature.sig = mutation(signature.sig)
    document = made.SerializeToString() + rest
    believed = read_list(genuine, document, genuine.sealed.chunks)
    assert believed in (None, genuine.content)
