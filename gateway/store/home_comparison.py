"""What an import changes: compared by digest, and counted by what partners would lose."""

from collections.abc import Iterable, Sequence

from msgspec import Struct
from sqlalchemy import Connection, select

from gateway.domain.operators import Operator, StatusCode
from gateway.ports.home_programme import HomeOperator, ImportCounts
from gateway.store.bulk import batches
from gateway.store.home_rows import value_of
from gateway.store.json_text import from_json
from gateway.store.schema import home_operators


class Difference(Struct, frozen=True, kw_only=True):
    """Ids, and not operators: of these a programme may have two million."""

    added: set[str]
    changed: set[str]
    removed: list[str]
    unchanged: int

    @property
    def counts(self) -> ImportCounts:
        """How many of each."""
        return ImportCounts(
            added=len(self.added),
            changed=len(self.changed),
            removed=len(self.removed),
            unchanged=self.unchanged,
        )


def compare(stored: dict[str, tuple[bytes, str]], operators: Sequence[HomeOperator]) -> Difference:
    """Tell what making `operators` the whole programme would change."""
    added: set[str] = set()
    changed: set[str] = set()
    unchanged = 0
    kept: set[str] = set()
    for home in operators:
        operator_id = home.listed.operator.id
        kept.add(operator_id)
        before = stored.get(operator_id)
        if before is None:
            added.add(operator_id)
        elif before != value_of(home):
            changed.add(operator_id)
        else:
            unchanged += 1
    removed = [operator_id for operator_id in stored if operator_id not in kept]
    return Difference(added=added, changed=changed, removed=removed, unchanged=unchanged)


def count_lost(connection: Connection, found: Difference, operators: Sequence[HomeOperator]) -> int:
    """Count the active operators that would be removed or be active no more."""
    inactive = {
        home.listed.operator.id
        for home in operators
        if home.listed.operator.id in found.changed and not _is_active(home.listed.operator)
    }
    return sum(map(_is_active, _read(connection, [*found.removed, *inactive])))


def count_active(connection: Connection) -> int:
    """Count the operators that are active now."""
    rows = connection.execute(
        select(home_operators.c.canonical).execution_options(yield_per=5000)
    ).scalars()
    return sum(_is_active(from_json(canonical, Operator)) for canonical in rows)


def _read(connection: Connection, operator_ids: Sequence[str]) -> Iterable[Operator]:
    for batch in batches(operator_ids):
        rows = connection.execute(
            select(home_operators.c.canonical).where(home_operators.c.operator_id.in_(batch))
        ).scalars()
        for canonical in rows:
            yield from_json(canonical, Operator)


def _is_active(operator: Operator) -> bool:
    return any(held.status.code is StatusCode.ACTIVE for held in operator.authorisations)
