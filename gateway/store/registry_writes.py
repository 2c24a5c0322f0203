"""What is written when a list was decided on. Every function runs in the one transaction."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from hashlib import sha256

from sqlalchemy import Connection, insert, select, update

from gateway.domain.acknowledgements import Reason, SealedAcknowledgement
from gateway.domain.decisions import Hold, Incoming, Refuse
from gateway.domain.deliveries import DeliveryState, Kind, Movement
from gateway.domain.errors import ConflictError
from gateway.store.bulk import Cell, batches, insert_rows
from gateway.store.column_types import epoch_seconds
from gateway.store.differences import Differences
from gateway.store.json_text import to_json
from gateway.store.registry_state import sealed_from_columns
from gateway.store.schema import (
    accepted_lists,
    acknowledgements,
    holds,
    operator_versions,
    seen_documents,
    seen_lists,
    transmissions,
)

_VERSION_COLUMNS = (
    "stream_id", "operator_id", "sequence", "canonical", "digest", "unusable", "known_from",
)  # fmt: skip


def write_head(
    connection: Connection, stream_id: int, incoming: Incoming, known_from: datetime
) -> None:
    """Make the list the accepted one; the one before it ends at the same moment."""
    connection.execute(
        update(accepted_lists)
        .where(accepted_lists.c.stream_id == stream_id, accepted_lists.c.known_until.is_(None))
        .values(known_until=known_from)
    )
    connection.execute(
        insert(accepted_lists).values(
            stream_id=stream_id,
            sequence=incoming.list.header.sequence,
            header=to_json(incoming.list.header),
            list_digest=incoming.list_digest,
            document_digest=incoming.document_digest,
            received_at=incoming.received_at,
            signer=incoming.signer,
            known_from=known_from,
        )
    )


def write_operators(
    connection: Connection,
    stream_id: int,
    sequence: int,
    differences: Differences,
    known_from: datetime,
) -> None:
    """End the versions that end, then add those that come: there is one current at a time.

    Raises:
        ConflictError: A version that should end has ended already.
    """
    ended = 0
    for batch in batches(differences.ending):
        result = connection.execute(
            update(operator_versions)
            .where(
                operator_versions.c.stream_id == stream_id,
                operator_versions.c.replaced_by.is_(None),
                operator_versions.c.operator_id.in_(batch),
            )
            .values(replaced_by=sequence, known_until=known_from)
        )
        ended += result.rowcount
    if ended != len(differences.ending):
        raise ConflictError("another process changed the operators meanwhile")
    if differences.coming:
        rows = _version_rows(stream_id, sequence, differences, epoch_seconds(known_from))
        insert_rows(connection, operator_versions, _VERSION_COLUMNS, rows)


def write_acknowledgement(
    connection: Connection, stream_id: int, sealed: SealedAcknowledgement
) -> int:
    """Keep our signed answer and return its key."""
    key: int = connection.execute(
        insert(acknowledgements)
        .values(stream_id=stream_id, body=to_json(sealed.acknowledgement), document=sealed.document)
        .returning(acknowledgements.c.id)
    ).scalar_one()
    return key


def write_delivery(
    connection: Connection, stream_id: int, acknowledgement_id: int, now: datetime
) -> None:
    """Put our answer into the outbox, due at once."""
    body, document = connection.execute(
        select(acknowledgements.c.body, acknowledgements.c.document).where(
            acknowledgements.c.id == acknowledgement_id
        )
    ).one()
    connection.execute(
        insert(transmissions).values(
            stream_id=stream_id,
            kind=Kind.ACKNOWLEDGEMENT.value,
            movement=Movement.SENT.value,
            sequence=sealed_from_columns(body, document).acknowledgement.sequence,
            acknowledgement_id=acknowledgement_id,
            digest=sha256(document).hexdigest(),
            size=len(document),
            at=now,
            state=DeliveryState.WAITING.value,
            attempts=0,
            next_attempt_at=now,
        )
    )


def write_seen(
    connection: Connection,
    stream_id: int,
    incoming: Incoming,
    *,
    outcome: str,
    transient: bool,
    acknowledgement_id: int,
) -> None:
    """Note that the list was seen; one that was judged afresh keeps when it came first."""
    key = {
        "stream_id": stream_id,
        "sequence": incoming.list.header.sequence,
        "list_digest": incoming.list_digest,
    }
    values = {
        "outcome": outcome,
        "transient": transient,
        "acknowledgement_id": acknowledgement_id,
    }
    updated = connection.execute(update(seen_lists).filter_by(**key).values(values))
    if updated.rowcount == 0:
        connection.execute(insert(seen_lists).values(**key, **values, seen_at=incoming.received_at))


def write_document(connection: Connection, stream_id: int, incoming: Incoming) -> None:
    """Note which list these bytes are, so that they are known before they are opened (ACC-0)."""
    connection.execute(
        insert(seen_documents).values(
            stream_id=stream_id,
            document_digest=incoming.document_digest,
            sequence=incoming.list.header.sequence,
            list_digest=incoming.list_digest,
        )
    )


def write_hold(connection: Connection, stream_id: int, incoming: Incoming, hold: Hold) -> None:
    """Make the stream wait for an officer."""
    connection.execute(
        insert(holds).values(
            stream_id=stream_id,
            sequence=incoming.list.header.sequence,
            list_digest=incoming.list_digest,
            document_digest=incoming.document_digest,
            reasons=to_json(hold.reasons),
            held_at=incoming.received_at,
        )
    )


def end_holds(connection: Connection, stream_id: int, now: datetime) -> None:
    """End the waiting: whoever decided to apply a list has seen that the stream was held."""
    connection.execute(
        update(holds)
        .where(holds.c.stream_id == stream_id, holds.c.ended_at.is_(None))
        .values(ended_at=now)
    )


def reason_codes(reasons: Sequence[Reason]) -> str:
    """Return the codes of the reasons for the audit trail, each once."""
    return ",".join(dict.fromkeys(reason.code for reason in reasons))


def is_transient(decision: object) -> bool:
    """Tell whether the list will be judged afresh when it comes again."""
    return isinstance(decision, Refuse) and decision.transient


def _version_rows(
    stream_id: int, sequence: int, differences: Differences, known_from: int
) -> Iterator[tuple[Cell, ...]]:
    mark_of = differences.marks.get
    for listed in differences.coming:
        operator_id = listed.operator.id
        yield (
            stream_id,
            operator_id,
            sequence,
            listed.canonical,
            listed.digest,
            mark_of(operator_id),
            known_from,
        )
