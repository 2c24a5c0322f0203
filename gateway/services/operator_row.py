"""One row of an operator file as an operator with one authorisation."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TypeVar

from gateway.domain.operators import Address, Authorisation, Operator, Status, StatusCode
from gateway.services.home_rules import date_problems
from gateway.services.operator_cells import (
    ADDRESS_COLUMNS,
    CellError,
    read_addresses,
    read_consents,
    read_date,
    read_identifiers,
    read_names,
    read_roles,
    read_status,
)
from gateway.services.operator_rows import Problem

Value = TypeVar("Value")


class OperatorRow:
    """Reads the cells of a row; whatever cannot be read is noted, so that all of it is named."""

    def __init__(self, line: int, cells: Mapping[str, str]) -> None:
        self.problems: list[Problem] = []
        self._line = line
        self._cells = cells

    def operator(self, programme: str | None) -> Operator | None:
        """Return the operator with the one authorisation of this row; none if cells are bad."""
        authorisation = self._authorisation(programme)
        operator_id = self._required("operator_id", str)
        names = self._required("names", read_names)
        alternate_ids = self._optional("alternate_ids", read_identifiers)
        trade_names = self._optional("trade_names", read_names)
        roles = self._optional("roles", read_roles)
        addresses = self._addresses()
        if self.problems or authorisation is None or operator_id is None or names is None:
            return None
        return Operator(
            id=operator_id,
            alternate_ids=alternate_ids or (),
            names=names,
            trade_names=trade_names or (),
            addresses=addresses,
            roles=roles or (),
            authorisations=(authorisation,),
        )

    def consents(self) -> frozenset[str]:
        """Return the partners consented to; an empty cell is no consent."""
        return self._optional("consents", read_consents) or frozenset()

    def _authorisation(self, programme: str | None) -> Authorisation | None:
        number = self._required("authorisation_id", str)
        category = self._required("category", str)
        named = self._cells["programme"] or programme or self._required("programme", str)
        office = self._required("issuing_office", str)
        accepted = self._optional("accepted", read_date)
        effective = self._required("effective", read_date)
        expires = self._optional("expires", read_date)
        status = self._status(effective)
        if not (number and category and named and office and effective):
            return None
        for column, reason in date_problems(accepted, effective, expires):
            self._note(column, reason)
        if status is None:
            return None
        return Authorisation(
            id=number,
            category=category,
            programme=named,
            issuing_office=office,
            accepted_at=accepted,
            effective_at=effective,
            expires_at=expires,
            status=status,
        )

    def _status(self, effective: datetime | None) -> Status | None:
        code = self._required("status", read_status)
        since = self._optional("status_effective", read_date)
        if code is None:
            return None
        if not self._cells["status_effective"]:
            # Since when an operator is suspended must not be guessed; active it is from the start.
            if code is not StatusCode.ACTIVE:
                self._note("status_effective", f"required for status {code}")
            since = effective
        if since is None:
            return None
        reason = self._optional("reason", str)
        return Status(code=code, effective_at=since, change_reason=reason)

    def _addresses(self) -> tuple[Address, ...]:
        try:
            return read_addresses([self._cells[column] for column in ADDRESS_COLUMNS])
        except CellError as error:
            self._note(error.column, error.reason)
            return ()

    def _required(self, column: str, read: Callable[[str], Value]) -> Value | None:
        if not self._cells[column]:
            self._note(column, "required, but empty")
        return self._optional(column, read)

    def _optional(self, column: str, read: Callable[[str], Value]) -> Value | None:
        cell = self._cells[column]
        try:
            return read(cell) if cell else None
        except CellError as error:
            self._note(column, error.reason)
            return None

    def _note(self, column: str, reason: str) -> None:
        self.problems.append((self._line, column, reason))
