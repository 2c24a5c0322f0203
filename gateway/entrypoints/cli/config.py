"""`mra config check`: are settings, keys and partner files good?"""

from collections.abc import Callable
from functools import partial

import typer

from gateway.bootstrap import load_keys, read_issuer_keys, system_clock
from gateway.config.partner_files import load_partner
from gateway.config.settings import Settings, describe
from gateway.config.toml_text import toml_value
from gateway.domain.errors import ConfigError, GatewayError
from gateway.entrypoints.cli.context import ConfigPath, settings_of
from gateway.entrypoints.cli.output import AsJson, print_json, say
from gateway.store.versioning import check as check_database
from gateway.trust.keys import load_signing_key

app = typer.Typer(help="Settings.", no_args_is_help=True)


@app.command("check")
def check(config: ConfigPath = None, as_json: AsJson = False) -> None:
    """Check settings, keys, database and partner files; print the effective settings."""
    settings = settings_of(config)
    problems = _problems(settings)
    if as_json:
        print_json({"settings": describe(settings), "problems": problems})
    else:
        _print_settings(describe(settings))
    if problems:
        raise ConfigError("; ".join(problems))
    say("settings, keys, database and partner files are good")


def _problems(settings: Settings) -> list[str]:
    problems: list[str] = []
    now = system_clock()
    pairs = (settings.tls, settings.lists, settings.acknowledgements, settings.audit)
    for pair in filter(None, pairs):
        _collect(problems, partial(load_signing_key, pair.certificate, pair.key, now=now))
    if not problems:
        _collect(problems, partial(load_keys, settings, now=now))
    _collect(problems, lambda: check_database(settings.database.read_url()))
    tokens = settings.lookup.tokens
    if tokens is not None:
        _collect(problems, partial(read_issuer_keys, tokens))
    for path in sorted(settings.partners.glob("*/partner.toml")):
        _collect(problems, partial(load_partner, path))
    return problems


def _collect(problems: list[str], attempt: Callable[[], object]) -> None:
    try:
        attempt()
    except GatewayError as error:
        problems.append(error.message)


def _print_settings(values: dict[str, object], prefix: str = "") -> None:
    for key, value in values.items():
        if isinstance(value, dict):
            _print_settings(value, f"{prefix}{key}.")
        else:
            typer.echo(f"{prefix}{key} = {_as_toml(value)}")


def _as_toml(value: object) -> str:
    """Write a value so that it may be copied into mra.toml."""
    return "# not set" if value is None else toml_value(value)
