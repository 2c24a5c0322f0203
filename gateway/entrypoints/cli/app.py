"""`mra`: one file a command; errors end here as one line, a next step, and an exit code."""

import os
import sys
from typing import Any, Final

import typer
from typer.core import TyperGroup
from typer.main import get_command

from gateway.domain.errors import GatewayError, InvalidRequestError, MachineError
from gateway.entrypoints.cli import streams
from gateway.entrypoints.cli.lazy import LazyCommand
from gateway.entrypoints.cli.output import report
from gateway.entrypoints.error_catalogue import EXIT_DIFFERENT, EXIT_OF_VERDICT

EPILOG: Final = (
    "Exit codes: 0 done or GRANT · 1 a defect · 2 wrong usage · "
    + " · ".join(f"{code} {verdict}" for verdict, code in EXIT_OF_VERDICT.items() if code)
    + f" · {EXIT_DIFFERENT} replayed differently"
    + " · 64-79 refused or failed (mra explain CODE) · 130 interrupted"
)

LONGEST_SHOWN: Final = 60
"""Characters of an argument that a refusal repeats."""

COMMANDS: Final = {
    "init": "Make a gateway: mra.toml, keys/ (a PKI for trials), partners/, operators.csv, mra.db.",
    "config": "Settings.",
    "db": "The registry's database.",
    "operator": "The home programme's operators.",
    "partner": "Partner administrations and their agreements.",
    "agreement": "What home recognises, of whom, since when, and how fresh it is.",
    "publish": "Issue a new signed list to each partner for which something changed.",
    "caller": "Who may call this gateway, and how much.",
    "actor": "People with keys of their own: who may decide, and prove it.",
    "hold": "Lists that wait for an officer: look, release, reject, roll back.",
    "block": "Operators to whom home gives no facilitation, whatever a partner lists.",
    "serve": "Run the gateway until SIGTERM or Ctrl-C; running calls end first.",
    "sync": "Fetch, verify, decide and acknowledge, once.",
    "stream": "How the lists to and from each partner stand.",
    "delivery": "The delivery log: what travelled, what waits, and what was given up.",
    "lookup": "Decide on one code: exit 0 for GRANT, 10 for NO_GRANT, 11 for UNDETERMINED.",
    "decision": "The decision log: who was told what, and whether it comes out the same again.",
    "list": "Lists as files.",
    "evidence": "The documents that partners sent, as they came.",
    "audit": "The trail of who changed what: append-only, hash-chained.",
    "doctor": (
        "Check clock, keys, certificates, database, streams and deliveries; exit 1 if one failed."
    ),
    "explain": "Explain an error, a reason of a list or of an answer, or a fault on the way.",
    "demo.command": "Play the main job: CN, SG over gRPC, NZ over XML; synthetic operators.",
}
"""By module beside this one, and by name up to its dot; in the order of a first day."""


def main(arguments: list[str] | None = None) -> None:
    """Run one command and exit with its code."""
    given = sys.argv[1:] if arguments is None else arguments
    streams.prepare()
    # Before the library is loaded. Else it writes a line of its own form, beside the log, for every
    # stranger's handshake that fails.
    os.environ.setdefault("GRPC_VERBOSITY", "ERROR")  # noqa: TID251 - the library reads it there
    try:
        _require_text(given)
        make_app().main(given, prog_name="mra")
    except GatewayError as error:
        sys.exit(report(error, as_json="--json" in given))
    except OSError as error:
        streams.discard_output()
        sys.exit(report(_of_machine(error), as_json="--json" in given))


def _require_text(arguments: list[str]) -> None:
    """Refuse what a terminal of another encoding sends: nothing could store, sign or show it."""
    for argument in arguments:
        try:
            argument.encode()
        except UnicodeEncodeError as error:
            shown = ascii(argument)[1:-1][:LONGEST_SHOWN]
            raise InvalidRequestError(
                f"the argument {shown} is not UTF-8: set the terminal to UTF-8"
            ) from error


def _of_machine(error: OSError) -> MachineError:
    place = error.filename or "standard output, or a file without a name"
    return MachineError(f"{place}: {(error.strerror or str(error)).lower()}")


class _Root(TyperGroup):
    """Refuses wrong arguments in words for people, without the name of a class before them."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - Typer exports no class for it
        """Run the command that was called."""
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            error.message = error.message.removeprefix("Value error, ")
            raise


def make_app() -> TyperGroup:
    """Make the command line; each command is imported when it is called."""
    root = typer.Typer(
        name="mra",
        cls=_Root,
        help="Exchange signed AEO status lists with MRA partners, and look operators up.",
        epilog=EPILOG,
        no_args_is_help=True,
        result_callback=_exit_with,
    )
    root.callback()(_root)
    app = get_command(root)
    assert isinstance(app, TyperGroup)  # noqa: S101 - for the type checker: it has a callback
    for module, text in COMMANDS.items():
        name = module.partition(".")[0]
        app.add_command(LazyCommand(name, f"{__package__}.{module}", help=text))
    return app


def _root() -> None:
    """Exchange signed AEO status lists with MRA partners, and look operators up."""


def _exit_with(code: object) -> None:
    """Make the exit code of what a command returned; most return nothing."""
    raise typer.Exit(code if isinstance(code, int) else 0)
