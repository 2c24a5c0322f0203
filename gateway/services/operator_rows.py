"""The bytes of an operator file as rows of cells: size, encoding, delimiter, header, quotes."""

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches

from gateway.domain.errors import OperatorFileError

Problem = tuple[int, str, str]
"""Line (from 1, the header included), column, reason."""
Row = tuple[int, dict[str, str]]
"""The line that a row begins on, and its cells by column."""

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab"}
MAX_BYTES = 512 * 1024**2
"""Two million operators of 250 bytes each (section 2, Limits)."""
_ROWS_BETWEEN_PROGRESS = 1000
_MARKS = {
    b"\xff\xfe\x00\x00": "UTF-32",
    b"\x00\x00\xfe\xff": "UTF-32",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}
_REMEDY = "save the file as UTF-8"


def read_rows(
    data: bytes,
    columns: Mapping[str, bool],
    *,
    problems: list[Problem],
    progress: Callable[[int], None],
    max_bytes: int,
) -> Iterator[Row]:
    """Yield the rows of a file, all columns filled in; malformed ones go to `problems`.

    Args:
        data: The file.
        columns: Every column, and whether it must be there.
        problems: Where malformed rows are noted.
        progress: Called now and then with the number of bytes read.
        max_bytes: Size of the largest file.

    Raises:
        OperatorFileError: The file as a whole cannot be read: nothing was yielded.
    """
    _check_bytes(data, max_bytes)
    raw = io.BytesIO(data)
    text = io.TextIOWrapper(raw, encoding="utf-8-sig", newline="")
    header, delimiter = _read_header(text.readline(), columns)
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    blank = dict.fromkeys(columns, "")
    line = 2
    try:
        for number, cells in enumerate(reader, 1):
            if len(cells) == len(header):
                yield line, blank | dict(zip(header, cells, strict=True))
            elif cells:  # a line without anything is no row
                reason = f"{len(cells)} cells, the header has {len(header)} columns"
                problems.append((line, "", reason))
            line = reader.line_num + 2
            if number % _ROWS_BETWEEN_PROGRESS == 0:
                progress(raw.tell())
    except csv.Error as error:
        # Where the next row begins is anybody's guess: what follows is not looked at.
        reason = f"quotes do not fit ({error}); the rows from here on were not read"
        problems.append((line, "", reason))
    progress(len(data))


def refusal(problems: list[Problem]) -> OperatorFileError:
    """Make the one error that carries all problems, by line."""
    problems = sorted(problems, key=lambda problem: problem[0])
    line, column, reason = problems[0]
    where = f"line {line}, {column}" if column else f"line {line}"
    rows = len({line for line, _, _ in problems})
    more = f"; bad lines in all: {rows}" if rows > 1 else ""
    return OperatorFileError(f"{where}: {reason}{more}", problems=tuple(problems))


def _near(word: str, known: Mapping[str, bool]) -> str:
    close = get_close_matches(word.lower().replace(" ", "_"), list(known), n=1)
    return f"; did you mean {close[0]}?" if close else ""


def _check_bytes(data: bytes, max_bytes: int) -> None:
    if len(data) > max_bytes:
        raise OperatorFileError(f"{len(data)} bytes, at most {max_bytes} are read")
    if not data.strip():
        raise OperatorFileError("the file is empty")
    for mark, name in _MARKS.items():
        if data.startswith(mark):
            raise refusal([(1, "", f"the encoding is {name}; {_REMEDY}")])
    if (position := data.find(b"\0")) >= 0:
        line = data.count(b"\n", 0, position) + 1
        reason = f"a NUL byte, as in UTF-16 or in a file that is no text; {_REMEDY}"
        raise refusal([(line, "", reason)])
    if not data.isascii() and (bad := list(_undecodable(data))):
        raise refusal(bad)


def _undecodable(data: bytes) -> Iterator[Problem]:
    for number, line in enumerate(io.BytesIO(data), 1):
        try:
            line.decode()
        except UnicodeDecodeError as error:
            byte = f"byte 0x{line[error.start]:02X}"
            yield number, "", f"{byte} is not UTF-8 (Latin-1, Windows-1252 or GBK?); {_REMEDY}"


def _read_header(line: str, columns: Mapping[str, bool]) -> tuple[list[str], str]:
    try:
        headers = {
            delimiter: next(csv.reader([line], delimiter=delimiter, strict=True), [])
            for delimiter in DELIMITERS
        }
    except csv.Error as error:
        raise refusal([(1, "", f"the header cannot be read: {error}")]) from error
    delimiter = max(headers, key=lambda each: len(columns.keys() & set(headers[each])))
    header = headers[delimiter]
    if not columns.keys() & set(header):
        known = ", ".join(columns)
        raise refusal([(1, "", f"no header: none of the columns is here ({known})")])
    _check_header(header, columns)
    return header, delimiter


def _check_header(header: list[str], columns: Mapping[str, bool]) -> None:
    problems = [
        (1, name, f"unknown column{_near(name, columns)}") for name in header if name not in columns
    ]
    problems += [
        (1, name, "required column is missing")
        for name, required in columns.items()
        if required and name not in header
    ]
    problems += [(1, name, "column stands twice") for name in columns if header.count(name) > 1]
    if problems:
        raise refusal(problems)
