"""`mra audit`: the trail of who changed what."""

from collections import deque
from pathlib import Path
from typing import Annotated

import typer

from gateway.domain.approvals import RecordedApproval, told_as
from gateway.domain.parties import Actor, Role
from gateway.entrypoints.cli.audit_heads import heads, read_heads, sign
from gateway.entrypoints.cli.context import ConfigPath, opened
from gateway.entrypoints.cli.output import AsJson, print_json, print_line, say, show
from gateway.ports.audit import AuditEvent
from gateway.trust.actor_keys import PAYLOAD_TYPE

app = typer.Typer(
    help="The trail of who changed what: append-only, hash-chained.", no_args_is_help=True
)

SHOWN = 50


app.command("sign")(sign)
app.command("heads")(heads)


@app.command("verify")
def verify(
    exported: Annotated[
        Path | None,
        typer.Option("--heads", help="Heads kept elsewhere, as `mra audit heads --json` printed."),
    ] = None,
    config: ConfigPath = None,
    as_json: AsJson = False,
) -> None:
    """Walk the whole chain, and check each approval's signature and each signed head.

    A changed, missing or added event or approval is named, and the exit code is not 0.
    """
    handed_in = [] if exported is None else read_heads(exported)
    with opened(config) as gateway:
        events = gateway.store.audit.verify()
        approvals = gateway.check_approvals()
        signed = gateway.check_heads(handed_in)
    if as_json:
        print_json({"whole": True, "events": events, "approvals": approvals, "heads": signed})
        return
    say(f"the audit trail is whole: {events} events, each follows the one before it")
    if approvals:
        say(f"approvals: {approvals}, each signed with the key that was registered then")
    if signed:
        say(f"signed heads: {signed}, each of this very trail")


@app.command("approvals")
def list_approvals(config: ConfigPath = None, as_json: AsJson = False) -> None:
    """Show what actors signed; `--json` has all that proves it elsewhere.

    What is signed is DSSE's encoding of `statement` with the type `payload_type`.
    """
    with opened(config) as gateway:
        approvals = gateway.store.approvals.all()
        keys = {actor.name: actor.public_key for actor in gateway.store.actors.all()}
    if as_json:
        print_json(
            [
                {
                    "number": each.number,
                    "actor": each.actor,
                    "recorded_at": each.recorded_at,
                    "payload_type": PAYLOAD_TYPE,
                    "statement": each.signed.content.decode(),
                    "signature": each.signed.signature,
                    "public_key": keys[each.actor.name],
                }
                for each in approvals
            ]
        )
        return
    for each in approvals:
        print_line(_approval_line(each))
    if not approvals:
        say("no approvals yet")


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
    who = f"{event.actor.name} ({_standing(event.actor)})"
    return f"{event.number:>6}  {show(event.at)}  {event.action}  {event.subject}  {who}  {facts}"


def _standing(actor: Actor) -> str:
    if actor.role is Role.GATEWAY:
        return actor.role.value
    return f"{actor.role.value}, {'proven by key ' + actor.key[:8] if actor.key else 'named'}"


def _approval_line(approval: RecordedApproval) -> str:
    statement = approval.statement
    about = told_as(statement.subject)
    who = f"{approval.actor.name} ({_standing(approval.actor)})"
    return (
        f"{approval.number:>6}  {show(approval.recorded_at)}  {statement.action}  {about}  {who}  "
        f"{statement.reason}"
    )
