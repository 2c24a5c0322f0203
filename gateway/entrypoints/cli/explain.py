"""`mra explain CODE`: what a code means and what to do next."""

from typing import Annotated

import typer

from gateway.entrypoints.cli.output import AsJson, data, print_json
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
    data.print(f"{found.code}  ({found.kind})", markup=False)
    data.print(found.title, markup=False)
    data.print(found.meaning, markup=False)
    data.print(f"next: {found.next_step}", markup=False)
    if found.row is not None:
        row = found.row
        data.print(
            f"gRPC {row.grpc_status} · HTTP {row.http_status} · exit {row.exit_code} · "
            f"{'may be tried again' if row.retryable else 'trying again does not help'}",
            markup=False,
        )
