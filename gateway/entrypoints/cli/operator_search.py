"""`mra operator search TEXT`: partners' operators by name and address, to find a code."""

from typing import Annotated

import typer

from gateway.bootstrap.registry_desks import make_search_once
from gateway.entrypoints.cli.context import ConfigPath, opened
from gateway.entrypoints.cli.output import AsJson, messages, print_json, print_table, say


def search_operators(
    text: Annotated[
        str, typer.Argument(help="Names, parts of an address, or both, in any script.")
    ],
    agreement: Annotated[
        str | None, typer.Option(help="Only operators of this agreement, such as CN-SG.")
    ] = None,
    page_size: Annotated[int, typer.Option(help="How many are shown, at most 100.")] = 20,
    page_token: Annotated[str, typer.Option(help="Of the page before.")] = "",
    config: ConfigPath = None,
    as_json: AsJson = False,
) -> None:
    """Search partners' operators by name and address. A hit is a code to look up, no decision."""
    with opened(config) as gateway:
        desk = make_search_once(gateway.settings, gateway.store)
        with messages.status("reading names and addresses"):
            desk.refresh()
        page = desk.search(
            text,
            agreement=None if agreement is None else agreement.upper(),
            size=page_size,
            token=page_token,
        )
        desk.close()
    if as_json:
        print_json(page)
        return
    if not page.operators:
        say("nobody is called so, or lives there")
        return
    print_table(
        ("score", "operator", "agreement", "name", "agrees"),
        [
            (found.score, found.operator_id, found.agreement, found.name, ", ".join(found.why))
            for found in page.operators
        ],
    )
    if page.next_page_token:
        say(f"more: --page-token {page.next_page_token}")
    say("next: mra lookup CODE")
