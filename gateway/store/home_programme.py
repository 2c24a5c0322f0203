"""The home programme's operators, from which lists are made."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, select

from gateway.domain.lists import ListedOperator
from gateway.domain.operators import Operator
from gateway.domain.parties import Actor
from gateway.ports.publications import HomeOperator, ImportCounts
from gateway.store.audit_chain import append_event
from gateway.store.bulk import batches, insert_rows
from gateway.store.database import Database
from gateway.store.json_text import from_json, to_json
from gateway.store.schema import home_operators
from gateway.store.streams import raise_version


class HomeOperators:
    """`ports.publications.HomeProgramme` on a database."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def replace(self, operators: Sequence[HomeOperator], actor: Actor) -> ImportCounts:
        """Make these the whole programme, in one transaction, audited.

        Raises:
            ConflictError: Another import ran meanwhile, or an id stands twice; nothing was written.
            DatabaseUnavailableError: Nothing was written.
            StoreError: Nothing was written.
        """
        with self._database.write() as connection:
            stored = _stored(connection)
            coming = [home for home in operators if stored.get(_id(home)) != _value(home)]
            kept = {_id(home) for home in operators}
            leaving = [operator_id for operator_id in stored if operator_id not in kept]
            changed = [_id(home) for home in coming if _id(home) in stored]
            for batch in batches([*leaving, *changed]):
                connection.execute(
                    delete(home_operators).where(home_operators.c.operator_id.in_(batch))
                )
            insert_rows(
                connection,
                home_operators,
                ("operator_id", "canonical", "digest", "consents"),
                ((_id(home), home.listed.canonical, *_value(home)) for home in coming),
            )
            if coming or leaving:
                raise_version(connection)
            counts = ImportCounts(
                added=len(coming) - len(changed),
                changed=len(changed),
                removed=len(leaving),
                unchanged=len(operators) - len(coming),
            )
            append_event(
                connection,
                action="home.imported",
                subject="home programme",
                facts={
                    "added": str(counts.added),
                    "changed": str(counts.changed),
                    "removed": str(counts.removed),
                    "unchanged": str(counts.unchanged),
                },
                actor=actor,
                at=self._clock(),
            )
        return counts

    def operators(self) -> Iterator[HomeOperator]:
        """Yield all operators in byte order of id, all of one moment.

        A reading transaction stays open until the last one is taken.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: An operator cannot be read.
        """
        with self._database.read() as connection:
            rows = connection.execution_options(yield_per=5000).execute(
                select(
                    home_operators.c.canonical, home_operators.c.digest, home_operators.c.consents
                ).order_by(home_operators.c.operator_id)
            )
            for canonical, digest, consents in rows:
                yield _operator(canonical, digest, consents)

    def find(self, operator_id: str) -> HomeOperator | None:
        """Return the operator with exactly this id, or none.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: The operator cannot be read.
        """
        with self._database.read() as connection:
            row = connection.execute(
                select(
                    home_operators.c.canonical, home_operators.c.digest, home_operators.c.consents
                ).where(home_operators.c.operator_id == operator_id)
            ).one_or_none()
        return None if row is None else _operator(*row)


def _operator(canonical: bytes, digest: bytes, consents: str) -> HomeOperator:
    return HomeOperator(
        listed=ListedOperator(
            operator=from_json(canonical, Operator), canonical=canonical, digest=digest
        ),
        consents=from_json(consents, frozenset[str]),
    )


def _stored(connection: Connection) -> dict[str, tuple[bytes, str]]:
    rows = connection.execute(
        select(home_operators.c.operator_id, home_operators.c.digest, home_operators.c.consents)
    )
    return {operator_id: (digest, consents) for operator_id, digest, consents in rows}


def _id(home: HomeOperator) -> str:
    return home.listed.operator.id


def _value(home: HomeOperator) -> tuple[bytes, str]:
    return home.listed.digest, to_json(sorted(home.consents))
