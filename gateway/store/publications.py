"""Lists that home has issued, kept and served byte for byte (PUB-4)."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime

from sqlalchemy import Connection, insert, select

from gateway.domain.documents import Packaging, SealedList
from gateway.domain.errors import ConflictError, GoneError
from gateway.domain.lists import ListHeader, Stream
from gateway.domain.parties import Actor
from gateway.domain.publishing import Footing, IssuedState
from gateway.ports.issuing import Members, Publication, Transition
from gateway.ports.publications import Erased
from gateway.store import erasing, footing, issued_states, restores
from gateway.store.audit_chain import append_event
from gateway.store.bulk import insert_rows
from gateway.store.database import Database
from gateway.store.json_text import to_json
from gateway.store.schema import publication_chunks, publications
from gateway.store.streams import find_stream, move_stream, raise_version


class IssuedLists:
    """`ports.publications` and `ports.issuing` on a database."""

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
            row = find_stream(connection, stream)
            return None if row is None else footing.read_newest(connection, row.id)

    def newest_full(self, stream: Stream) -> ListHeader | None:
        """Return the header of the FULL issued last, or none.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: It answers with an error.
        """
        # As `to_json` writes it.
        is_full = publications.c.header.contains('"kind":"FULL"')
        with self._database.read() as connection:
            row = find_stream(connection, stream)
            return None if row is None else footing.read_newest(connection, row.id, is_full)

    def footing(self, stream: Stream) -> Footing:
        """Return what the stream's next list stands on; cheap.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: It answers with an error.
        """
        with self._database.read() as connection:
            row = find_stream(connection, stream)
            return Footing() if row is None else footing.read_footing(connection, row.id)

    def digests(self, stream: Stream) -> Mapping[str, bytes]:
        """Return the digest of each operator as the partner was told of it.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: It answers with an error.
        """
        with self._database.read() as connection:
            row = find_stream(connection, stream)
            return {} if row is None else issued_states.read_digests(connection, row.id)

    def buckets(self, stream: Stream, numbers: Collection[int]) -> tuple[bytes, Members]:
        """Return all bucket digests in one, and the operators of some buckets with theirs.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: Nothing was issued in the stream.
        """
        with self._database.read() as connection:
            row = find_stream(connection, stream)
            return issued_states.read_buckets(connection, row.id if row else 0, numbers)

    def issue(
        self, publication: Publication, actor: Actor, transition: Transition | None = None
    ) -> None:
        """Keep a new list: its sequence must be the newest plus one (SEQ-1). Audited.

        Raises:
            ConflictError: The sequence exists already; nothing was written.
            DatabaseUnavailableError: Nothing was written.
            StoreError: Nothing was written.
        """
        header, now = publication.header, self._clock()
        with self._database.write() as connection:
            row = find_stream(connection, header.stream)
            newest = None if row is None else footing.read_newest(connection, row.id)
            _require_next(header, newest, transition)
            stream_id = move_stream(connection, header.stream, row)
            _insert(connection, stream_id, publication)
            if transition is not None:
                issued_states.write(connection, stream_id, transition)
            restores.end(connection, stream_id, now)
            # Those who watch for heads look again, in every process (EXC-5).
            raise_version(connection)
            for action, facts in _events(publication, transition):
                append_event(
                    connection,
                    action=action,
                    subject=str(header.stream),
                    facts=facts,
                    actor=actor,
                    at=now,
                )

    def advance(self, stream: Stream, state: IssuedState, *, change: int, rules: str) -> None:
        """Note that up to this change, and under these rules, nothing moved for the partner.

        Raises:
            DatabaseUnavailableError: Nothing was written.
            StoreError: Nothing was written.
        """
        with self._database.write() as connection:
            row = find_stream(connection, stream)
            if row is not None:
                issued_states.advance(connection, row.id, state, change=change, rules=rules)

    def find(self, stream: Stream, sequence: int, packaging: Packaging) -> SealedList | None:
        """Return the sealed bytes of one list as they were issued (PUB-4), or none.

        Raises:
            GoneError: Its body was erased (PUB-7).
            DatabaseUnavailableError: The database does not answer.
            StoreError: It answers with an error.
        """
        with self._database.read() as connection:
            stream_row = find_stream(connection, stream)
            if stream_row is None:
                return None
            row = connection.execute(
                select(
                    publications.c.document, publications.c.head, publications.c.erased_at
                ).where(
                    publications.c.stream_id == stream_row.id,
                    publications.c.sequence == sequence,
                    publications.c.packaging == packaging.value,
                )
            ).one_or_none()
            if row is None:
                return None
            # PUB-7: what is left of an erased list is never served as a list
            if row.erased_at is not None:
                raise GoneError(
                    f"list {sequence} of stream {stream} was erased",
                    context={"sequence": str(sequence)},
                )
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

    def mark_restored(self, streams: Collection[Stream], actor: Actor, now: datetime) -> None:
        """Issue nothing in these streams before their partners were heard (PUB-6). Audited.

        Raises:
            DatabaseUnavailableError: Nothing was written.
            StoreError: Nothing was written.
        """
        with self._database.write() as connection:
            restores.begin(connection, streams, actor, now)

    def release(self, stream: Stream, actor: Actor, now: datetime) -> None:
        """Issue again in a stream whose partner cannot be heard (PUB-6). Audited.

        Raises:
            DatabaseUnavailableError: Nothing was written.
            StoreError: Nothing was written.
        """
        with self._database.write() as connection:
            restores.release(connection, stream, actor, now)

    def erase(
        self, issued_before: datetime, actor: Actor, now: datetime, *, dry_run: bool
    ) -> list[Erased]:
        """Erase bodies of lists older than that and than the last FULL of their stream (PUB-7).

        Raises:
            DatabaseUnavailableError: Nothing was erased.
            StoreError: Nothing was erased.
        """
        if dry_run:
            with self._database.read() as connection:
                return erasing.find_erasable(connection, issued_before)
        with self._database.write() as connection:
            found = erasing.find_erasable(connection, issued_before)
            erasing.erase(connection, found, actor, now)
            return found


def _insert(connection: Connection, stream_id: int, publication: Publication) -> None:
    header, sealed = publication.header, publication.sealed
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


def _require_next(
    header: ListHeader, newest: ListHeader | None, transition: Transition | None
) -> None:
    known = 0 if newest is None else newest.sequence
    expected = max(known, transition.follows if transition else 0) + 1
    # SEQ-1: a sequence has exactly one list, and none is left out
    if header.sequence != expected:
        raise ConflictError(
            f"list {header.sequence} of stream {header.stream} cannot be issued: "
            f"the next one is {expected}",
            context={"sequence": str(header.sequence), "expected": str(expected)},
        )


def _events(
    publication: Publication, transition: Transition | None
) -> list[tuple[str, Mapping[str, str]]]:
    header = publication.header
    facts = {
        "sequence": str(header.sequence),
        "kind": header.kind.value,
        "list_digest": publication.list_digest,
        "quantity": str(header.quantity),
    }
    if transition is None:
        return [("list.issued", facts)]
    issued = ("list.issued", facts | {"cause": transition.cause.value})
    return [issued] if transition.alarm is None else [transition.alarm, issued]
