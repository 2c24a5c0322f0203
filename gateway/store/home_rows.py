"""Rows of the home programme: read, written and taken away, each under the number of a change."""

from collections.abc import Collection, Iterable
from functools import lru_cache
from sys import intern

from sqlalchemy import Connection, delete, select, update

from gateway.domain.errors import StoreError
from gateway.domain.lists import ListedOperator
from gateway.domain.operators import Operator
from gateway.ports.home_programme import HomeOperator
from gateway.store.bulk import batches, insert_rows
from gateway.store.json_text import from_json, to_json
from gateway.store.schema import home_operators
from gateway.store.schema_publishing import home_programme, home_removals

COLUMNS = (home_operators.c.canonical, home_operators.c.digest, home_operators.c.consents)


def begin_change(connection: Connection) -> int:
    """Take the number of a new change; whoever changes waits here for the one before.

    So numbers become visible in their order: who has seen one has seen all before it.

    Raises:
        StoreError: The migration's row is gone.
    """
    number: int | None = connection.execute(
        update(home_programme)
        .values(change=home_programme.c.change + 1)
        .returning(home_programme.c.change)
    ).scalar_one_or_none()
    if number is None:
        raise StoreError("the number of the home programme's last change is missing")
    return number


def last_change(connection: Connection) -> int:
    """Return the number of the last change."""
    number: int = connection.execute(select(home_programme.c.change)).scalar_one()
    return number


def find_row(connection: Connection, operator_id: str) -> HomeOperator | None:
    """Return the operator with exactly this id, or none."""
    row = connection.execute(
        select(*COLUMNS).where(home_operators.c.operator_id == operator_id)
    ).one_or_none()
    return None if row is None else from_columns(*row)


def from_columns(canonical: bytes, digest: bytes, consents: str) -> HomeOperator:
    """Return the operator that a row holds."""
    return HomeOperator(
        listed=ListedOperator(
            operator=from_json(canonical, Operator), canonical=canonical, digest=digest
        ),
        consents=_consents(consents),
    )


@lru_cache(maxsize=256)  # a few sets stand in all rows
def _consents(text: str) -> frozenset[str]:
    return from_json(text, frozenset[str])


def read_values(connection: Connection) -> dict[str, tuple[bytes, str]]:
    """Return what is compared of every operator."""
    # Asked of the statement: what is asked of the connection holds for all that follows on it.
    rows = connection.execute(
        select(
            home_operators.c.operator_id, home_operators.c.digest, home_operators.c.consents
        ).execution_options(yield_per=5000)
    )
    # A few sets of consents stand in all rows: one text for each is enough.
    return {operator_id: (digest, intern(consents)) for operator_id, digest, consents in rows}


def value_of(home: HomeOperator) -> tuple[bytes, str]:
    """Return what is compared of an operator."""
    return home.listed.digest, to_json(sorted(home.consents))


def insert_operators(
    connection: Connection, operators: Iterable[HomeOperator], change: int
) -> None:
    """Write operators that have no row."""
    insert_rows(
        connection,
        home_operators,
        ("operator_id", "canonical", "digest", "consents", "change"),
        (
            (home.listed.operator.id, home.listed.canonical, *value_of(home), change)
            for home in operators
        ),
    )


def delete_operators(connection: Connection, operator_ids: Iterable[str]) -> None:
    """Take away rows, to be written anew or not."""
    for batch in batches(operator_ids):
        connection.execute(delete(home_operators).where(home_operators.c.operator_id.in_(batch)))


def note_removals(connection: Connection, operator_ids: Collection[str], change: int) -> None:
    """Remember which operators this change took away."""
    for batch in batches(operator_ids):
        connection.execute(delete(home_removals).where(home_removals.c.operator_id.in_(batch)))
    insert_rows(
        connection,
        home_removals,
        ("operator_id", "change"),
        ((operator_id, change) for operator_id in operator_ids),
    )
