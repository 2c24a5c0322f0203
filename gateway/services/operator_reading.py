"""Rows of an operator file as operators: each row is checked by itself, then against its others."""

from collections.abc import Mapping, Sequence
from typing import overload

from msgspec import Struct, structs

from gateway.domain.canonical import list_operator, read_canonical
from gateway.domain.errors import OperatorFileError, SchemaViolationError
from gateway.domain.lists import ListedOperator
from gateway.domain.operators import Authorisation, Operator
from gateway.ports.home_programme import HomeOperator
from gateway.services.home_rules import date_problems, id_problems, is_same_authorisation
from gateway.services.operator_columns import column_of
from gateway.services.operator_row import OperatorRow
from gateway.services.operator_rows import Problem, refusal

_OF_THE_OPERATOR = {
    "alternate_ids": "alternate_ids",
    "names": "names",
    "trade_names": "trade_names",
    "roles": "roles",
    "addresses": "address_lines",
}
"""Fields that all rows of an operator must agree on, with the column that is named if not."""


class _Known(Struct, gc=False):
    """An operator in as few bytes as it takes: a file may hold two million of them."""

    canonical: bytes
    digest: bytes
    consents: frozenset[str]
    line: int
    """Where its first row begins."""

    @property
    def operator(self) -> Operator:
        return read_canonical(self.canonical)


class Programme(Sequence[HomeOperator]):
    """The operators of a file, in byte order of id; each is made anew whenever it is asked for."""

    def __init__(self, known: Mapping[str, _Known]) -> None:
        self._known = known
        # Code points, as Python compares them, stand in the order of UTF-8 bytes.
        self._ids = sorted(known)

    def __len__(self) -> int:
        """Return the number of operators."""
        return len(self._ids)

    @overload
    def __getitem__(self, index: int) -> HomeOperator: ...

    @overload
    def __getitem__(self, index: slice) -> list[HomeOperator]: ...

    def __getitem__(self, index: int | slice) -> HomeOperator | list[HomeOperator]:
        """Return one operator, or several."""
        if isinstance(index, slice):
            return [self._make(operator_id) for operator_id in self._ids[index]]
        return self._make(self._ids[index])

    def _make(self, operator_id: str) -> HomeOperator:
        known = self._known[operator_id]
        listed = ListedOperator(
            operator=known.operator, canonical=known.canonical, digest=known.digest
        )
        return HomeOperator(listed=listed, consents=known.consents)


class Reading:
    """The operators of one file while its rows come in."""

    def __init__(self, *, programme: str | None, territory: tuple[str, ...]) -> None:
        self.problems: list[Problem] = []
        self._programme = programme
        self._territory = territory
        self._known: dict[str, _Known] = {}
        self._consents: dict[frozenset[str], frozenset[str]] = {}

    @property
    def count(self) -> int:
        """The number of operators so far."""
        return len(self._known)

    def take(self, line: int, cells: Mapping[str, str]) -> None:
        """Take one row: an operator, one more authorisation of one, or a problem."""
        if not any(cells.values()):
            self._note(line, "", "a row without any value; delete it")
            return
        row = OperatorRow(line, cells)
        operator, consents = row.operator(self._programme), row.consents()
        self.problems += row.problems
        if operator is None or row.problems:
            return
        try:
            listed = list_operator(operator)
        except SchemaViolationError as error:
            self._note(line, column_of(error.context.get("field", "")), error.message)
            return
        for problem in id_problems(operator.id, self._territory):
            self._note(line, "operator_id", problem)
        known = self._known.get(operator.id)
        if known is None:
            # A few sets of consents stand in all rows: one object for each is enough.
            shared = self._consents.setdefault(consents, consents)
            self._known[operator.id] = _Known(listed.canonical, listed.digest, shared, line)
            return
        self._compare(line, known, listed.operator, consents)
        self._add(line, known, listed.operator.authorisations[0])

    def take_whole(self, line: int, listed: ListedOperator, consents: frozenset[str]) -> None:
        """Take an operator that comes in one piece: no other may have its id."""
        operator = listed.operator
        whose = f"operator {operator.id}"
        for problem in id_problems(operator.id, self._territory):
            self._note(line, whose, problem)
        for held in operator.authorisations:
            dates = date_problems(held.accepted_at, held.effective_at, held.expires_at)
            for date, problem in dates:
                self._note(line, whose, f"{held.id}, {date}: {problem}")
            # PUB-1: an authorisation stands once
            if sum(is_same_authorisation(held, other) for other in operator.authorisations) > 1:
                self._note(line, whose, f"authorisation {held.id} stands twice")
        known = self._known.get(operator.id)
        # PUB-1: an operator stands once
        if known is not None:
            self._note(line, whose, f"stands on line {known.line} already")
            return
        shared = self._consents.setdefault(consents, consents)
        self._known[operator.id] = _Known(listed.canonical, listed.digest, shared, line)

    def programme(self) -> Programme:
        """Return the operators in byte order of id.

        Raises:
            OperatorFileError: A row is bad, or there is none.
        """
        if self.problems:
            raise refusal(self.problems)
        if not self._known:
            raise OperatorFileError("the file has a header and no rows")
        return Programme(self._known)

    def _compare(
        self, line: int, known: _Known, operator: Operator, consents: frozenset[str]
    ) -> None:
        before = known.operator
        for field, column in _OF_THE_OPERATOR.items():
            if getattr(operator, field) != getattr(before, field):
                self._note(line, column, f"contradicts line {known.line} about {operator.id}")
        if consents != known.consents:
            self._note(line, "consents", f"contradicts line {known.line} about {operator.id}")

    def _add(self, line: int, known: _Known, authorisation: Authorisation) -> None:
        before = known.operator
        held = before.authorisations
        if any(is_same_authorisation(authorisation, each) for each in held):
            text = f"{authorisation.id} stands twice for the operator that begins on line"
            self._note(line, "authorisation_id", f"{text} {known.line}")
            return
        together = structs.replace(before, authorisations=(*held, authorisation))
        try:
            listed = list_operator(together)
        except SchemaViolationError as error:
            self._note(line, column_of(error.context.get("field", "")), error.message)
            return
        known.canonical, known.digest = listed.canonical, listed.digest

    def _note(self, line: int, column: str, reason: str) -> None:
        self.problems.append((line, column, reason))
