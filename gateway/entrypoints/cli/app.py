"""`mra`: one file a command; errors end here as one line, a next step, and an exit code."""

import sys
from typing import Any

import click
import typer

from gateway.domain.errors import GatewayError
from gateway.entrypoints.cli import (
    caller,
    config,
    db,
    explain,
    init,
    lookup,
    operator,
    partner,
    publish,
    serve,
    sync,
)
from gateway.entrypoints.cli.demo import command as demo
from gateway.entrypoints.cli.output import report
from gateway.entrypoints.error_catalogue import EXIT_OF_VERDICT

EPILOG = (
    "Exit codes: 0 done or GRANT · 2 wrong usage · "
    + " · ".join(f"{code} {verdict}" for verdict, code in EXIT_OF_VERDICT.items() if code)
    + " · 64-78 refused or failed (mra explain CODE)"
)

app = typer.Typer(
    name="mra",
    help="Exchange signed AEO status lists with MRA partners, and look operators up.",
    epilog=EPILOG,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=True,
)
app.command("init")(init.init)
app.command("serve")(serve.serve)
app.command("publish")(publish.publish)
app.command("sync")(sync.sync)
app.command("lookup")(lookup.lookup)
app.command("explain")(explain.explain)
app.command("demo")(demo.demo)
app.add_typer(partner.app, name="partner")
app.add_typer(caller.app, name="caller")
app.add_typer(operator.app, name="operator")
app.add_typer(config.app, name="config")
app.add_typer(db.app, name="db")


def main(arguments: list[str] | None = None) -> None:
    """Run one command and exit with its code."""
    given = sys.argv[1:] if arguments is None else arguments
    try:
        code: Any = app(given, standalone_mode=False)
    except GatewayError as error:
        sys.exit(report(error, as_json="--json" in given))
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    sys.exit(code if isinstance(code, int) else 0)
