"""`mra operator`: the home programme's operators."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from gateway.config.toml_text import why_unreadable
from gateway.domain.errors import InvalidRequestError
from gateway.entrypoints.cli.context import ActorName, ConfigPath, actor_of, opened
from gateway.entrypoints.cli.operator_timeline import show_operator
from gateway.entrypoints.cli.output import AsJson, print_json, progress, say
from gateway.services.operator_file import read_operators

app = typer.Typer(help="The home programme's operators.", no_args_is_help=True)
app.command("show")(show_operator)


@app.command("import")
def import_operators(
    file: Annotated[Path, typer.Argument(help="CSV file (docs/operator-file.md); - reads stdin.")],
    config: ConfigPath = None,
    actor: ActorName = None,
    as_json: AsJson = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check the file and store nothing.")
    ] = False,
) -> None:
    """Make this file the whole home programme. If any row is bad, nothing is stored."""
    content = _read(file)
    with opened(config) as gateway:
        with progress("bytes read", total=len(content)) as bar:
            operators = read_operators(
                content,
                territory=(gateway.settings.home,),
                progress=lambda read: bar.update(bar.task_ids[0], completed=read),
            )
        if dry_run:
            if as_json:
                print_json({"operators": len(operators)})
            say(f"{file}: {len(operators)} operators are good; nothing was stored")
            return
        counts = gateway.store.home_programme.replace(operators, actor_of(actor))
    if as_json:
        print_json(counts)
        return
    say(
        f"{len(operators)} operators: {counts.added} added, {counts.changed} changed, "
        f"{counts.removed} removed, {counts.unchanged} unchanged"
    )
    say("next: mra publish --preview")


def _read(file: Path) -> bytes:
    if str(file) == "-":
        return sys.stdin.buffer.read()
    try:
        return file.read_bytes()
    except OSError as error:
        message = f"{file}: cannot be read: {why_unreadable(error)}"
        raise InvalidRequestError(message, context={"file": str(file)}) from error
