"""The states of a stream by their numbers, out of the versions of its operators."""

from collections.abc import Iterator

from sqlalchemy import ColumnElement, Row, Select, or_, select

from gateway.domain.acknowledgements import Reason
from gateway.domain.decisions import AcceptedHead
from gateway.domain.lists import Stream
from gateway.ports.registry import RegisteredOperator
from gateway.store.database import Database
from gateway.store.json_text import from_json
from gateway.store.registry_state import head_from_columns
from gateway.store.schema import accepted_lists, operator_versions
from gateway.store.streams import key_of


class NumberedStates:
    """`ports.past_states.PastStates` on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find_head_in(self, stream: Stream, state: int) -> AcceptedHead | None:
        """Return the list that made a state, or none.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: It answers with an error.
        """
        with self._database.read() as connection:
            found = connection.execute(
                select(accepted_lists).where(
                    accepted_lists.c.stream_id == key_of(stream), accepted_lists.c.number == state
                )
            )
            row = found.mappings().one_or_none()
        return None if row is None else head_from_columns(row)

    def find_in(self, stream: Stream, state: int, operator_id: str) -> RegisteredOperator | None:
        """Return an operator as it was in a state, or none.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: It answers with an error.
        """
        with self._database.read() as connection:
            row = connection.execute(
                _in_state(stream, state).where(operator_versions.c.operator_id == operator_id)
            ).one_or_none()
        return None if row is None else _registered(row)

    def operators_in(self, stream: Stream, state: int) -> Iterator[RegisteredOperator]:
        """Yield the operators of a state in byte order of id.

        A reading transaction stays open until the last one is taken.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: It answers with an error.
        """
        with self._database.read() as connection:
            rows = connection.execution_options(yield_per=5000).execute(
                _in_state(stream, state).order_by(operator_versions.c.operator_id)
            )
            for row in rows:
                yield _registered(row)


def _in_state(stream: Stream, state: int) -> Select[tuple[object, ...]]:
    versions = operator_versions.c
    columns = select(versions.operator_id, versions.canonical, versions.unusable)
    return columns.where(
        versions.stream_id == key_of(stream), versions.number <= state, _lasts(state)
    )


def _lasts(state: int) -> ColumnElement[bool]:
    replaced_by = operator_versions.c.replaced_by
    return or_(replaced_by.is_(None), replaced_by > state)


def _registered(row: Row[tuple[object, ...]]) -> RegisteredOperator:
    return RegisteredOperator(
        operator_id=row.operator_id,
        canonical=row.canonical,
        unusable=None if row.unusable is None else from_json(row.unusable, Reason),
    )
