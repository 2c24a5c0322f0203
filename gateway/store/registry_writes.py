"""What is written when a list was decided on. Every function runs in the one transaction."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import sha256

from msgspec import Struct
from sqlalchemy import Connection, Table, Update, bindparam, insert, select, update

from gateway.domain.acknowledgements import Reason, SealedAcknowledgement
from gateway.domain.decisions import Incoming, Refuse
from gateway.domain.deliveries import DeliveryState, Kind, Movement
from gateway.domain.errors import ConflictError
from gateway.domain.grounds import Ground
from gateway.domain.lists import ListHeader
from gateway.domain.members import Bucket, is_active
from gateway.store.bulk import batches, insert_rows
from gateway.store.column_types import epoch_seconds
from gateway.store.differences import Differences
from gateway.store.json_text import to_json
from gateway.store.registry_state import sealed_from_columns
from gateway.store.schema import (
    accepted_lists,
    acknowledgements,
    operator_versions,
    seen_documents,
    seen_lists,
    state_buckets,
    state_trees,
)
from gateway.store.schema_deliveries import transmissions

_VERSION_COLUMNS = (
    "stream_id", "operator_id", "number", "canonical", "active", "unusable", "known_from",
)  # fmt: skip


class Coming(Struct, frozen=True, kw_only=True):
    """A state that comes into force: the list that brings it, its number and its moment."""

    header: ListHeader
    list_digest: str
    document_digest: str
    received_at: datetime
    signer: str
    grounds: tuple[Ground, ...]
    rulebook: str
    number: int
    known_from: datetime


def write_head(connection: Connection, stream_id: int, coming: Coming, version: int) -> None:
    """Make the list the accepted one; the one before it ends at the same moment."""
    connection.execute(
        update(accepted_lists)
        .where(accepted_lists.c.stream_id == stream_id, accepted_lists.c.known_until.is_(None))
        .values(known_until=coming.known_from)
    )
    connection.execute(
        insert(accepted_lists).values(
            stream_id=stream_id,
            number=coming.number,
            sequence=coming.header.sequence,
            header=to_json(coming.header),
            list_digest=coming.list_digest,
            document_digest=coming.document_digest,
            received_at=coming.received_at,
            signer=coming.signer,
            grounds=to_json(coming.grounds),
            rulebook=coming.rulebook,
            known_from=coming.known_from,
            version=version,
        )
    )


def write_operators(
    connection: Connection, stream_id: int, differences: Differences, coming: Coming
) -> None:
    """End the versions that end, then add those that come: there is one current at a time.

    Raises:
        ConflictError: A version that should end has ended already.
    """
    again = list(_stored(connection, stream_id, differences.marked_anew))
    ended = 0
    for batch in batches(differences.ending):
        result = connection.execute(
            update(operator_versions)
            .where(
                operator_versions.c.stream_id == stream_id,
                operator_versions.c.replaced_by.is_(None),
                operator_versions.c.operator_id.in_(batch),
            )
            .values(replaced_by=coming.number, known_until=coming.known_from)
        )
        ended += result.rowcount
    if ended != len(differences.ending):
        raise ConflictError("another process changed the operators meanwhile")
    rows = [
        *((one.operator.id, one.canonical, is_active(one.operator)) for one in differences.coming),
        *again,
    ]
    if rows:
        mark_of, since = differences.marks.get, epoch_seconds(coming.known_from)
        insert_rows(
            connection,
            operator_versions,
            _VERSION_COLUMNS,
            (
                (stream_id, one, coming.number, canonical, active, mark_of(one), since)
                for one, canonical, active in rows
            ),
        )


def _stored(
    connection: Connection, stream_id: int, ids: Sequence[str]
) -> Iterator[tuple[str, bytes, bool]]:
    table = operator_versions.c
    for batch in batches(ids):
        found = connection.execute(
            select(table.operator_id, table.canonical, table.active).where(
                table.stream_id == stream_id,
                table.replaced_by.is_(None),
                table.operator_id.in_(batch),
            )
        )
        yield from found.all()


def write_state(
    connection: Connection, stream_id: int, tree: Sequence[bytes], buckets: Mapping[int, Bucket]
) -> None:
    """Keep the state as the next list will be laid over it."""
    whole = b"".join(tree)
    moved = connection.execute(
        update(state_trees).where(state_trees.c.stream_id == stream_id).values(tree=whole)
    )
    if moved.rowcount == 0:
        connection.execute(insert(state_trees).values(stream_id=stream_id, tree=whole))
    write_buckets(connection, state_buckets, update(state_buckets), stream_id, buckets)


def write_buckets(
    connection: Connection, table: Table, change: Update, owner: int, buckets: Mapping[int, Bucket]
) -> None:
    """Keep buckets of a state, those that are there already and those that are not.

    Args:
        connection: In the one transaction.
        table: Where buckets are kept; its first column is the key of their owner.
        change: The bare `update` of that table.
        owner: The key.
        buckets: By number.
    """
    if not buckets:
        return
    key = table.columns[0]
    numbers = select(table.c.number).where(key == owner)
    there = {
        number
        for batch in batches(buckets)
        for number in connection.execute(numbers.where(table.c.number.in_(batch))).scalars()
    }
    old = [
        {"of": owner, "at": number, "new_ids": bucket.ids, "new_records": bucket.records}
        for number, bucket in buckets.items()
        if number in there
    ]
    if old:
        mine = change.where(key == bindparam("of"), table.c.number == bindparam("at"))
        connection.execute(
            mine.values(ids=bindparam("new_ids"), records=bindparam("new_records")), old
        )
    insert_rows(
        connection,
        table,
        (key.name, "number", "ids", "records"),
        (
            (owner, number, bucket.ids, bucket.records)
            for number, bucket in buckets.items()
            if number not in there
        ),
    )


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


def reason_codes(reasons: Sequence[Reason]) -> str:
    """Return the codes of the reasons for the audit trail, each once."""
    return ",".join(dict.fromkeys(reason.code for reason in reasons))


def is_transient(decision: object) -> bool:
    """Tell whether the list will be judged afresh when it comes again."""
    return isinstance(decision, Refuse) and decision.transient
