"""The home programme's operators, from which lists are made."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from sys import intern

from msgspec import Struct
from sqlalchemy import Connection, delete, select

from gateway.domain.lists import ListedOperator
from gateway.domain.operators import Operator
from gateway.domain.parties import Actor
from gateway.ports.publications import HomeOperator, ImportCounts, ImportPreview
from gateway.store.audit_chain import append_event
from gateway.store.bulk import batches, insert_rows
from gateway.store.database import Database
from gateway.store.json_text import from_json, to_json
from gateway.store.schema import home_operators, registry_version
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
            found = _compare(_stored(connection), operators)
            for batch in batches([*found.removed, *found.changed]):
                connection.execute(
                    delete(home_operators).where(home_operators.c.operator_id.in_(batch))
                )
            insert_rows(
                connection,
                home_operators,
                ("operator_id", "canonical", "digest", "consents"),
                (
                    (_id(home), home.listed.canonical, *_value(home))
                    for home in operators
                    if _id(home) in found.added or _id(home) in found.changed
                ),
            )
            counts = found.counts
            if counts.added or counts.changed or counts.removed:
                raise_version(connection, shown=True)
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

    def preview(self, operators: Sequence[HomeOperator], examples: int) -> ImportPreview:
        """Tell what `replace` would change, with so many examples of each; nothing is written.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: An operator cannot be read.
        """
        with self._database.read() as connection:
            found = _compare(_stored(connection), operators)
            added = set(sorted(found.added)[:examples])
            changed = set(sorted(found.changed)[:examples])
            coming = {_id(home): home for home in operators if _id(home) in added | changed}
            before = {
                operator_id: _require(connection, operator_id)
                for operator_id in (*changed, *sorted(found.removed)[:examples])
            }
        return ImportPreview(
            counts=found.counts,
            added=tuple(coming[operator_id] for operator_id in sorted(added)),
            changed=tuple(
                (before[operator_id], coming[operator_id]) for operator_id in sorted(changed)
            ),
            removed=tuple(
                home for operator_id, home in sorted(before.items()) if operator_id not in changed
            ),
        )

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
            return _find(connection, operator_id)

    def shown_version(self) -> int:
        """Return a number that rises when what partners see may have changed. Cheap.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: It answers with an error.
        """
        with self._database.read() as connection:
            version: int = connection.execute(select(registry_version.c.shown)).scalar_one()
        return version


class _Difference(Struct, frozen=True, kw_only=True):
    """Ids, and not operators: of these a programme may have two million."""

    added: set[str]
    changed: set[str]
    removed: list[str]
    unchanged: int

    @property
    def counts(self) -> ImportCounts:
        return ImportCounts(
            added=len(self.added),
            changed=len(self.changed),
            removed=len(self.removed),
            unchanged=self.unchanged,
        )


def _compare(
    stored: dict[str, tuple[bytes, str]], operators: Sequence[HomeOperator]
) -> _Difference:
    added: set[str] = set()
    changed: set[str] = set()
    unchanged = 0
    kept: set[str] = set()
    for home in operators:
        operator_id = _id(home)
        kept.add(operator_id)
        before = stored.get(operator_id)
        if before is None:
            added.add(operator_id)
        elif before != _value(home):
            changed.add(operator_id)
        else:
            unchanged += 1
    removed = [operator_id for operator_id in stored if operator_id not in kept]
    return _Difference(added=added, changed=changed, removed=removed, unchanged=unchanged)


def _find(connection: Connection, operator_id: str) -> HomeOperator | None:
    row = connection.execute(
        select(
            home_operators.c.canonical, home_operators.c.digest, home_operators.c.consents
        ).where(home_operators.c.operator_id == operator_id)
    ).one_or_none()
    return None if row is None else _operator(*row)


def _require(connection: Connection, operator_id: str) -> HomeOperator:
    found = _find(connection, operator_id)
    assert found is not None  # noqa: S101 - read in the same transaction a moment ago
    return found


def _operator(canonical: bytes, digest: bytes, consents: str) -> HomeOperator:
    return HomeOperator(
        listed=ListedOperator(
            operator=from_json(canonical, Operator), canonical=canonical, digest=digest
        ),
        consents=from_json(consents, frozenset[str]),
    )


def _stored(connection: Connection) -> dict[str, tuple[bytes, str]]:
    # Asked of the statement: what is asked of the connection holds for all that follows on it.
    rows = connection.execute(
        select(
            home_operators.c.operator_id, home_operators.c.digest, home_operators.c.consents
        ).execution_options(yield_per=5000)
    )
    # A few sets of consents stand in all rows: one text for each is enough.
    return {operator_id: (digest, intern(consents)) for operator_id, digest, consents in rows}


def _id(home: HomeOperator) -> str:
    return home.listed.operator.id


def _value(home: HomeOperator) -> tuple[bytes, str]:
    return home.listed.digest, to_json(sorted(home.consents))
