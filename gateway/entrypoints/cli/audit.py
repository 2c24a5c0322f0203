"""`mra audit`: the trail of who changed what."""

from collections import deque
from typing import Annotated

import typer

from gateway.entrypoints.cli.context import ConfigPath, opened
from gateway.entrypoints.cli.output import AsJson, print_json, print_line, say, show
from gateway.ports.audit import AuditEvent

app = typer.Typer(
    help="The trail of who changed what: append-only, hash-chained.", no_args_is_help=True
)

SHOWN = 50


@app.command("verify")
def verify(config: ConfigPath = None, as_json: AsJson = False) -> None:
    """Walk the whole chain: a changed, missing or added event is named, and the exit code not 0."""
    with opened(config) as gateway:
        events = gateway.store.audit.verify()
    if as_json:
        print_json({"whole": True, "events": events})
        return
    say(f"the audit trail is whole: {events} events, each follows the one before it")


@app.command("list")
def list_events(
    after: Annotated[int, typer.Option(help="Only events after this number.")] = 0,
    last: Annotated[int, typer.Option(min=1, help="At most so many, the newest ones.")] = SHOWN,
    action: Annotated[
        str | None, typer.Option(help="Only this action, or all that begin so: list.")
    ] = None,
    subject: Annotated[
        str | None, typer.Option(help="Only what this text stands in the subject of: XA-XB")
    ] = None,
    config: ConfigPath = None,
    as_json: AsJson = False,
) -> None:
    """Show events, oldest first. Whether the trail is whole, `mra audit verify` tells."""
    with opened(config) as gateway:
        wanted = (
            event
            for event in gateway.store.audit.events(after)
            if (action is None or event.action.startswith(action))
            and (subject is None or subject in event.subject)
        )
        newest = deque(wanted, maxlen=last)
    if as_json:
        print_json(list(newest))
        return
    for event in newest:
        print_line(_line(event))
    if not newest:
        say("no such events")


def _line(event: AuditEvent) -> str:
    facts = " ".join(f"{name}={value}" for name, value in event.facts.items() if value)
    who = f"{event.actor.name} ({event.actor.role.value})"
    return f"{event.number:>6}  {show(event.at)}  {event.action}  {event.subject}  {who}  {facts}"
