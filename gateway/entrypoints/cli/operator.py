"""`mra operator`: the home programme's operators."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from gateway.config.toml_text import why_unreadable
from gateway.domain.counts import number_of
from gateway.domain.errors import InvalidRequestError, OperatorFileError
from gateway.entrypoints.cli.context import ActorName, ConfigPath, actor_of, opened
from gateway.entrypoints.cli.inclusion import prove_operator
from gateway.entrypoints.cli.operator_preview import show_preview
from gateway.entrypoints.cli.operator_reports import add_reports
from gateway.entrypoints.cli.operator_search import search_operators
from gateway.entrypoints.cli.operator_timeline import show_operator
from gateway.entrypoints.cli.output import AsJson, print_json, progress, say
from gateway.exchange.xml_feed.programme import is_xml, programme_from_xml
from gateway.ports.home_programme import MassChange
from gateway.services.operator_file import collect_programme, read_programme, write_problems
from gateway.services.operator_reading import Programme
from gateway.services.operator_rows import Problem

app = typer.Typer(help="The home programme's operators.", no_args_is_help=True)
app.command("show")(show_operator)
app.command("search")(search_operators)
app.command("prove")(prove_operator)
add_reports(app)


@app.command("import")
def import_operators(
    file: Annotated[
        Path, typer.Argument(help="CSV or XML file (docs/operator-file.md); - reads stdin.")
    ],
    config: ConfigPath = None,
    actor: ActorName = None,
    as_json: AsJson = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check the file and store nothing.")
    ] = False,
    preview: Annotated[
        bool, typer.Option("--preview", help="Show what would change; store nothing.")
    ] = False,
    problems: Annotated[
        Path | None, typer.Option(help="Write all bad rows as CSV into this file.")
    ] = None,
    confirm: Annotated[
        bool,
        typer.Option(
            "--confirm-mass-change",
            help="Store it although a tenth or more would be removed or deactivated.",
        ),
    ] = False,
) -> None:
    """Make this file the whole home programme. If any row is bad, nothing is stored."""
    with opened(config) as gateway:
        operators = _operators(_read(file), gateway.settings.home, problems)
        if preview:
            show_preview(gateway.store.home_programme, operators, as_json=as_json)
            return
        if dry_run:
            if as_json:
                print_json({"operators": len(operators)})
            say(f"{file}: {number_of(len(operators), 'good operator')}; nothing was stored")
            return
        # Every partner would hold such a list (ACC-12): nobody shall find that out by accident.
        limit = None if confirm else MassChange()
        counts = gateway.store.home_programme.replace(operators, actor_of(actor), limit)
    if as_json:
        print_json(counts)
        return
    say(
        f"{number_of(len(operators), 'operator')}: {counts.added} added, {counts.changed} changed, "
        f"{counts.removed} removed, {counts.unchanged} unchanged"
    )
    say("next: mra publish --preview")


def _operators(content: bytes, home: str, problems: Path | None) -> Programme:
    try:
        operators = _read_xml(content, home) if is_xml(content) else _read_csv(content, home)
    except OperatorFileError as error:
        if problems is not None:
            _write_problems(problems, error.problems)
        raise
    if problems is not None:
        # Else a report of yesterday would go on to speak of today's file.
        _write_problems(problems, ())
    return operators


def _read_csv(content: bytes, home: str) -> Programme:
    with progress("bytes read", total=len(content)) as bar:
        return read_programme(
            content,
            territory=(home,),
            progress=lambda read: bar.update(bar.task_ids[0], completed=read),
        )


def _read_xml(content: bytes, home: str) -> Programme:
    noted: list[Problem] = []
    return collect_programme(programme_from_xml(content, noted), noted, territory=(home,))


def _write_problems(path: Path, found: Sequence[Problem]) -> None:
    try:
        path.write_text(write_problems(found), encoding="utf-8")
    except OSError as error:
        raise InvalidRequestError(
            f"{path} cannot be written: {why_unreadable(error)}", context={"file": str(path)}
        ) from error


def _read(file: Path) -> bytes:
    if str(file) == "-":
        return sys.stdin.buffer.read()
    try:
        return file.read_bytes()
    except OSError as error:
        message = f"{file}: cannot be read: {why_unreadable(error)}"
        raise InvalidRequestError(message, context={"file": str(file)}) from error
