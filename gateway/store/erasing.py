"""Bodies of old lists, erased: signed heads, digests and acknowledgements stay (PUB-7)."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, func, select, update

from gateway.domain.lists import ListHeader, ListKind, Stream
from gateway.domain.parties import Actor
from gateway.ports.publications import Erased
from gateway.store.audit_chain import append_event
from gateway.store.bulk import batches
from gateway.store.json_text import from_json
from gateway.store.schema import publication_chunks, publications, streams
from gateway.store.streams import find_stream


def find_erasable(connection: Connection, issued_before: datetime) -> list[Erased]:
    """Return what is older than the last FULL of its stream and than a moment, by stream."""
    found = []
    for row in connection.execute(select(streams).order_by(streams.c.id)).all():
        headers = [
            from_json(header, ListHeader)
            for header in connection.execute(
                select(publications.c.header)
                .where(publications.c.stream_id == row.id, publications.c.erased_at.is_(None))
                .order_by(publications.c.sequence)
            ).scalars()
        ]
        last_full = max((one.sequence for one in headers if one.kind is ListKind.FULL), default=0)
        # PUB-7: only bodies older than the last FULL *and* than their time
        headers = [
            one for one in headers if one.sequence < last_full and one.issued_at < issued_before
        ]
        sequences = tuple(one.sequence for one in headers)
        if sequences:
            stream = Stream(
                issuer=row.issuer,
                recipient=row.recipient,
                agreement=row.agreement,
                test=row.test,
                epoch=row.epoch,
            )
            size = _size(connection, row.id, sequences)
            found.append(Erased(stream=stream, sequences=sequences, size=size))
    return found


def erase(connection: Connection, found: Sequence[Erased], actor: Actor, now: datetime) -> None:
    """Erase these bodies. Audited."""
    for each in found:
        row = find_stream(connection, each.stream)
        assert row is not None  # noqa: S101 - found in this transaction
        for batch in batches(each.sequences):
            connection.execute(
                delete(publication_chunks).where(
                    publication_chunks.c.stream_id == row.id,
                    publication_chunks.c.sequence.in_(batch),
                )
            )
            connection.execute(
                update(publications)
                .where(publications.c.stream_id == row.id, publications.c.sequence.in_(batch))
                .values(document=b"", erased_at=now)
            )
        append_event(
            connection,
            action="lists.erased",
            subject=str(each.stream),
            facts={
                "first": str(each.sequences[0]),
                "last": str(each.sequences[-1]),
                "lists": str(len(each.sequences)),
            },
            actor=actor,
            at=now,
        )


def _size(connection: Connection, stream_id: int, sequences: Sequence[int]) -> int:
    size = 0
    for batch in batches(sequences):
        for column, of_stream, sequence in (
            (publications.c.document, publications.c.stream_id, publications.c.sequence),
            (
                publication_chunks.c.content,
                publication_chunks.c.stream_id,
                publication_chunks.c.sequence,
            ),
        ):
            size += connection.execute(
                select(func.coalesce(func.sum(func.length(column)), 0)).where(
                    of_stream == stream_id, sequence.in_(batch)
                )
            ).scalar_one()
    return size
