"""What is read before a list is decided on."""

from datetime import datetime

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, case, func, select

from gateway.domain.acknowledgements import Acknowledgement, Outcome, SealedAcknowledgement
from gateway.domain.decisions import AcceptedHead, AcceptedState, Incoming, SeenList
from gateway.domain.lists import ListHeader
from gateway.store.bulk import read_pairs
from gateway.store.json_text import from_json
from gateway.store.schema import (
    accepted_lists,
    acknowledgements,
    holds,
    operator_versions,
    seen_documents,
    seen_lists,
)
from gateway.store.streams import StreamRow, find_stream


class Stored(Struct, frozen=True, kw_only=True):
    """Current operators by id: their digests, and the marks of those that are unusable.

    Two flat maps and not a tuple an operator: a hundred thousand tuples more, and the garbage
    collector walks the whole incoming list again and again.
    """

    digests: dict[str, bytes]
    marks: dict[str, str]


class Basis(Struct, frozen=True, kw_only=True):
    """The state that is decided on, with what the writing needs besides."""

    state: AcceptedState
    row: StreamRow | None
    """Read first: if anything moved after it, compare and set fails."""
    known_document: bool
    known_from: datetime | None
    """Since when the accepted list is known."""


def read_basis(connection: Connection, incoming: Incoming) -> Basis:
    """Read all that a decision on this list may depend on."""
    header = incoming.list.header
    stream = header.stream
    row = find_stream(connection, stream)
    if row is None:
        state = AcceptedState(stream=stream, head=None, seen=None, seen_previous=None)
        return Basis(state=state, row=None, known_document=False, known_from=None)
    state = AcceptedState(
        stream=stream,
        head=read_head(connection, row.id),
        seen=_find_seen(
            connection, row.id, header.sequence, seen_lists.c.list_digest == incoming.list_digest
        ),
        seen_previous=_find_seen(
            connection,
            row.id,
            header.sequence - 1,
            seen_lists.c.outcome == Outcome.APPLIED.value,
        ),
        held_since=connection.execute(
            select(func.min(holds.c.held_at)).where(
                holds.c.stream_id == row.id, holds.c.ended_at.is_(None)
            )
        ).scalar_one(),
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
    )


def read_head(connection: Connection, stream_id: int) -> AcceptedHead | None:
    """Return the accepted list, or none."""
    row = connection.execute(
        select(
            accepted_lists.c.header,
            accepted_lists.c.list_digest,
            accepted_lists.c.received_at,
            accepted_lists.c.signer,
        )
        .where(accepted_lists.c.stream_id == stream_id)
        .order_by(accepted_lists.c.sequence.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else head_from_columns(*row)


def head_from_columns(
    header: str, list_digest: str, received_at: datetime, signer: str
) -> AcceptedHead:
    """Build a head from its columns."""
    return AcceptedHead(
        header=from_json(header, ListHeader),
        list_digest=list_digest,
        received_at=received_at,
        signer=signer,
    )


def sealed_from_columns(body: str, document: bytes) -> SealedAcknowledgement:
    """Build an acknowledgement from its columns."""
    return SealedAcknowledgement(
        acknowledgement=from_json(body, Acknowledgement), document=document
    )


def read_operators(connection: Connection, stream_id: int) -> Stored:
    """Return digest and mark of every operator of the accepted list."""
    current = (
        operator_versions.c.stream_id == stream_id,
        operator_versions.c.replaced_by.is_(None),
    )
    of_all = select(operator_versions.c.operator_id, operator_versions.c.digest).where(*current)
    of_marked = select(operator_versions.c.operator_id, operator_versions.c.unusable).where(
        *current, operator_versions.c.unusable.is_not(None)
    )
    marks = {row.operator_id: row.unusable for row in connection.execute(of_marked)}
    return Stored(digests=read_pairs(connection, of_all), marks=marks)


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
