"""Lists that home has issued, kept and served byte for byte (PUB-4)."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, insert, select

from gateway.domain.documents import Packaging, SealedList
from gateway.domain.errors import ConflictError
from gateway.domain.lists import ListHeader, Stream
from gateway.domain.parties import Actor
from gateway.ports.publications import Publication
from gateway.store.audit_chain import append_event
from gateway.store.bulk import insert_rows
from gateway.store.database import Database
from gateway.store.json_text import from_json, to_json
from gateway.store.schema import publication_chunks, publications
from gateway.store.streams import StreamRow, find_stream, move_stream, raise_version


class IssuedLists:
    """`ports.publications.Publications` on a database."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def newest(self, stream: Stream) -> ListHeader | None:
        """Return the header of the list issued last, or none.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: It answers with an error.
        """
        with self._database.read() as connection:
            return _newest(connection, find_stream(connection, stream))

    def newest_full(self, stream: Stream) -> ListHeader | None:
        """Return the header of the FULL issued last, or none.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: It answers with an error.
        """
        # As `to_json` writes it.
        is_full = publications.c.header.contains('"kind":"FULL"')
        with self._database.read() as connection:
            return _newest(connection, find_stream(connection, stream), is_full)

    def issue(self, publication: Publication, actor: Actor) -> None:
        """Keep a new list: its sequence must be the newest plus one (SEQ-1). Audited.

        Raises:
            ConflictError: The sequence exists already; nothing was written.
            DatabaseUnavailableError: Nothing was written.
            StoreError: Nothing was written.
        """
        header, sealed = publication.header, publication.sealed
        with self._database.write() as connection:
            row = find_stream(connection, header.stream)
            _require_next(header, _newest(connection, row))
            stream_id = move_stream(connection, header.stream, row)
            connection.execute(
                insert(publications).values(
                    stream_id=stream_id,
                    sequence=header.sequence,
                    header=to_json(header),
                    list_digest=publication.list_digest,
                    packaging=sealed.packaging.value,
                    document=sealed.document,
                    head=sealed.head,
                )
            )
            insert_rows(
                connection,
                publication_chunks,
                ("stream_id", "sequence", "number", "content"),
                (
                    (stream_id, header.sequence, number, content)
                    for number, content in enumerate(sealed.chunks)
                ),
            )
            # Those who watch for heads look again, in every process (EXC-5).
            raise_version(connection)
            append_event(
                connection,
                action="list.issued",
                subject=str(header.stream),
                facts={
                    "sequence": str(header.sequence),
                    "list_digest": publication.list_digest,
                    "quantity": str(header.quantity),
                },
                actor=actor,
                at=self._clock(),
            )

    def find(self, stream: Stream, sequence: int, packaging: Packaging) -> SealedList | None:
        """Return the sealed bytes of one list as they were issued (PUB-4), or none.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: It answers with an error.
        """
        with self._database.read() as connection:
            stream_row = find_stream(connection, stream)
            if stream_row is None:
                return None
            row = connection.execute(
                select(publications.c.document, publications.c.head).where(
                    publications.c.stream_id == stream_row.id,
                    publications.c.sequence == sequence,
                    publications.c.packaging == packaging.value,
                )
            ).one_or_none()
            if row is None:
                return None
            chunks = connection.execute(
                select(publication_chunks.c.content)
                .where(
                    publication_chunks.c.stream_id == stream_row.id,
                    publication_chunks.c.sequence == sequence,
                )
                .order_by(publication_chunks.c.number)
            ).scalars()
            return SealedList(
                packaging=packaging, document=row.document, chunks=tuple(chunks), head=row.head
            )

    def find_head(self, stream: Stream, sequence: int, packaging: Packaging) -> bytes | None:
        """Return the signed head of one list, or none; the body is not read.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: It answers with an error.
        """
        with self._database.read() as connection:
            stream_row = find_stream(connection, stream)
            if stream_row is None:
                return None
            head: bytes | None = connection.execute(
                select(publications.c.head).where(
                    publications.c.stream_id == stream_row.id,
                    publications.c.sequence == sequence,
                    publications.c.packaging == packaging.value,
                )
            ).scalar_one_or_none()
            return head


def _newest(
    connection: Connection, row: StreamRow | None, *conditions: ColumnElement[bool]
) -> ListHeader | None:
    if row is None:
        return None
    header = connection.execute(
        select(publications.c.header)
        .where(publications.c.stream_id == row.id, *conditions)
        .order_by(publications.c.sequence.desc())
        .limit(1)
    ).scalar_one_or_none()
    return None if header is None else from_json(header, ListHeader)


def _require_next(header: ListHeader, newest: ListHeader | None) -> None:
    expected = 1 if newest is None else newest.sequence + 1
    # SEQ-1: a sequence has exactly one list, and none is left out
    if header.sequence != expected:
        raise ConflictError(
            f"list {header.sequence} of stream {header.stream} cannot be issued: "
            f"the next one is {expected}",
            context={"sequence": str(header.sequence), "expected": str(expected)},
        )
