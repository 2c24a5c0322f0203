"""Write docs/errors.md from the catalogue of errors, reasons and faults; --check only compares."""

import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from gateway.entrypoints.error_catalogue import EXIT_CODES
from gateway.entrypoints.error_row import Row
from gateway.entrypoints.error_rows import CATALOGUE
from gateway.entrypoints.fault_texts import FAULTS
from gateway.entrypoints.reason_texts import ANSWER_REASONS, LIST_REASONS, Text

PAGE = Path(__file__).resolve().parents[1] / "docs" / "errors.md"

HEAD = """\
# Codes

Written by `tools/write_error_pages.py` from the catalogue that the gateway itself answers from. \
`mra explain CODE` says the same at a terminal.

Every way out tells an error by its code: gRPC as the reason of `google.rpc.ErrorInfo` (domain \
`mra-gateway`), HTTPS in problem details (RFC 9457) as `code`, XML documents as `ValidationCode`, \
the command line in the last line on standard error. Texts may become better, codes stay.
"""

FAULTS_HEAD = """\
The `fault` of each `TRANSPORT_FAILED`: in the log, in `--json`, and as the first word of what is \
told. The last six are of single files, in `file.ignored` of the audit trail.
"""


def main() -> int:
    """Write the page, or with `--check` compare it."""
    page = written()
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(page, encoding="utf-8")
        return 0
    if not PAGE.is_file() or PAGE.read_text("utf-8") != page:
        print(f"{PAGE.name} is stale: run tools/write_error_pages.py")
        return 1
    return 0


def written() -> str:
    """Return the page."""
    parts = [
        HEAD,
        "## Exit codes\n",
        _table(("code", "meaning"), ((str(code), text) for code, text in EXIT_CODES.items())),
        "## Errors\n",
        *(_error(row) for row in CATALOGUE.values()),
        "## Faults on the way\n",
        FAULTS_HEAD,
        _table(
            ("fault", "meaning", "next"),
            ((f"`{fault}`", meaning, next_step) for fault, (meaning, next_step) in FAULTS.items()),
        ),
        "## Reasons of lists\n",
        "In acknowledgements, with a pointer to the place; XML: `ValidationCode`.\n",
        _reasons(LIST_REASONS),
        "## Reasons of answers\n",
        "In answers to lookups, each with the rung that it was found on.\n",
        _reasons(ANSWER_REASONS),
    ]
    return "\n".join(parts)


def _error(row: Row) -> str:
    again = "May be tried again." if row.retryable else "Trying again does not help."
    return (
        f"### {row.reason}\n\n"
        f"**{row.title}.** {row.public_text} *Next:* {row.next_step} {again}\n\n"
        f"gRPC `{row.grpc_status}` · HTTP {row.http_status}, type `{row.problem_type}` · "
        f"exit code {row.exit_code}\n"
    )


def _reasons(texts: Mapping[str, Text]) -> str:
    rows = (
        (f"`{code}`", title, meaning, next_step)
        for code, (title, meaning, next_step) in sorted(texts.items())
    )
    return _table(("code", "title", "meaning", "next"), rows)


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    return "\n".join(_lines(tuple(head), rows)) + "\n"


def _lines(head: tuple[str, ...], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'|'.join(['---'] * len(head))}|"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"


if __name__ == "__main__":
    sys.exit(main())
