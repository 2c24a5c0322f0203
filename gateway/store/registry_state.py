"""What is read before a list is decided on."""

from datetime import datetime

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, RowMapping, case, func, select

from gateway.domain.acknowledgements import Acknowledgement, Outcome, SealedAcknowledgement
from gateway.domain.decisions import AcceptedHead, AcceptedState, HeldHead, Incoming, SeenList
from gateway.domain.grounds import Ground
from gateway.domain.lists import ListHeader
from gateway.ports.registry import SpentList
from gateway.store.json_text import from_json
from gateway.store.schema import (
    accepted_lists,
    acknowledgements,
    held_lists,
    holds,
    seen_documents,
    seen_lists,
)
from gateway.store.streams import StreamRow, find_stream


class Basis(Struct, frozen=True, kw_only=True):
    """The state that is decided on, with what the writing needs besides."""

    state: AcceptedState
    row: StreamRow | None = None
    """Read first: if anything moved after it, compare and set fails."""
    known_document: bool = False
    known_from: datetime | None = None
    """Since when the accepted list is known."""
    hold_id: int | None = None
    """The open hold that a DELTA may join (ACC-13)."""
    stop_id: int | None = None
    """The open hold of the stream itself, which every list joins (ACC-6)."""


def read_basis(connection: Connection, incoming: Incoming) -> Basis:
    """Read all that a decision on this list may depend on, but for the state it is laid over."""
    header = incoming.list.header
    stream = header.stream
    row = find_stream(connection, stream)
    if row is None:
        state = AcceptedState(stream=stream, head=None, seen=None, seen_previous=None)
        return Basis(
            state=state, row=None, known_document=False, known_from=None, hold_id=None, stop_id=None
        )
    head = read_head(connection, row.id)
    hold_id, held = find_held(connection, row.id)
    stop_id, stopped_since = find_stop(connection, row.id)
    state = AcceptedState(
        stream=stream,
        head=head,
        seen=_find_seen(
            connection, row.id, header.sequence, seen_lists.c.list_digest == incoming.list_digest
        ),
        seen_previous=_find_seen(
            connection,
            row.id,
            header.sequence - 1,
            seen_lists.c.outcome == Outcome.APPLIED.value,
        ),
        held_since=stopped_since,
        held=held,
        rejected_roots=_rejected_roots(connection, row.id, head),
        spent=0 if (spent := read_spent(connection, row.id)) is None else spent.sequence,
        floor=row.floor,
        reopened=_is_reopened(connection, row.id, head),
    )
    return Basis(
        state=state,
        row=row,
        known_document=_is_known(connection, row.id, incoming.document_digest),
        known_from=connection.execute(
            select(func.max(accepted_lists.c.known_from)).where(
                accepted_lists.c.stream_id == row.id
            )
        ).scalar_one(),
        hold_id=hold_id,
        stop_id=stop_id,
    )


def find_stop(connection: Connection, stream_id: int) -> tuple[int | None, datetime | None]:
    """Return the open hold of the stream itself, with its beginning."""
    row = connection.execute(
        select(holds.c.id, holds.c.held_at)
        .where(holds.c.stream_id == stream_id, holds.c.ended_at.is_(None), holds.c.tree.is_(None))
        .order_by(holds.c.id)
        .limit(1)
    ).one_or_none()
    return (None, None) if row is None else (row.id, row.held_at)


def find_held(connection: Connection, stream_id: int) -> tuple[int | None, HeldHead | None]:
    """Return the open hold of a list, with the newest list in it."""
    row = connection.execute(
        select(holds.c.id, held_lists.c.header, held_lists.c.list_digest)
        .join(held_lists, held_lists.c.hold_id == holds.c.id)
        .where(
            holds.c.stream_id == stream_id, holds.c.ended_at.is_(None), holds.c.tree.is_not(None)
        )
        .order_by(holds.c.id.desc(), held_lists.c.sequence.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return None, None
    return row.id, HeldHead(header=from_json(row.header, ListHeader), list_digest=row.list_digest)


def _rejected_roots(
    connection: Connection, stream_id: int, head: AcceptedHead | None
) -> frozenset[str]:
    since = 0 if head is None else head.header.sequence
    rejected = connection.execute(
        select(held_lists.c.header)
        .join(holds, holds.c.id == held_lists.c.hold_id)
        .where(
            holds.c.stream_id == stream_id,
            holds.c.ending == Outcome.REJECTED.value,
            holds.c.tree.is_not(None),
            held_lists.c.sequence > since,
        )
    ).scalars()
    return frozenset(from_json(header, ListHeader).state_root for header in rejected)


def _is_reopened(connection: Connection, stream_id: int, head: AcceptedHead | None) -> bool:
    """Tell whether the stream itself waited for an officer since the accepted list, and goes on."""
    found = connection.execute(
        select(holds.c.id)
        .where(
            holds.c.stream_id == stream_id,
            holds.c.tree.is_(None),
            holds.c.ended_at.is_not(None),
            holds.c.over == (0 if head is None else head.number),
        )
        .limit(1)
    ).one_or_none()
    return found is not None


def read_spent(connection: Connection, stream_id: int) -> SpentList | None:
    """Return the list with the highest sequence that was held, or none."""
    row = connection.execute(
        select(held_lists.c.sequence, held_lists.c.list_digest)
        .join(holds, holds.c.id == held_lists.c.hold_id)
        .where(holds.c.stream_id == stream_id)
        .order_by(held_lists.c.sequence.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    return SpentList(sequence=row.sequence, list_digest=row.list_digest)


def read_head(connection: Connection, stream_id: int) -> AcceptedHead | None:
    """Return the accepted list, or none."""
    found = connection.execute(
        select(
            accepted_lists.c.header,
            accepted_lists.c.list_digest,
            accepted_lists.c.received_at,
            accepted_lists.c.signer,
            accepted_lists.c.grounds,
            accepted_lists.c.number,
        )
        .where(accepted_lists.c.stream_id == stream_id)
        .order_by(accepted_lists.c.number.desc())
        .limit(1)
    )
    row = found.mappings().one_or_none()
    return None if row is None else head_from_columns(row)


def head_from_columns(row: RowMapping) -> AcceptedHead:
    """Build a head from its columns."""
    return AcceptedHead(
        header=from_json(row["header"], ListHeader),
        list_digest=row["list_digest"],
        received_at=row["received_at"],
        signer=row["signer"],
        grounds=from_json(row["grounds"], tuple[Ground, ...]),
        number=row["number"],
    )


def sealed_from_columns(body: str, document: bytes) -> SealedAcknowledgement:
    """Build an acknowledgement from its columns."""
    return SealedAcknowledgement(
        acknowledgement=from_json(body, Acknowledgement), document=document
    )


def _find_seen(
    connection: Connection, stream_id: int, sequence: int, preferred: ColumnElement[bool]
) -> SeenList | None:
    """Return what was seen with a sequence: the preferred list, else the first that came.

    After an equivocation there are several. Each keeps its own answer (ACC-5), and a successor is
    held against the one that was applied (ACC-6).
    """
    row = connection.execute(
        select(
            seen_lists.c.sequence,
            seen_lists.c.list_digest,
            seen_lists.c.transient,
            acknowledgements.c.body,
            acknowledgements.c.document,
        )
        .join(acknowledgements, acknowledgements.c.id == seen_lists.c.acknowledgement_id)
        .where(seen_lists.c.stream_id == stream_id, seen_lists.c.sequence == sequence)
        .order_by(
            case((preferred, 0), else_=1),
            seen_lists.c.seen_at,
            seen_lists.c.acknowledgement_id,
        )
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    return SeenList(
        sequence=row.sequence,
        list_digest=row.list_digest,
        acknowledgement=sealed_from_columns(row.body, row.document),
        transient=row.transient,
    )


def _is_known(connection: Connection, stream_id: int, document_digest: str) -> bool:
    found = connection.execute(
        select(seen_documents.c.sequence).where(
            seen_documents.c.stream_id == stream_id,
            seen_documents.c.document_digest == document_digest,
        )
    ).one_or_none()
    return found is not None
