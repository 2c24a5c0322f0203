"""Original bytes as they came, kept before they are believed (SIG-8)."""

from sqlalchemy import Connection, insert, select, update

from gateway.domain.documents import Unverified
from gateway.domain.errors import ConflictError
from gateway.domain.lists import Stream
from gateway.ports.evidence import EvidenceItem, EvidenceNote
from gateway.store.bulk import insert_rows
from gateway.store.database import Database
from gateway.store.json_text import from_json, to_json
from gateway.store.schema import evidence, evidence_chunks, seen_documents
from gateway.store.streams import find_stream


class EvidenceLocker:
    """`ports.evidence.Evidence` in tables of the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, item: EvidenceItem) -> None:
        """Keep a document: the same bytes of one partner once, with the last verdict.

        Raises:
            DatabaseUnavailableError: Nothing was written.
            StoreError: Nothing was written.
        """
        try:
            self._write(item)
        except ConflictError:
            # The same bytes came twice at once: now they are there.
            self._write(item)

    def _write(self, item: EvidenceItem) -> None:
        with self._database.write() as connection:
            if not _judge_again(connection, item):
                _add(connection, item)

    def find(self, digest: str) -> EvidenceItem | None:
        """Return a kept document, or none; of two partners that sent the same, the first.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: It answers with an error.
        """
        with self._database.read() as connection:
            row = connection.execute(
                select(evidence).where(evidence.c.digest == digest).order_by(evidence.c.id).limit(1)
            ).one_or_none()
            if row is None:
                return None
            chunks = connection.execute(
                select(evidence_chunks.c.content)
                .where(evidence_chunks.c.evidence_id == row.id)
                .order_by(evidence_chunks.c.number)
            ).scalars()
            return EvidenceItem(
                digest=row.digest,
                partner=row.partner,
                packaging=row.packaging,
                document=Unverified(document=row.document, chunks=tuple(chunks)),
                received_at=row.received_at,
                chain=from_json(row.chain, tuple[str, ...]),
                revocation_lists=from_json(row.revocation_lists, tuple[str, ...]),
                verdict=row.verdict,
            )

    def digests_of(self, stream: Stream, sequence: int) -> list[str]:
        """Return the digests of the documents that were seen as one list, in no order.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: It answers with an error.
        """
        with self._database.read() as connection:
            stream_row = find_stream(connection, stream)
            if stream_row is None:
                return []
            rows = connection.execute(
                select(seen_documents.c.document_digest).where(
                    seen_documents.c.stream_id == stream_row.id,
                    seen_documents.c.sequence == sequence,
                )
            )
            return list(rows.scalars())

    def notes(self, partner: str) -> list[EvidenceNote]:
        """Return what is kept of a partner, newest first.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: It answers with an error.
        """
        with self._database.read() as connection:
            rows = connection.execute(
                select(
                    evidence.c.digest,
                    evidence.c.packaging,
                    evidence.c.received_at,
                    evidence.c.verdict,
                )
                .where(evidence.c.partner == partner)
                .order_by(evidence.c.id.desc())
            )
            return [EvidenceNote(**row._mapping) for row in rows]  # noqa: SLF001 - SQLAlchemy's public name


def _judge_again(connection: Connection, item: EvidenceItem) -> bool:
    """Write the newest verdict, and what it rests on, beside bytes that are kept already."""
    updated = connection.execute(
        update(evidence)
        .where(evidence.c.partner == item.partner, evidence.c.digest == item.digest)
        .values(
            chain=to_json(item.chain),
            revocation_lists=to_json(item.revocation_lists),
            verdict=item.verdict,
        )
    )
    return updated.rowcount == 1


def _add(connection: Connection, item: EvidenceItem) -> None:
    key: int = connection.execute(
        insert(evidence)
        .values(
            partner=item.partner,
            digest=item.digest,
            packaging=item.packaging,
            document=item.document.document,
            received_at=item.received_at,
            chain=to_json(item.chain),
            revocation_lists=to_json(item.revocation_lists),
            verdict=item.verdict,
        )
        .returning(evidence.c.id)
    ).scalar_one()
    insert_rows(
        connection,
        evidence_chunks,
        ("evidence_id", "number", "content"),
        ((key, number, content) for number, content in enumerate(item.document.chunks)),
    )
