"""`mra explain CODE`: what a code means and what to do next."""

from typing import Annotated

import typer
from rich.text import Text

from gateway.entrypoints.cli.output import AsJson, data, print_facts, print_json
from gateway.entrypoints.error_catalogue import Row
from gateway.entrypoints.error_catalogue import explain as explanation_of


def explain(
    code: Annotated[str, typer.Argument(help="A code as printed: NOT_LISTED, ROLLBACK, …")],
    as_json: AsJson = False,
) -> None:
    """Explain an error, a reason of a list, or a reason of an answer."""
    found = explanation_of(code)
    if as_json:
        print_json(found)
        return
    data.print(Text.assemble((found.code, "bold"), f"  {found.title} ({found.kind})"))
    print_facts([("means", found.meaning), ("next", found.next_step), ("told", _told(found.row))])


def _told(row: Row | None) -> str | None:
    """Say how an error leaves the gateway; reasons have no status of their own."""
    if row is None:
        return None
    again = "may be tried again" if row.retryable else "trying again does not help"
    return f"gRPC {row.grpc_status} · HTTP {row.http_status} · exit {row.exit_code} · {again}"
