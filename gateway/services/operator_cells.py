r"""What stands in the cells of an operator file: each kind of value read and written.

Several values in one cell are separated by ` | `. A backslash before `|`, `@`, `:` or another
backslash means the character itself, in the columns whose values are free text. Rules on the values
are those of lists, in `domain.canonical`; here is only how they are written.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from gateway.domain.instants import format_instant
from gateway.domain.operators import Address, Identifier, Name, StatusCode

SEPARATOR = " | "
ADDRESS_COLUMNS = (
    "address_lines",
    "address_city",
    "address_country",
    "address_subdivision",
    "address_postcode",
)
_ESCAPED = {"\\": "\x01", "|": "\x02", "@": "\x03", ":": "\x04"}
"""What an escaped character is while a cell is split; no text may hold these controls (STA-1)."""
_RESTORE = str.maketrans({held: plain for plain, held in _ESCAPED.items()})
_ESCAPE = re.compile(r"\\(.?)", re.DOTALL)
_HELD = re.compile("[\x01-\x04]")
_NEWLINE = re.compile("\r\n|\r|\n")
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)", re.ASCII)
_SCRIPT_LENGTH = 4
_CONSENT = re.compile(r"[A-Z]{2}|\*", re.ASCII)


class CellError(Exception):
    """A cell that cannot be read, and why; the column, where the reader has more than one."""

    def __init__(self, reason: str, column: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.column = column


def read_date(cell: str) -> datetime:
    """Read a date, which begins at 00:00 UTC, or a moment by RFC 3339.

    Raises:
        CellError: It is neither, or has fractions of a second.
    """
    try:
        if _DATE.fullmatch(cell):
            return datetime.fromisoformat(f"{cell}T00:00:00+00:00")
        if _MOMENT.fullmatch(cell):
            return datetime.fromisoformat(cell).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise CellError(f"no such date: {cell}") from error
    raise CellError(f"not a date such as 2026-01-31 or 2026-01-31T00:00:00Z: {cell[:40]!r}")


def write_date(moment: datetime | None) -> str:
    """Write a moment; one at 00:00 UTC as a bare date.

    Raises:
        SchemaViolationError: It has a fraction of a second or is not UTC.
    """
    return "" if moment is None else format_instant(moment).removesuffix("T00:00:00Z")


def read_names(cell: str) -> tuple[Name, ...]:
    """Read `text@language-Script | text@language | text`.

    Raises:
        CellError: A lone backslash, or what stands after `@` is no tag.
    """
    return tuple(_read_name(value) for value in _values(cell))


def write_names(names: Iterable[Name]) -> str:
    """Write names: the inverse."""
    return SEPARATOR.join(_escape(name.text) + _write_tag(name) for name in names)


def read_identifiers(cell: str) -> tuple[Identifier, ...]:
    """Read `SCHEME:value | SCHEME:value`.

    Raises:
        CellError: A lone backslash, or a value without its scheme.
    """
    return tuple(_read_identifier(value) for value in _values(cell))


def write_identifiers(identifiers: Iterable[Identifier]) -> str:
    """Write identifiers: the inverse."""
    return SEPARATOR.join(f"{_escape(each.scheme)}:{_escape(each.value)}" for each in identifiers)


def read_roles(cell: str) -> tuple[str, ...]:
    """Read `IM | EX`; which codes there are, the rules on lists say."""
    return tuple(_split(cell)) if cell else ()


def read_status(cell: str) -> StatusCode:
    """Read a status.

    Raises:
        CellError: There is no such status: never guessed (section 1).
    """
    if cell not in StatusCode.__members__:
        raise CellError(f"not one of {', '.join(StatusCode)}: {cell[:40]!r}")
    return StatusCode(cell)


def read_consents(cell: str) -> frozenset[str]:
    """Read alpha-2 codes separated by a space, or `*`; empty is no consent at all.

    Raises:
        CellError: Something else stands there.
    """
    codes = cell.split(" ") if cell else []
    strange = next((code for code in codes if not _CONSENT.fullmatch(code)), None)
    if strange is not None:
        raise CellError(f"not * or country codes with one space between: {strange[:40]!r}")
    return frozenset(codes)


def read_addresses(cells: Sequence[str]) -> tuple[Address, ...]:
    """Read the five address columns; the n-th value of each belongs to the n-th address.

    Raises:
        CellError: A lone backslash, no country, or columns of different length.
    """
    if not any(cells):
        return ()
    columns = [_in_column(name, cell) for name, cell in zip(ADDRESS_COLUMNS, cells, strict=True)]
    lines, cities, countries, subdivisions, postcodes = columns
    for name, values in zip(ADDRESS_COLUMNS, columns, strict=True):
        if values and not countries:
            raise CellError("an address needs its country", "address_country")
        if values and len(values) != len(countries):
            text = f"{len(values)} values here, {len(countries)} in address_country"
            raise CellError(text, name)
    return tuple(
        Address(
            lines=tuple(_NEWLINE.split(line)) if (line := _at(lines, index)) else (),
            city=_at(cities, index),
            country=country,
            subdivision=_at(subdivisions, index),
            postcode=_at(postcodes, index),
        )
        for index, country in enumerate(countries)
    )


def write_addresses(addresses: Sequence[Address]) -> list[str]:
    """Write the five address columns: the inverse."""
    rows = [
        ("\n".join(each.lines), each.city, each.country, each.subdivision, each.postcode)
        for each in addresses
    ]
    columns = [[_escape(value or "") for value in column] for column in zip(*rows, strict=True)]
    written = [SEPARATOR.join(column) if any(column) else "" for column in columns]
    return written or [""] * len(ADDRESS_COLUMNS)


def _read_name(value: str) -> Name:
    text, at, tag = value.rpartition("@")
    if not at:
        return Name(text=_restore(value))
    language, hyphen, last = tag.rpartition("-")
    if not hyphen:
        language, script = tag, ""
    elif not last or (len(last) == _SCRIPT_LENGTH and last.isalpha()):
        script = last
    else:
        language, script = tag, ""
    if not (language or script):
        raise CellError(r"after @ stands language-Script; \@ means the character itself")
    return Name(text=_restore(text), language=language or None, script=script or None)


def _write_tag(name: Name) -> str:
    if name.script:
        return f"@{name.language or ''}-{name.script}"
    if not name.language:
        return ""
    # A closing hyphen: the last part belongs to the language, and there is no script.
    _, hyphen, last = name.language.rpartition("-")
    ambiguous = hyphen and len(last) == _SCRIPT_LENGTH and last.isalpha()
    return f"@{name.language}-" if ambiguous else f"@{name.language}"


def _read_identifier(value: str) -> Identifier:
    scheme, colon, identifier = value.partition(":")
    if not colon:
        raise CellError(f"not SCHEME:value: {_restore(value)[:40]!r}")
    return Identifier(scheme=_restore(scheme), value=_restore(identifier))


def _values(cell: str) -> list[str]:
    return _split(_protect(cell)) if cell else []


def _split(cell: str) -> list[str]:
    """Split at the bar; the one space on each side of it belongs to it."""
    values = cell.split("|")
    if len(values) == 1:
        return values
    last = len(values) - 1
    return [
        value[index > 0 and value.startswith(" ") :].removesuffix(" " if index < last else "")
        for index, value in enumerate(values)
    ]


def _in_column(column: str, cell: str) -> list[str]:
    try:
        return [_restore(value) for value in _values(cell)]
    except CellError as error:
        raise CellError(error.reason, column) from error


def _at(values: Sequence[str], index: int) -> str | None:
    return (values[index] or None) if values else None


def _protect(cell: str) -> str:
    """Put a control in the place of each escaped character."""
    if _HELD.search(cell):
        raise CellError("holds a control character")
    return _ESCAPE.sub(_hold, cell) if "\\" in cell else cell


def _hold(match: re.Match[str]) -> str:
    if match[1] not in _ESCAPED:
        raise CellError(r"a lone backslash; \\ means the character itself")
    return _ESCAPED[match[1]]


def _restore(value: str) -> str:
    return value if value.isprintable() else value.translate(_RESTORE)


def _escape(text: str) -> str:
    return re.sub(r"([\\|@:])", r"\\\1", text)
