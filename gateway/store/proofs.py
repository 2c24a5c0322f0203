"""Buckets of the accepted state, with the signed heads that vouch for it (STA-5)."""

from sqlalchemy import Connection, insert, select

from gateway.domain.lists import Stream
from gateway.domain.state import StateTree
from gateway.ports.proofs import OpenBucket
from gateway.store.base_states import read_base
from gateway.store.bulk import batches
from gateway.store.database import Database
from gateway.store.registry_state import read_head
from gateway.store.schema import operator_versions
from gateway.store.schema_proofs import received_heads
from gateway.store.streams import find_stream


class BucketsOfStates:
    """`ports.proofs.StateProofs` on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep_head(self, stream: Stream, list_digest: str, document: bytes) -> None:
        """Keep the signed head of a list, the first that came; nothing for an unknown stream.

        Raises:
            ConflictError: Another process keeps the same head just now.
            DatabaseUnavailableError: Nothing was written.
            StoreError: Nothing was written.
        """
        # Read first: a poll each minute shall not write, nor wait for those that do.
        with self._database.read() as connection:
            row = find_stream(connection, stream)
            if row is None or _document(connection, row.id, list_digest) is not None:
                return
        with self._database.write() as connection:
            if _document(connection, row.id, list_digest) is None:
                values = {"stream_id": row.id, "list_digest": list_digest, "document": document}
                connection.execute(insert(received_heads).values(values))

    def open_bucket(self, stream: Stream, number: int) -> OpenBucket | None:
        """Return a bucket of the accepted state, all of one moment; none if nothing is accepted.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: It answers with an error.
        """
        with self._database.read() as connection:
            row = find_stream(connection, stream)
            head = None if row is None else read_head(connection, row.id)
            if row is None or head is None:
                return None
            base = read_base(connection, row.id, head.header.quantity, [number])
            bucket = base.buckets.get(number)
            ids = [] if bucket is None else list(bucket.members())
            return OpenBucket(
                head=head,
                document=_document(connection, row.id, head.list_digest),
                members=_canonical(connection, row.id, ids),
                siblings=StateTree(base.tree).siblings(number),
            )


def _document(connection: Connection, stream_id: int, list_digest: str) -> bytes | None:
    document: bytes | None = connection.execute(
        select(received_heads.c.document).where(
            received_heads.c.stream_id == stream_id, received_heads.c.list_digest == list_digest
        )
    ).scalar_one_or_none()
    return document


def _canonical(connection: Connection, stream_id: int, ids: list[str]) -> tuple[bytes, ...]:
    table = operator_versions.c
    found: dict[str, bytes] = {}
    for batch in batches(ids):
        rows = select(table.operator_id, table.canonical).where(
            table.stream_id == stream_id,
            table.replaced_by.is_(None),
            table.operator_id.in_(batch),
        )
        found.update(connection.execute(rows).all())
    return tuple(found[one] for one in ids)
