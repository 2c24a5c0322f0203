"""Lists and their headers to and from protobuf (sections 2 and 3)."""

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from itertools import islice
from types import MappingProxyType

from gateway.domain.canonical import list_operator
from gateway.domain.errors import SchemaViolationError, TooLargeError
from gateway.domain.field_rules import check_header, require_known_version
from gateway.domain.lists import (
    Action,
    Change,
    ListedOperator,
    ListHeader,
    ListKind,
    StatusList,
    Stream,
)
from gateway.domain.members import WIRE_BYTES, Record, wire_of
from gateway.exchange.grpc_feed.fields import (
    digest_from_pb,
    enum_from_pb,
    instant_from_pb,
    instant_to_pb,
    parse,
    require_known,
    violation,
)
from gateway.exchange.grpc_feed.operator_codec import operator_from_pb, operator_to_pb
from gateway.exchange.grpc_feed.operator_pieces import id_of, split_chunk
from gateway.pb.mra.types.v1 import list_pb2 as pb
from gateway.pb.mra.types.v1 import operator_pb2

CHUNK_OPERATORS = 1_000
CHUNK_BYTES = 3 * 1024**2
"""Below the 4 MiB that gRPC receives by default, with room for one operator of the largest size."""

NOBODY: Mapping[str, Record] = MappingProxyType({})

KIND_TO_PB: dict[ListKind, pb.ListKind] = {
    ListKind.FULL: pb.LIST_KIND_FULL,
    ListKind.DELTA: pb.LIST_KIND_DELTA,
}
KIND_FROM_PB = {int(number): kind for kind, number in KIND_TO_PB.items()}
ACTION_TO_PB: dict[Action, pb.Action] = {
    Action.ADD: pb.ACTION_ADD,
    Action.CHANGE: pb.ACTION_CHANGE,
    Action.REMOVE: pb.ACTION_REMOVE,
}
ACTION_FROM_PB = {int(number): action for action, number in ACTION_TO_PB.items()}


def stream_to_pb(stream: Stream) -> pb.Stream:
    """Write a stream."""
    return pb.Stream(
        issuer=stream.issuer,
        recipient=stream.recipient,
        agreement=stream.agreement,
        test=stream.test,
        epoch=stream.epoch,
    )


def stream_from_pb(message: pb.Stream) -> Stream:
    """Read a stream.

    Raises:
        SchemaViolationError: A part of it is missing.
    """
    # ACC-3: a stream is named in all its parts
    if not (message.issuer and message.recipient and message.agreement and message.epoch):
        raise violation("stream", "is not named in all its parts")
    return Stream(
        issuer=message.issuer,
        recipient=message.recipient,
        agreement=message.agreement,
        test=message.test,
        epoch=message.epoch,
    )


def header_to_pb(header: ListHeader) -> pb.ListHeader:
    """Write a header."""
    return pb.ListHeader(
        version=header.version,
        list_id=header.list_id,
        kind=KIND_TO_PB[header.kind],
        stream=stream_to_pb(header.stream),
        sequence=header.sequence,
        previous_digest=bytes.fromhex(header.previous_digest or ""),
        issued_at=instant_to_pb(header.issued_at),
        next_update_at=instant_to_pb(header.next_update_at),
        state_root=bytes.fromhex(header.state_root),
        quantity=header.quantity,
    )


def header_from_pb(message: pb.ListHeader) -> ListHeader:
    """Read a header.

    Raises:
        UnknownVersionError: It is written in a higher version than known here.
        SchemaViolationError: A field is missing, unspecified or out of its range.
    """
    # Before unknown fields are refused: it is a higher version that would bring them.
    require_known_version(message.version)
    require_known(message, "header")
    stream = stream_from_pb(message.stream)
    previous = message.previous_digest
    header = ListHeader(
        version=message.version,
        list_id=message.list_id,
        kind=enum_from_pb(KIND_FROM_PB, message.kind, "header.kind"),
        issuer=stream.issuer,
        recipient=stream.recipient,
        agreement=stream.agreement,
        test=stream.test,
        epoch=stream.epoch,
        sequence=message.sequence,
        previous_digest=digest_from_pb(previous, "previous_digest") if previous else None,
        issued_at=instant_from_pb(message, "issued_at"),
        next_update_at=instant_from_pb(message, "next_update_at"),
        state_root=digest_from_pb(message.state_root, "state_root"),
        quantity=message.quantity,
    )
    # ACC-3: the field rules that both adapters share
    check_header(header)
    return header


def chunks_to_pb(status_list: StatusList) -> Iterator[bytes]:
    """Serialise the operators or changes of a list once, in chunks that fit into a message each."""
    operators = (operator_to_pb(listed.operator) for listed in status_list.operators)
    while some := list(islice(operators, CHUNK_OPERATORS)):
        yield from _split(pb.OperatorChunk(operators=some))
    changes = map(_change_to_pb, status_list.changes)
    while some_changes := list(islice(changes, CHUNK_OPERATORS)):
        yield from _split(pb.OperatorChunk(changes=some_changes))


def _change_to_pb(change: Change) -> pb.Change:
    return pb.Change(
        action=ACTION_TO_PB[change.action],
        operator_id=change.operator_id,
        operator=None if change.listed is None else operator_to_pb(change.listed.operator),
    )


def _split(chunk: pb.OperatorChunk) -> Iterator[bytes]:
    count = len(chunk.operators) + len(chunk.changes)
    if count == 1 or chunk.ByteSize() <= CHUNK_BYTES:
        yield chunk.SerializeToString()
        return
    half = count // 2
    for part in (slice(half), slice(half, None)):
        yield from _split(
            pb.OperatorChunk(operators=chunk.operators[part], changes=chunk.changes[part])
        )


def operators_from_pb(
    header: ListHeader,
    chunks: Sequence[bytes],
    most: int,
    known: Mapping[str, Record] = NOBODY,
) -> StatusList:
    """Read the operators of a FULL list, in the order received.

    Args:
        header: Of the list.
        chunks: Verified bytes (SIG-3).
        most: The greatest number of operators.
        known: What is kept of the accepted operators; one in the same bytes is not read again.

    Raises:
        SchemaViolationError: A field breaks the rules, or the chunk holds changes.
        TooLargeError: Too many operators.
    """
    found: list[ListedOperator] = []
    order: list[str] = []
    wires: dict[str, bytes] = {}
    for number, chunk in enumerate(chunks):
        pieces = split_chunk(chunk)
        # ACC-3: a FULL list holds operators, and nothing else
        if pieces is None:
            raise _no_full(chunk, number)
        _require_chunk_room(len(pieces), number)
        require_room(len(order) + len(pieces), most)
        for piece in pieces:
            wire = sha256(piece).digest()[:WIRE_BYTES]
            operator_id = id_of(piece)
            kept = known.get(operator_id)
            # The same bytes were decoded, checked and stored before.
            if kept is not None and wire_of(kept) == wire:
                order.append(operator_id)
                continue
            listed = _listed(piece, number)
            operator_id = listed.operator.id
            order.append(operator_id)
            wires[operator_id] = wire
            found.append(listed)
    return StatusList(header, found, order=order, wires=wires)


def _listed(piece: bytes, number: int) -> ListedOperator:
    message = parse(operator_pb2.Operator, piece, f"chunk {number}")
    require_known(message, f"chunk {number}")
    try:
        return list_operator(operator_from_pb(message))
    except SchemaViolationError as error:
        raise _about(message.id, error) from error


def _no_full(chunk: bytes, number: int) -> SchemaViolationError:
    message = parse(pb.OperatorChunk, chunk, f"chunk {number}")
    require_known(message, f"chunk {number}")
    return violation("changes", "stand in a FULL list")


def changes_from_pb(header: ListHeader, chunks: Sequence[bytes], most: int) -> StatusList:
    """Read the changes of a DELTA list, in the order received.

    Raises:
        SchemaViolationError: A field breaks the rules, or the chunk holds whole operators.
        TooLargeError: Too many changes.
    """
    found: list[Change] = []
    wires: dict[str, bytes] = {}
    for number, chunk in enumerate(chunks):
        message = parse(pb.OperatorChunk, chunk, f"chunk {number}")
        require_known(message, f"chunk {number}")
        # ACC-3: a DELTA list holds changes only
        if message.operators:
            raise violation("operators", "stand in a DELTA list")
        _require_chunk_room(len(message.changes), number)
        require_room(len(found) + len(message.changes), most)
        for change in message.changes:
            found.append(_change_from_pb(change))
            if change.HasField("operator"):
                # As a FULL will carry it: written again as what was read, which is all that counts.
                piece = change.operator.SerializeToString()
                wires[change.operator_id] = sha256(piece).digest()[:WIRE_BYTES]
    return StatusList(header, changes=found, wires=wires)


def _change_from_pb(message: pb.Change) -> Change:
    action = enum_from_pb(ACTION_FROM_PB, message.action, "change.action")
    has_operator = message.HasField("operator")
    # ACC-3: a change carries the whole operator, a removal only its id
    if has_operator is (action is Action.REMOVE) or not message.operator_id:
        raise violation("change", "carries more or less than its action needs")
    if not has_operator:
        return Change(action, message.operator_id)
    # ACC-3: what is changed is what is named
    if message.operator.id != message.operator_id:
        raise violation("change.operator_id", "is not the operator's own")
    try:
        return Change(
            action, message.operator_id, list_operator(operator_from_pb(message.operator))
        )
    except SchemaViolationError as error:
        raise _about(message.operator_id, error) from error


def require_room(count: int, most: int) -> None:
    """Refuse more operators than the limit.

    Raises:
        TooLargeError: They are more.
    """
    # ACC-1: a list has at most so many operators
    if count > most:
        raise TooLargeError(f"more than {most} operators", context={"limit": str(most)})


def _require_chunk_room(count: int, number: int) -> None:
    # ACC-1: a chunk has at most so many operators
    if count > CHUNK_OPERATORS:
        raise TooLargeError(f"chunk {number} holds more than {CHUNK_OPERATORS} operators")


def _about(operator_id: str, error: SchemaViolationError) -> SchemaViolationError:
    context = {**error.context, "operator": operator_id}
    return SchemaViolationError(f"operator {operator_id!r}: {error.message}", context=context)
