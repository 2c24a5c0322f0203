"""What commands print: data to standard output, messages to standard error."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Annotated

import msgspec
import typer
from rich.cells import cell_len
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from gateway.domain.acknowledgements import Reason
from gateway.domain.errors import GatewayError, OperatorFileError
from gateway.entrypoints.cli import streams
from gateway.entrypoints.cli.visible_text import ISOLATES, visible
from gateway.entrypoints.error_catalogue import row_of


class _DataConsole(Console):
    """Standard output: a reader that has read enough (`mra … | head`) changes no exit code."""

    def on_broken_pipe(self) -> None:
        """Go on, for nobody."""
        self.quiet = True
        streams.discard_output()


messages = Console(stderr=True, highlight=False, soft_wrap=True)
data = _DataConsole(highlight=False, soft_wrap=True)
NARROWEST = 40
"""What is printed for a narrower terminal, or for `COLUMNS=1`, runs over its edge."""
data.width = max(data.width, NARROWEST)

AsJson = Annotated[
    bool, typer.Option("--json", help="Print data as JSON, one document, on standard output.")
]

READABLE = 100
"""Longer lines are hard to read, however wide the terminal."""
DETAIL_INDENT = 4
SHOWN_REASONS = 20
SHOWN_PROBLEMS = 50
"""Bad rows that are printed; `--json` prints all."""


def print_json(value: object) -> None:
    """Print a value as one JSON document."""
    print_document(msgspec.json.encode(value, enc_hook=_encode))


def print_document(document: bytes) -> None:
    """Print one JSON document and a line end, in UTF-8 whatever the terminal's encoding."""
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(document + b"\n")
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        data.on_broken_pipe()


def _encode(value: object) -> object:
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, frozenset):
        return sorted(value)
    return str(value)


def say(text: str) -> None:
    """Tell a person something that is not data."""
    messages.print(visible(text, keep="\n"), markup=False)


def print_line(text: str) -> None:
    """Print one line, which may hold a partner's texts."""
    typer.echo(visible(text))


def print_table(
    columns: Sequence[str], rows: Sequence[Sequence[object]], *, title: str | None = None
) -> None:
    """Print rows for people; names are printed as they are, never read as markup."""
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(show(value)) for value in row))
    data.print(table, soft_wrap=False)


def print_records(
    columns: Sequence[str],
    records: Sequence[tuple[Sequence[object], str]],
    *,
    title: str | None = None,
) -> None:
    """Print rows that have a second line of their own, for what no column is wide enough for."""
    shown = [([show(cell) for cell in cells], detail) for cells, detail in records]
    lines = [list(columns), *(cells for cells, _ in shown)]
    widths = [max(map(cell_len, column)) for column in zip(*lines, strict=True)]
    if title:
        data.print(Text(title, style="italic"))
    data.print(Text(_row(columns, widths), style="bold"))
    for cells, detail in shown:
        data.print(Text(_row(cells, widths)))
        for line in _wrapped(Text(visible(detail), style="dim"), DETAIL_INDENT):
            data.print(Text(" " * DETAIL_INDENT) + line)


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (
        cell + " " * (width - cell_len(cell)) for cell, width in zip(cells, widths, strict=True)
    )
    return "  ".join(padded).rstrip()


def print_facts(facts: Sequence[tuple[str, object]]) -> None:
    """Print what is there of some facts, one under the other, wrapped beside their labels."""
    there = [(label, value) for label, value in facts if value]
    indent = 2 + max((cell_len(label) for label, _ in there), default=0)
    for label, value in there:
        text = value if isinstance(value, Text) else Text(show(value))
        for number, line in enumerate(_wrapped(text, indent)):
            start = label if number == 0 else ""
            data.print(Text.assemble((start + " " * (indent - cell_len(start)), "bold"), line))


def print_text(text: str) -> None:
    """Print a sentence, wrapped between words."""
    for line in _wrapped(Text(visible(text, keep=ISOLATES)), 0):
        data.print(line)


def _wrapped(text: Text, indent: int) -> Iterator[Text]:
    # Not Rich's own wrapping: it fills lines up with blanks, which show when they are copied.
    for line in text.wrap(data, min(data.width, READABLE) - indent):
        line.rstrip()
        yield line


def show(value: object) -> str:
    """Write a value for people: times in UTC with a Z, nothing as a dash.

    Line ends stay, for values of several lines that are our own; see `visible` for all else.
    """
    match value:
        case None | "":
            return "-"
        case datetime():
            return value.strftime("%Y-%m-%d %H:%M:%SZ")
        case date():
            return value.isoformat()
        case bool():
            return "yes" if value else "no"
        case tuple() | list():
            return " ".join(show(part) for part in value) or "-"
        case _:
            return visible(str(value), keep="\n")


def in_lines(reasons: Sequence[Reason]) -> str:
    """Write reasons, a partner's too, one a line; `--json` has all of them."""
    lines = [
        visible(f"{each.code}{f' {each.pointer}' if each.pointer else ''}: {each.text}")
        for each in reasons[:SHOWN_REASONS]
    ]
    if len(reasons) > SHOWN_REASONS:
        lines.append(f"… and {len(reasons) - SHOWN_REASONS} more (--json lists all)")
    return "\n".join(lines)


@contextmanager
def progress(label: str, *, total: int | None = None) -> Iterator[Progress]:
    """Show a progress bar on standard error, at a terminal only."""
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=messages,
        transient=True,
        disable=not sys.stderr.isatty(),
    ) as bar:
        bar.add_task(label, total=total)
        yield bar


def report(error: GatewayError, *, as_json: bool, about: str | None = None) -> int:
    """Tell what went wrong and what to do next; return the exit code.

    Args:
        error: What went wrong.
        as_json: One JSON object, still on standard error.
        about: The partner with which it went wrong, where there are several.
    """
    row = row_of(error)
    problems = error.problems if isinstance(error, OperatorFileError) else ()
    if as_json:
        body = {
            "error": error.code,
            "message": error.message,
            **({"about": about} if about else {}),
            "next_step": row.next_step,
            "context": error.context,
            "problems": [
                {"line": line, "column": column, "reason": reason}
                for line, column, reason in problems
            ],
        }
        sys.stderr.write(msgspec.json.encode(body).decode("utf-8") + "\n")
        return row.exit_code
    say(f"{f'{about}: ' if about else ''}{error.code}: {error.message}")
    for line, column, reason in problems[:SHOWN_PROBLEMS]:
        say(f"  line {line}, {column}: {reason}")
    if len(problems) > SHOWN_PROBLEMS:
        say(f"  … and {len(problems) - SHOWN_PROBLEMS} more (--json lists all)")
    say(f"next: {row.next_step}  (mra explain {error.code})")
    return row.exit_code
