"""What the registry holds now: the accepted list of each stream, and what was answered."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from sqlalchemy import ColumnElement, Select, func, select

from gateway.domain.acknowledgements import Reason, SealedAcknowledgement
from gateway.domain.decisions import AcceptedHead
from gateway.domain.lists import Stream
from gateway.ports.registry import OperatorBlock, OperatorChanges, RegisteredOperator, SpentList
from gateway.store.bulk import BATCH, stream_rows
from gateway.store.database import Database
from gateway.store.epochs import read_in_force
from gateway.store.json_text import from_json
from gateway.store.registry_state import read_head, read_spent, sealed_from_columns
from gateway.store.schema import (
    acknowledgements,
    operator_versions,
    registry_version,
    restrictions,
    seen_documents,
    seen_lists,
    streams,
)
from gateway.store.streams import find_stream, from_epoch, key_of

_VERSION: Final = str(select(registry_version.c.version))
"""Asked ten times a second, beside lookups that wait for the interpreter."""


class CurrentLists:
    """The reading half of `ports.registry.Registry` on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find_head(self, stream: Stream) -> AcceptedHead | None:
        """Return the accepted list of a stream, or none.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: It answers with an error.
        """
        with self._database.read() as connection:
            row = find_stream(connection, stream)
            return None if row is None else read_head(connection, row.id)

    def in_force(self, stream: Stream) -> Stream:
        """Return the newest epoch of a stream, up to its own, that has an accepted list (SEQ-3).

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: It answers with an error.
        """
        with self._database.read() as connection:
            return read_in_force(connection, stream)

    def find_acknowledgement(
        self, document_digest: str, stream: Stream
    ) -> SealedAcknowledgement | None:
        """Return the newest acknowledgement of the list that came as these bytes (ACC-0).

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: It answers with an error.
        """
        with self._database.read() as connection:
            row = connection.execute(
                select(acknowledgements.c.body, acknowledgements.c.document)
                .select_from(seen_documents)
                .join(
                    seen_lists,
                    (seen_lists.c.stream_id == seen_documents.c.stream_id)
                    & (seen_lists.c.sequence == seen_documents.c.sequence)
                    & (seen_lists.c.list_digest == seen_documents.c.list_digest),
                )
                .join(acknowledgements, acknowledgements.c.id == seen_lists.c.acknowledgement_id)
                .where(
                    seen_documents.c.stream_id == key_of(stream),
                    seen_documents.c.document_digest == document_digest,
                )
            ).one_or_none()
        return None if row is None else sealed_from_columns(*row)

    def newest_acknowledgement(self, stream: Stream) -> SealedAcknowledgement | None:
        """Return the acknowledgement made last for a stream (EXC-1).

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: It answers with an error.
        """
        with self._database.read() as connection:
            row = connection.execute(
                select(acknowledgements.c.body, acknowledgements.c.document)
                .where(acknowledgements.c.stream_id == key_of(stream))
                .order_by(acknowledgements.c.id.desc())
                .limit(1)
            ).one_or_none()
        return None if row is None else sealed_from_columns(*row)

    def newest_spent(self, stream: Stream) -> SpentList | None:
        """Return the list with the highest sequence that was held, or none (ACC-13).

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: It answers with an error.
        """
        with self._database.read() as connection:
            stream_row = find_stream(connection, stream)
            return None if stream_row is None else read_spent(connection, stream_row.id)

    def version(self) -> int:
        """Return a number that rises with every applied list, profile or caller change. Cheap.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: It answers with an error.
        """
        return self._database.read_number(_VERSION)

    def operators(self, stream: Stream) -> Iterator[RegisteredOperator]:
        """Yield the operators of the accepted list in byte order of id, all of one moment.

        A reading transaction stays open until the last one is taken.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: It answers with an error.
        """
        for block in self.operator_blocks(stream, BATCH):
            for operator_id, canonical in zip(block.operator_ids, block.canonical, strict=True):
                yield RegisteredOperator(
                    operator_id=operator_id,
                    canonical=canonical,
                    unusable=block.unusable.get(operator_id),
                )

    def operator_blocks(self, stream: Stream, size: int) -> Iterator[OperatorBlock]:
        """Yield the same in blocks of `size`, none empty.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: It answers with an error.
        """
        with self._database.read() as connection:
            current = _columns().where(
                operator_versions.c.stream_id == key_of(stream),
                operator_versions.c.replaced_by.is_(None),
            )
            in_order = current.order_by(operator_versions.c.operator_id)
            yield from map(_block, stream_rows(connection, in_order, size))

    def operators_since(self, stream: Stream, number: int) -> OperatorChanges:
        """Return what changed since the state with this number was the accepted one.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: It answers with an error.
        """
        with self._database.read() as connection:
            versions = operator_versions.c
            ended = connection.execute(
                select(versions.operator_id).where(_ended_since(stream, number))
            ).scalars()
            came = connection.execute(_columns().where(_came_since(stream, number)))
            return OperatorChanges(ended=frozenset(ended), came=[_registered(*row) for row in came])

    def count_since(self, stream: Stream, number: int) -> int:
        """Return how many operators ended or came since then.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: It answers with an error.
        """
        with self._database.read() as connection:
            since = (_ended_since(stream, number), _came_since(stream, number))
            counts = [select(func.count()).where(one).scalar_subquery() for one in since]
            return sum(connection.execute(select(*counts)).one())

    def restricted(self, stream: Stream) -> Mapping[str, str]:
        """Return the operators that a held list suspends or revokes, with the status (ACC-12).

        Held lists of later epochs count too: this one serves until one of them is applied (SEQ-3).

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: It answers with an error.
        """
        with self._database.read() as connection:
            rows = connection.execute(
                select(restrictions.c.operator_id, restrictions.c.status)
                .join(streams, streams.c.id == restrictions.c.stream_id)
                .where(from_epoch(stream), restrictions.c.known_until.is_(None))
            )
            return dict(rows.all())


def _columns() -> Select[str, bytes, str | None]:
    versions = operator_versions.c
    return select(versions.operator_id, versions.canonical, versions.unusable)


def _ended_since(stream: Stream, number: int) -> ColumnElement[bool]:
    versions = operator_versions.c
    return (versions.stream_id == key_of(stream)) & (versions.replaced_by > number)


def _came_since(stream: Stream, number: int) -> ColumnElement[bool]:
    versions = operator_versions.c
    current = (versions.stream_id == key_of(stream)) & versions.replaced_by.is_(None)
    return current & (versions.number > number)


def _registered(operator_id: str, canonical: bytes, unusable: str | None) -> RegisteredOperator:
    return RegisteredOperator(
        operator_id=operator_id,
        canonical=canonical,
        unusable=None if unusable is None else from_json(unusable, Reason),
    )


def _block(rows: Sequence[tuple[str, bytes, str | None]]) -> OperatorBlock:
    return OperatorBlock(
        operator_ids=[key for key, _, _ in rows],
        canonical=[canonical for _, canonical, _ in rows],
        unusable={key: from_json(mark, Reason) for key, _, mark in rows if mark is not None},
    )
