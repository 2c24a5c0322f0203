"""Decoders behind the signature: a partner may sign nonsense, and nonsense is refused as declared.

The XML decoders of lists and acknowledgements have theirs in `tests/unit/exchange/xml_feed`.
"""

from collections.abc import Callable
from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.canonical import header_canonical, list_operator
from gateway.domain.errors import DocumentError
from gateway.domain.lists import StatusList
from gateway.domain.profiles import Limits
from gateway.exchange.grpc_feed.acknowledgement_codec import (
    acknowledgement_from_pb,
    acknowledgement_to_pb,
)
from gateway.exchange.grpc_feed.codec import (
    changes_from_pb,
    chunks_to_pb,
    header_from_pb,
    header_to_pb,
    operators_from_pb,
)
from gateway.exchange.grpc_feed.envelope_codec import envelope_from_bytes, envelope_to_bytes
from gateway.exchange.grpc_feed.fields import parse
from gateway.exchange.xml_feed.codec import head_to_xml, header_from_xml
from gateway.exchange.xml_feed.schema import SchemaName
from gateway.pb.mra.types.v1 import acknowledgement_pb2, list_pb2
from gateway.trust.dsse import Envelope, EnvelopeSignature
from gateway.trust.xml_parsing import parse as parse_xml
from tests.fakes.mutations import Mutation, fuzzed, mutations
from tests.fakes.sealed_lists import make_acknowledgement, make_header, make_operators

OPERATORS = make_operators(4)
HEADER = make_header(OPERATORS)
(CHUNK,) = chunks_to_pb(StatusList(HEADER, OPERATORS))
ENVELOPE = envelope_to_bytes(
    Envelope(
        payload=b"payload",
        payload_type="text/plain",
        signatures=(EnvelopeSignature(keyid="ab", signature=b"s", chain=(b"c",)),),
    )
)


def read_operators(content: bytes) -> None:
    """Read a chunk; what is let through has a canonical form that is the one it came with."""
    for listed in operators_from_pb(HEADER, [content], Limits().max_operators).operators:
        assert list_operator(listed.operator) == listed


def read_header(content: bytes) -> None:
    """Read a header; what is let through can be chained to."""
    assert header_canonical(header_from_pb(parse(list_pb2.ListHeader, content, "header")))


def read_answer(content: bytes) -> None:
    """Read an acknowledgement; what is let through is written and read again as the same."""
    answer = acknowledgement_from_pb(
        parse(acknowledgement_pb2.Acknowledgement, content, "acknowledgement")
    )
    assert acknowledgement_from_pb(acknowledgement_to_pb(answer)) == answer


def read_envelope(content: bytes) -> None:
    """Read an envelope; what is let through is written and read again as the same."""
    envelope = envelope_from_bytes(content)
    assert envelope_from_bytes(envelope_to_bytes(envelope)) == envelope


def read_changes(content: bytes) -> None:
    changes_from_pb(HEADER, [content], Limits().max_operators)


def read_xml_head(content: bytes) -> None:
    """Read a head; what is let through can be chained to."""
    root = parse_xml(content, Limits())
    assert header_canonical(header_from_xml(root, SchemaName.HEAD, Limits()))


DECODERS: list[tuple[Callable[[bytes], None], bytes]] = [
    (read_operators, CHUNK),
    (read_changes, CHUNK),
    (read_header, header_to_pb(HEADER).SerializeToString()),
    (read_answer, acknowledgement_to_pb(make_acknowledgement()).SerializeToString()),
    (read_envelope, ENVELOPE),
    (read_xml_head, head_to_xml(HEADER)),
]


def test_the_genuine_documents_are_read() -> None:
    for decode, genuine in DECODERS:
        if decode is not read_changes:
            decode(genuine)


@fuzzed(300)
@given(decoder=st.sampled_from(DECODERS), mutation=mutations())
def test_acc_3_a_mutated_document_is_read_or_refused_as_declared(
    decoder: tuple[Callable[[bytes], None], bytes], mutation: Mutation
) -> None:
    decode, genuine = decoder
    with suppress(DocumentError):
        decode(mutation(genuine))


@fuzzed(100)
@given(content=st.binary(max_size=200))
def test_acc_3_any_bytes_are_read_or_refused_as_declared(content: bytes) -> None:
    for decode, _ in DECODERS:
        with suppress(DocumentError):
            decode(content)
