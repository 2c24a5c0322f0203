"""Operator files: the home programme as CSV, one row for each authorisation, or as XML (PUB-1).

`docs/operator-file.md` is the description for those who write such files. A file is read whole or
not at all: every bad row is named, and nothing is returned if one is bad.
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence

from gateway.domain.errors import OperatorFileError
from gateway.domain.lists import ListedOperator
from gateway.domain.operators import Authorisation, Operator
from gateway.ports.home_programme import HomeOperator
from gateway.services.operator_cells import (
    SEPARATOR,
    write_addresses,
    write_date,
    write_identifiers,
    write_names,
)
from gateway.services.operator_columns import COLUMNS
from gateway.services.operator_reading import Programme, Reading
from gateway.services.operator_rows import MAX_BYTES, Problem, read_rows

MAX_OPERATORS = 2_000_000
"""As many as one list may carry (section 2, Limits)."""


def read_operators(
    data: bytes,
    *,
    programme: str | None = None,
    territory: tuple[str, ...] = (),
    progress: Callable[[int], None] | None = None,
    max_bytes: int = MAX_BYTES,
    max_operators: int = MAX_OPERATORS,
) -> list[HomeOperator]:
    """Read an operator file into a list: for small files. Arguments and errors as `read_programme`.

    Raises:
        OperatorFileError: The file or rows of it are bad; `problems` names each.
    """
    return list(
        read_programme(
            data,
            programme=programme,
            territory=territory,
            progress=progress,
            max_bytes=max_bytes,
            max_operators=max_operators,
        )
    )


def read_programme(
    data: bytes,
    *,
    programme: str | None = None,
    territory: tuple[str, ...] = (),
    progress: Callable[[int], None] | None = None,
    max_bytes: int = MAX_BYTES,
    max_operators: int = MAX_OPERATORS,
) -> Programme:
    """Read an operator file in as little memory as its operators' canonical forms take.

    Args:
        data: The file.
        programme: The home programme, for rows that name none; without it each row must.
        territory: Id prefixes of home; an id of another administration is refused. Empty: any.
        progress: Called now and then with the number of bytes read, of `len(data)`.
        max_bytes: Size of the largest file.
        max_operators: Most operators in one file.

    Returns:
        The operators in byte order of id.

    Raises:
        OperatorFileError: The file or rows of it are bad; `problems` names each.
    """
    reading = Reading(programme=programme, territory=territory)
    rows = read_rows(
        data,
        COLUMNS,
        problems=reading.problems,
        progress=progress or (lambda _: None),
        max_bytes=max_bytes,
    )
    for line, cells in rows:
        reading.take(line, cells)
        if reading.count > max_operators:
            text = f"line {line}: more than {max_operators} operators, the rest was not read"
            raise OperatorFileError(text)
    return reading.programme()


def collect_programme(
    found: Iterable[tuple[int, ListedOperator, frozenset[str]]],
    problems: list[Problem],
    *,
    territory: tuple[str, ...] = (),
) -> Programme:
    """Judge operators that come one by one by the rules of home's own (PUB-1).

    Args:
        found: Line, operator and consents, in any order.
        problems: What their reader notes while it reads.
        territory: As for `read_programme`.

    Raises:
        OperatorFileError: Operators are bad, or there are none; `problems` names each.
    """
    reading = Reading(programme=None, territory=territory)
    for line, listed, consents in found:
        reading.take_whole(line, listed, consents)
    reading.problems += problems
    return reading.programme()


def write_operators(operators: Iterable[HomeOperator]) -> str:
    """Write an operator file: `read_operators` reads it back to the same.

    Raises:
        SchemaViolationError: A moment has a fraction of a second or is not UTC.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for home in operators:
        writer.writerows(_rows_of(home))
    return text.getvalue()


def write_problems(problems: Sequence[Problem]) -> str:
    """Write the problems of a file as CSV: line, column, reason."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("line", "column", "reason"))
    writer.writerows(problems)
    return text.getvalue()


def _rows_of(home: HomeOperator) -> Iterator[list[str]]:
    operator = home.listed.operator
    whose = _operator_cells(operator)
    consents = " ".join(sorted(home.consents))
    for authorisation in operator.authorisations:
        yield [*whose, *_authorisation_cells(authorisation), consents]


def _operator_cells(operator: Operator) -> list[str]:
    return [
        operator.id,
        write_identifiers(operator.alternate_ids),
        write_names(operator.names),
        write_names(operator.trade_names),
        SEPARATOR.join(operator.roles),
        *write_addresses(operator.addresses),
    ]


def _authorisation_cells(authorisation: Authorisation) -> list[str]:
    status = authorisation.status
    return [
        authorisation.id,
        authorisation.category,
        authorisation.programme,
        authorisation.issuing_office,
        write_date(authorisation.accepted_at),
        write_date(authorisation.effective_at),
        write_date(authorisation.expires_at),
        status.code.value,
        write_date(status.effective_at),
        status.change_reason or "",
    ]
