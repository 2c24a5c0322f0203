"""What the registry holds now: the accepted list of each stream, and what was answered."""

from collections.abc import Iterator, Mapping

from sqlalchemy import select

from gateway.domain.acknowledgements import Reason, SealedAcknowledgement
from gateway.domain.decisions import AcceptedHead
from gateway.domain.lists import Stream
from gateway.ports.registry import OperatorChanges, RegisteredOperator, SpentList
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
from gateway.store.streams import find_stream, from_epoch


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
            stream_row = find_stream(connection, stream)
            if stream_row is None:
                return None
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
                    seen_documents.c.stream_id == stream_row.id,
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
            stream_row = find_stream(connection, stream)
            if stream_row is None:
                return None
            row = connection.execute(
                select(acknowledgements.c.body, acknowledgements.c.document)
                .where(acknowledgements.c.stream_id == stream_row.id)
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
        with self._database.read() as connection:
            version: int = connection.execute(select(registry_version.c.version)).scalar_one()
        return version

    def operators(self, stream: Stream) -> Iterator[RegisteredOperator]:
        """Yield the operators of the accepted list in byte order of id, all of one moment.

        A reading transaction stays open until the last one is taken.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: It answers with an error.
        """
        with self._database.read() as connection:
            stream_row = find_stream(connection, stream)
            if stream_row is None:
                return
            rows = connection.execution_options(yield_per=5000).execute(
                select(
                    operator_versions.c.operator_id,
                    operator_versions.c.canonical,
                    operator_versions.c.unusable,
                )
                .where(
                    operator_versions.c.stream_id == stream_row.id,
                    operator_versions.c.replaced_by.is_(None),
                )
                .order_by(operator_versions.c.operator_id)
            )
            for operator_id, canonical, unusable in rows:
                yield _registered(operator_id, canonical, unusable)

    def operators_since(self, stream: Stream, number: int) -> OperatorChanges:
        """Return what changed since the state with this number was the accepted one.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: It answers with an error.
        """
        versions = operator_versions.c
        with self._database.read() as connection:
            stream_row = find_stream(connection, stream)
            if stream_row is None:
                return OperatorChanges(ended=frozenset(), came=())
            ended = connection.execute(
                select(versions.operator_id).where(
                    versions.stream_id == stream_row.id, versions.replaced_by > number
                )
            ).scalars()
            came = connection.execute(
                select(versions.operator_id, versions.canonical, versions.unusable).where(
                    versions.stream_id == stream_row.id,
                    versions.replaced_by.is_(None),
                    versions.number > number,
                )
            )
            return OperatorChanges(ended=frozenset(ended), came=[_registered(*row) for row in came])

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


def _registered(operator_id: str, canonical: bytes, unusable: str | None) -> RegisteredOperator:
    return RegisteredOperator(
        operator_id=operator_id,
        canonical=canonical,
        unusable=None if unusable is None else from_json(unusable, Reason),
    )
