"""Reading the index of a stream from the registry: as it is now, or as it was."""

from collections.abc import Iterable

from gateway.domain.decisions import AcceptedHead
from gateway.domain.lists import Stream
from gateway.ports.registry import CurrentLists, RegisteredOperator
from gateway.services.pacing import Rest, no_rest, slices
from gateway.services.packed_records import LEAF
from gateway.services.stream_index import StreamIndex, block_of, make_index

ATTEMPTS = 3
"""A list that moves while it is read is read again; more often than this, at the next refresh."""
AT_MOST = 50_000
"""Changes that are read one by one into memory; beyond it the list is streamed whole."""


def read_index(
    registry: CurrentLists,
    stream: Stream,
    old: StreamIndex | None = None,
    *,
    rest: Rest = no_rest,
) -> StreamIndex | None:
    """Read the accepted list of a stream; none if it moved during every attempt.

    Args:
        registry: Where it is.
        stream: Whose.
        old: The index of an earlier list: then only what changed since is read, if it can be.
        rest: Called between slices of work that lookups out of `old` would have to wait for.

    Raises:
        DatabaseUnavailableError: The database does not answer.
        UnreadableRecordError: What is stored of this stream is not what the registry writes.
    """
    for _ in range(ATTEMPTS):
        head = registry.find_head(stream)
        index = _read(registry, stream, head, old, rest).under(registry.restricted(stream).keys())
        if registry.find_head(stream) == head:
            return index
    return None


def index_of(head: AcceptedHead | None, operators: Iterable[RegisteredOperator]) -> StreamIndex:
    """Make the index of a list from its operators one by one, in byte order of id.

    Raises:
        UnreadableRecordError: An operator is not what the registry writes.
    """
    return make_index(head, map(block_of, slices(operators, LEAF)))


def _read(
    registry: CurrentLists,
    stream: Stream,
    head: AcceptedHead | None,
    old: StreamIndex | None,
    rest: Rest,
) -> StreamIndex:
    if head is None:
        return make_index(head, ())
    if old is not None and old.head is not None:
        since = old.head.number
        if old.head == head:
            return old
        if since < head.number and registry.count_since(stream, since) <= AT_MOST:
            return old.amended(head, registry.operators_since(stream, since), rest=rest)
    return make_index(head, registry.operator_blocks(stream, LEAF))
