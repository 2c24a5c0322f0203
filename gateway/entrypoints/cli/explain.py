"""`mra explain CODE`: what a code means and what to do next."""

from typing import Annotated

import typer
from rich.text import Text

from gateway.entrypoints.cli.output import AsJson, data, print_facts, print_json
from gateway.entrypoints.error_catalogue import EXIT_CODES, LIST_REASON, Explanation
from gateway.entrypoints.error_catalogue import explain as explanation_of


def explain(
    code: Annotated[str, typer.Argument(help="A code as printed: NOT_LISTED, ROLLBACK, …")],
    as_json: AsJson = False,
) -> None:
    """Explain an error, a reason of a list or of an answer, or a fault on the way."""
    found = explanation_of(code)
    if as_json:
        print_json(found)
        return
    data.print(Text.assemble((found.code, "bold"), f"  {found.title} ({found.kind})"))
    print_facts([("means", found.meaning), ("next", found.next_step), *_told(found)])


def _told(found: Explanation) -> list[tuple[str, object]]:
    """Say how a code leaves the gateway; reasons have no status of their own (section 9)."""
    row = found.row
    if row is None:
        return [("XML", f"ValidationCode {found.code}" if found.kind == LIST_REASON else None)]
    return [
        ("gRPC", f"{row.grpc_status}, ErrorInfo reason {row.reason}"),
        ("HTTP", f"{row.http_status}, {row.problem_type}"),
        ("XML", f"ValidationCode {row.reason}"),
        ("exit", f"{row.exit_code}, {EXIT_CODES[row.exit_code]}"),
        ("again", "may be tried again" if row.retryable else "trying again does not help"),
    ]
