"""What was known when: every version of every operator, and every list that was in force."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select

from gateway.domain.acknowledgements import Reason
from gateway.domain.decisions import AcceptedHead
from gateway.domain.lists import Stream
from gateway.domain.operators import Operator
from gateway.ports.registry import OperatorVersion
from gateway.store.column_types import whole_second
from gateway.store.epochs import read_in_force
from gateway.store.json_text import from_json
from gateway.store.past_states import NumberedStates
from gateway.store.registry_state import head_from_columns
from gateway.store.schema import accepted_lists, operator_versions, restrictions, streams
from gateway.store.streams import from_epoch, key_of


class RegistryHistory(NumberedStates):
    """`ports.registry.History` on a database, and the states by number."""

    def versions(self, stream: Stream, operator_id: str) -> list[OperatorVersion]:
        """Return all versions of an operator, oldest first.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: It answers with an error.
        """
        with self._database.read() as connection:
            rows = connection.execute(_versions_of(stream, operator_id))
            return [_version(row) for row in rows]

    def find_version(
        self, stream: Stream, operator_id: str, known_at: datetime
    ) -> OperatorVersion | None:
        """Return the version that was known at a moment, or none.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: It answers with an error.
        """
        with self._database.read() as connection:
            row = connection.execute(
                _versions_of(stream, operator_id).where(
                    *_known_at(
                        operator_versions.c.known_from, operator_versions.c.known_until, known_at
                    )
                )
            ).one_or_none()
        return None if row is None else _version(row)

    def in_force_at(self, stream: Stream, known_at: datetime) -> Stream:
        """Return the epoch that was in force at a moment, as `Registry.in_force` (SEQ-3).

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: It answers with an error.
        """
        with self._database.read() as connection:
            return read_in_force(connection, stream, known_at)

    def began(self, stream: Stream) -> datetime | None:
        """Return when the first list of this epoch was applied, or none (SEQ-3).

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: It answers with an error.
        """
        with self._database.read() as connection:
            first: datetime | None = connection.execute(
                select(func.min(accepted_lists.c.known_from)).where(
                    accepted_lists.c.stream_id == key_of(stream)
                )
            ).scalar_one()
        return first

    def find_head_at(self, stream: Stream, known_at: datetime) -> AcceptedHead | None:
        """Return the list that was in force at a moment, or none.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: It answers with an error.
        """
        with self._database.read() as connection:
            found = connection.execute(
                select(
                    accepted_lists.c.header,
                    accepted_lists.c.list_digest,
                    accepted_lists.c.received_at,
                    accepted_lists.c.signer,
                    accepted_lists.c.grounds,
                    accepted_lists.c.number,
                ).where(
                    accepted_lists.c.stream_id == key_of(stream),
                    *_known_at(accepted_lists.c.known_from, accepted_lists.c.known_until, known_at),
                )
            )
            row = found.mappings().one_or_none()
        return None if row is None else head_from_columns(row)

    def restricted_at(self, stream: Stream, known_at: datetime) -> Mapping[str, str]:
        """Return what was restricted at a moment, as `Registry.restricted`.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: It answers with an error.
        """
        with self._database.read() as connection:
            table = restrictions.c
            rows = connection.execute(
                select(table.operator_id, table.status)
                .join(streams, streams.c.id == table.stream_id)
                .where(
                    from_epoch(stream), *_known_at(table.known_from, table.known_until, known_at)
                )
            )
            return dict(rows.all())


def _known_at(
    known_from: ColumnElement[datetime], known_until: ColumnElement[datetime], moment: datetime
) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Half-open: [known_from, known_until). What lasted less than a second was never known."""
    second = whole_second(moment)
    return known_from <= second, or_(known_until.is_(None), known_until > second)


def _versions_of(stream: Stream, operator_id: str) -> Select[tuple[object, ...]]:
    stream_id = key_of(stream)
    versions, brought, replaced = operator_versions.c, accepted_lists, accepted_lists.alias()
    return (
        select(
            versions.canonical,
            versions.unusable,
            brought.c.sequence,
            versions.known_from,
            replaced.c.sequence.label("replaced_by"),
            versions.known_until,
        )
        .select_from(
            operator_versions.join(
                brought,
                and_(brought.c.stream_id == stream_id, brought.c.number == versions.number),
            ).outerjoin(
                replaced,
                and_(replaced.c.stream_id == stream_id, replaced.c.number == versions.replaced_by),
            )
        )
        .where(versions.stream_id == stream_id, versions.operator_id == operator_id)
        .order_by(versions.number)
    )


def _version(row: Row[tuple[object, ...]]) -> OperatorVersion:
    return OperatorVersion(
        operator=from_json(row.canonical, Operator),
        unusable=None if row.unusable is None else from_json(row.unusable, Reason),
        sequence=row.sequence,
        known_from=row.known_from,
        replaced_by=row.replaced_by,
        known_until=row.known_until,
    )
