"""`mra db`: the registry's database."""

from typing import Annotated

import typer

from gateway.domain.counts import number_of
from gateway.entrypoints.cli.context import ActorName, ConfigPath, actor_of, opened, settings_of
from gateway.entrypoints.cli.output import AsJson, print_json, print_table, say
from gateway.services.publish import is_exchanging
from gateway.store import versioning
from gateway.store.decision_log import check_decision_log, make_decision_log

app = typer.Typer(help="The registry's database.", no_args_is_help=True)


@app.command("upgrade")
def upgrade(config: ConfigPath = None) -> None:
    """Bring the database to this release. Safe to repeat."""
    url = settings_of(config).database.read_url()
    versioning.upgrade(url)
    make_decision_log(url)
    say("the database fits this release")


@app.command("check")
def check(config: ConfigPath = None, as_json: AsJson = False) -> None:
    """Tell whether the database fits this release; changes nothing."""
    url = settings_of(config).database.read_url()
    versioning.check(url)
    check_decision_log(url)
    if as_json:
        print_json({"fits": True})
        return
    say("the database fits this release")


@app.command("restored")
def restored(config: ConfigPath = None, actor: ActorName = None, as_json: AsJson = False) -> None:
    """Say that this database was restored from a backup: before anything else is started on it.

    Nothing is issued to a partner before its newest acknowledgement was read (PUB-6).
    """
    with opened(config) as gateway:
        waiting = [
            stored.profile
            for stored in gateway.store.profiles.all()
            if is_exchanging(stored.profile)
        ]
        gateway.store.publications.mark_restored(
            [profile.sends for profile in waiting], actor_of(actor), gateway.clock()
        )
    partners = [profile.partner for profile in waiting]
    if as_json:
        print_json({"waiting_for": partners})
        return
    say(f"nothing is issued before these partners were heard: {', '.join(partners) or 'none'}")
    say("next: mra serve; import the newest operator file; mra doctor")


@app.command("retain")
def retain(
    erase: Annotated[
        bool, typer.Option("--erase", help="Erase them; without it they are only shown.")
    ] = False,
    config: ConfigPath = None,
    actor: ActorName = None,
    as_json: AsJson = False,
) -> None:
    """Show, or erase, the bodies of issued lists whose time is over (retention.lists)."""
    with opened(config) as gateway:
        now = gateway.clock()
        found = gateway.store.publications.erase(
            now - gateway.settings.retention.lists, actor_of(actor), now, dry_run=not erase
        )
    if as_json:
        print_json(
            [
                {"stream": str(each.stream), "sequences": each.sequences, "bytes": each.size}
                for each in found
            ]
        )
        return
    if found:
        print_table(
            ("stream", "lists", "first", "last", "bytes"),
            [
                (each.stream, len(each.sequences), each.sequences[0], each.sequences[-1], each.size)
                for each in found
            ],
        )
    count = sum(len(each.sequences) for each in found)
    if not count:
        say("no list is old enough to be erased")
        return
    done = "erased; signed heads stay" if erase else "would be erased; --erase does it"
    say(f"the body of {number_of(count, 'list')} {done}")
