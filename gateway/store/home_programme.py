"""The home programme's operators, from which lists are made."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import func, select

from gateway.domain.errors import MassChangeError
from gateway.domain.parties import Actor
from gateway.ports.home_programme import (
    HomeChanges,
    HomeOperator,
    HomeRequest,
    ImportCounts,
    ImportPreview,
    MassChange,
    Reported,
    Revise,
)
from gateway.store import home_rows
from gateway.store.audit_chain import append_event
from gateway.store.database import Database
from gateway.store.home_comparison import Difference, compare, count_active, count_lost
from gateway.store.home_reports import write_report
from gateway.store.schema import home_operators, registry_version
from gateway.store.schema_publishing import home_removals
from gateway.store.streams import raise_version


class HomeOperators:
    """`ports.home_programme` on a database."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def replace(
        self, operators: Sequence[HomeOperator], actor: Actor, limit: MassChange | None = None
    ) -> ImportCounts:
        """Make these the whole programme, in one transaction, audited.

        Raises:
            MassChangeError: More would be lost than `limit` allows; nothing was written.
            ConflictError: An id stands twice; nothing was written.
            DatabaseUnavailableError: Nothing was written.
            StoreError: Nothing was written.
        """
        with self._database.write() as connection:
            change = home_rows.begin_change(connection)
            found = compare(home_rows.read_values(connection), operators)
            if limit is not None:
                lost = count_lost(connection, found, operators)
                active = count_active(connection) if lost >= limit.floor else 0
                _require_confirmed(limit, lost, active)
            home_rows.delete_operators(connection, [*found.removed, *found.changed])
            home_rows.note_removals(connection, found.removed, change)
            written = found.added | found.changed
            home_rows.insert_operators(
                connection,
                (home for home in operators if home.listed.operator.id in written),
                change,
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
            found = compare(home_rows.read_values(connection), operators)
            lost = count_lost(connection, found, operators)
            active = count_active(connection) if lost >= MassChange().floor else 0
            changed = sorted(found.changed)[:examples]
            removed = sorted(found.removed)[:examples]
            before = {
                operator_id: home
                for operator_id in (*changed, *removed)
                if (home := home_rows.find_row(connection, operator_id)) is not None
            }
        return _preview(found, operators, before, lost=lost, active=active, examples=examples)

    def report(
        self,
        operator_id: str,
        revise: Revise,
        actor: Actor,
        *,
        request: HomeRequest | None = None,
        facts: Mapping[str, str],
    ) -> Reported:
        """Change one operator, in one transaction, audited with these facts.

        Raises:
            InvalidRequestError: The request's id was used for something else.
            DatabaseUnavailableError: Nothing was written.
            StoreError: Nothing was written.
        """
        with self._database.write() as connection:
            return write_report(
                connection,
                operator_id,
                revise,
                actor,
                request=request,
                facts=facts,
                now=self._clock(),
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
                select(*home_rows.COLUMNS).order_by(home_operators.c.operator_id)
            )
            for row in rows:
                yield home_rows.from_columns(*row)

    def page(self, after: str, size: int) -> list[HomeOperator]:
        """Return the next operators in byte order of id, beginning after one.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: An operator cannot be read.
        """
        with self._database.read() as connection:
            rows = connection.execute(
                select(*home_rows.COLUMNS)
                .where(home_operators.c.operator_id > after)
                .order_by(home_operators.c.operator_id)
                .limit(size)
            )
            return [home_rows.from_columns(*row) for row in rows]

    def find(self, operator_id: str) -> HomeOperator | None:
        """Return the operator with exactly this id, or none.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: The operator cannot be read.
        """
        with self._database.read() as connection:
            return home_rows.find_row(connection, operator_id)

    def change(self) -> int:
        """Return the number of the last change; cheap.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: It answers with an error.
        """
        with self._database.read() as connection:
            return home_rows.last_change(connection)

    def changes_since(self, change: int, most: int) -> HomeChanges | None:
        """Return what moved after a change, or none if it is more than so many operators.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: An operator cannot be read.
        """
        moved, gone = home_operators.c.change > change, home_removals.c.change > change
        with self._database.read() as connection:
            counted: int = connection.execute(
                select(
                    select(func.count()).select_from(home_operators).where(moved).scalar_subquery()
                    + select(func.count()).select_from(home_removals).where(gone).scalar_subquery()
                )
            ).scalar_one()
            if counted > most:
                return None
            removed = connection.execute(select(home_removals.c.operator_id).where(gone)).scalars()
            operators: dict[str, HomeOperator | None] = dict.fromkeys(removed)
            # One that came back since stands among these.
            for row in connection.execute(select(*home_rows.COLUMNS).where(moved)):
                home = home_rows.from_columns(*row)
                operators[home.listed.operator.id] = home
            return HomeChanges(change=home_rows.last_change(connection), operators=operators)

    def shown_version(self) -> int:
        """Return a number that rises when what partners see may have changed. Cheap.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: It answers with an error.
        """
        with self._database.read() as connection:
            version: int = connection.execute(select(registry_version.c.shown)).scalar_one()
        return version


def _require_confirmed(limit: MassChange, lost: int, active: int) -> None:
    if limit.is_reached(lost, active):
        raise MassChangeError(
            f"{lost} of {active} active operators would be removed or deactivated; "
            "nothing was stored",
            context={"lost": str(lost), "active": str(active)},
        )


def _preview(
    found: Difference,
    operators: Sequence[HomeOperator],
    before: Mapping[str, HomeOperator],
    *,
    lost: int,
    active: int,
    examples: int,
) -> ImportPreview:
    added, changed = sorted(found.added)[:examples], sorted(found.changed)[:examples]
    wanted = {*added, *changed}
    coming = {
        home.listed.operator.id: home for home in operators if home.listed.operator.id in wanted
    }
    removed = sorted(found.removed)[:examples]
    return ImportPreview(
        counts=found.counts,
        lost=lost,
        needs_confirmation=MassChange().is_reached(lost, active),
        added=tuple(coming[operator_id] for operator_id in added),
        changed=tuple((before[operator_id], coming[operator_id]) for operator_id in changed),
        removed=tuple(before[operator_id] for operator_id in removed),
    )
