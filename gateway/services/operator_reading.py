"""Rows of an operator file as operators: each row is checked by itself, then against its others."""

from collections.abc import Mapping

from msgspec import Struct, structs

from gateway.domain.canonical import list_operator
from gateway.domain.errors import OperatorFileError, SchemaViolationError
from gateway.domain.identifiers import is_in_territory, normal_form
from gateway.domain.lists import ListedOperator
from gateway.domain.operators import Authorisation, Operator
from gateway.ports.publications import HomeOperator
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


class _Known(Struct):
    listed: ListedOperator
    consents: frozenset[str]
    line: int
    """Where its first row begins."""


class Reading:
    """The operators of one file while its rows come in."""

    def __init__(self, *, programme: str | None, territory: tuple[str, ...]) -> None:
        self.problems: list[Problem] = []
        self._programme = programme
        self._territory = territory
        self._known: dict[str, _Known] = {}

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
        self._check_id(line, operator.id)
        known = self._known.get(operator.id)
        if known is None:
            self._known[operator.id] = _Known(listed, consents, line)
            return
        self._compare(line, known, listed.operator, consents)
        self._add(line, known, listed.operator.authorisations[0])

    def operators(self) -> list[HomeOperator]:
        """Return the operators in byte order of id.

        Raises:
            OperatorFileError: A row is bad, or there is none.
        """
        if self.problems:
            raise refusal(self.problems)
        if not self._known:
            raise OperatorFileError("the file has a header and no rows")
        # Code points, as Python compares them, stand in the order of UTF-8 bytes.
        return [
            HomeOperator(listed=known.listed, consents=known.consents)
            for _, known in sorted(self._known.items())
        ]

    def _check_id(self, line: int, operator_id: str) -> None:
        form = normal_form(operator_id)
        # PUB-1: another form is unusable at every partner (ACC-10); so two ids never share one
        if form != operator_id:
            self._note(line, "operator_id", f"not in normal form: {operator_id!r} for {form!r}")
        # PUB-1: home speaks for its own territory only (ACC-10)
        if self._territory and not is_in_territory(operator_id, self._territory):
            wanted = ", ".join(self._territory)
            self._note(line, "operator_id", f"{operator_id!r} does not begin with {wanted}")

    def _compare(
        self, line: int, known: _Known, operator: Operator, consents: frozenset[str]
    ) -> None:
        for field, column in _OF_THE_OPERATOR.items():
            if getattr(operator, field) != getattr(known.listed.operator, field):
                self._note(line, column, f"contradicts line {known.line} about {operator.id}")
        if consents != known.consents:
            self._note(line, "consents", f"contradicts line {known.line} about {operator.id}")

    def _add(self, line: int, known: _Known, authorisation: Authorisation) -> None:
        held = known.listed.operator.authorisations
        if any(_is_same(authorisation, each) for each in held):
            text = f"{authorisation.id} stands twice for the operator that begins on line"
            self._note(line, "authorisation_id", f"{text} {known.line}")
            return
        together = structs.replace(known.listed.operator, authorisations=(*held, authorisation))
        try:
            known.listed = list_operator(together)
        except SchemaViolationError as error:
            self._note(line, column_of(error.context.get("field", "")), error.message)

    def _note(self, line: int, column: str, reason: str) -> None:
        self.problems.append((line, column, reason))


def _is_same(one: Authorisation, other: Authorisation) -> bool:
    return (one.id, one.category, one.programme) == (other.id, other.category, other.programme)
