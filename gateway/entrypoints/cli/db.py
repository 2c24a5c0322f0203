"""`mra db`: the registry's database."""

import typer

from gateway.entrypoints.cli.context import ConfigPath, settings_of
from gateway.entrypoints.cli.output import AsJson, print_json, say
from gateway.store import versioning

app = typer.Typer(help="The registry's database.", no_args_is_help=True)


@app.command("upgrade")
def upgrade(config: ConfigPath = None) -> None:
    """Bring the database to this release. Safe to repeat."""
    versioning.upgrade(settings_of(config).database.read_url())
    say("the database fits this release")


@app.command("check")
def check(config: ConfigPath = None, as_json: AsJson = False) -> None:
    """Tell whether the database fits this release; changes nothing."""
    versioning.check(settings_of(config).database.read_url())
    if as_json:
        print_json({"fits": True})
        return
    say("the database fits this release")
