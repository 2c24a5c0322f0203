"""`mra hold`: lists that wait for an officer."""

from datetime import datetime
from pathlib import Path
from shlex import quote
from typing import Annotated

import typer
from msgspec import Struct

from gateway.bootstrap import Gateway
from gateway.domain.approvals import Act, Standing, Statement, Wanted
from gateway.domain.holds import HoldOutcome
from gateway.domain.parties import Actor
from gateway.entrypoints.cli.context import ConfigPath, login_name, opened
from gateway.entrypoints.cli.hold_words import (
    COMMANDS,
    print_detail,
    print_foreseen,
    print_holds,
    print_outcome,
    print_wanted,
)
from gateway.entrypoints.cli.output import AsJson, print_json, say, show
from gateway.entrypoints.cli.proof import (
    AsName,
    OwnKeyFile,
    PassphraseFile,
    load_signer,
    registered_signer,
)
from gateway.services.hold_desk import HoldDesk
from gateway.trust.actor_keys import ActorKey

app = typer.Typer(
    help="Lists that wait for an officer: look, release, reject, roll back.", no_args_is_help=True
)

Number = Annotated[int, typer.Argument(help="The hold's number (mra hold list).")]
Reason = Annotated[str, typer.Option(help="Why: signed with your approval, kept for good.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only tell what would happen.")]


class _Who(Struct, frozen=True):
    """Who decides: proven by a key, or named only."""

    actor: Actor
    key: ActorKey | None


@app.command("list")
def list_holds(
    every: Annotated[bool, typer.Option("--all", help="Also those that have ended.")] = False,
    config: ConfigPath = None,
    as_json: AsJson = False,
) -> None:
    """Show what is held, with what each release would change and who approved so far."""
    with opened(config) as gateway:
        holds = gateway.hold_desk().holds(open_only=not every)
        waiting = [] if as_json else _waiting(gateway)
        last = [] if holds or as_json else _last_lists(gateway)
    if as_json:
        print_json(holds)
        return
    for stream, partner in waiting:
        say(f"{stream} waits: a FULL failed too; see mra stream status {partner}")
    if holds:
        print_holds(holds)
        return
    say(f"nothing is held; last list of each stream: {'; '.join(last) or 'no partners yet'}")


@app.command("show")
def show_hold(
    number: Number,
    examples: Annotated[int, typer.Option(min=0, help="At most so many of each kind.")] = 5,
    config: ConfigPath = None,
    as_json: AsJson = False,
) -> None:
    """Show one hold: why, and the difference that its release makes, in business words."""
    with opened(config) as gateway:
        desk = gateway.hold_desk()
        held, detail = desk.find(number), desk.detail(number, examples=examples)
    if as_json:
        print_json({"hold": held, "differences": detail.differences})
        return
    print_detail(held, detail)


def _add_command(act: Act, text: str) -> None:
    def decide(
        number: Number,
        reason: Reason,
        name: AsName = None,
        key: OwnKeyFile = None,
        passphrase_file: PassphraseFile = None,
        dry_run: DryRun = False,
        config: ConfigPath = None,
        as_json: AsJson = False,
    ) -> None:
        with opened(config) as gateway:
            desk, now = gateway.hold_desk(), gateway.clock()
            who = _who(gateway, desk, name, key, passphrase_file)
            statement = desk.statement(act, number, reason=reason, actor=who.actor.name, now=now)
            held = desk.find(number)
            if dry_run:
                done: Standing | HoldOutcome = desk.foresee(statement, who.actor)
            else:
                done = _do(desk, statement, who, now)
        if as_json:
            print_json({"hold": number, "action": act, "dry_run": dry_run, "result": done})
        elif isinstance(done, HoldOutcome):
            print_outcome(done, act, config=_shown(config))
        elif dry_run:
            print_foreseen(act, held, done, actor=who.actor)
        elif isinstance(done, Wanted):
            print_wanted(act, number, done, actor=who.actor, config=_shown(config))

    app.command(COMMANDS[act], help=text)(decide)


for _act, _text in {
    Act.RELEASE: "Put the held lists in force.",
    Act.REJECT: "Refuse the held lists: what is in force stays; the partner's next FULL goes on.",
    Act.ROLL_BACK: "Undo a release: what was in force before it decides again.",
    Act.LIFT: "Lift the restrictions that held suspensions put over the list in force.",
}.items():
    _add_command(_act, _text)


def _who(
    gateway: Gateway, desk: HoldDesk, name: str | None, key: Path | None, file: Path | None
) -> _Who:
    if key is None:
        return _Who(desk.named(name or login_name()), None)
    signer = load_signer(key, file)
    return _Who(registered_signer(gateway, signer, name).proven, signer)


def _do(desk: HoldDesk, statement: Statement, who: _Who, now: datetime) -> Wanted | HoldOutcome:
    if who.key is None:
        return desk.submit_named(statement, who.actor, now)
    return desk.submit(who.key.sign(statement), now)


def _last_lists(gateway: Gateway) -> list[str]:
    lines = []
    for stored in gateway.store.profiles.all():
        stream = stored.profile.receives
        registry = gateway.store.registry
        head = registry.find_head(registry.in_force(stream))
        last = (
            "none yet"
            if head is None
            else f"{head.header.sequence}, issued {show(head.header.issued_at)}"
        )
        lines.append(f"{stream}: {last}")
    return lines


def _waiting(gateway: Gateway) -> list[tuple[str, str]]:
    """Return the streams that wait behind a FULL that failed (SYN-5), with their partners."""
    profiles = (stored.profile for stored in gateway.store.profiles.all())
    waits = gateway.full_waits()
    return [(str(each.receives), each.partner) for each in profiles if waits.find(each.receives)]


def _shown(config: Path | None) -> str:
    return "" if config is None else quote(str(config))
