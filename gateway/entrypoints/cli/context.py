"""What every command starts from: settings, the open gateway, and who is at the keyboard."""

import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from gateway.bootstrap import Gateway, open_gateway
from gateway.config.settings import Settings, load_settings
from gateway.domain.errors import NotFoundError
from gateway.domain.parties import Actor, Role
from gateway.domain.profiles import StoredProfile

ConfigPath = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        help="Settings file; else MRA_CONFIG, else mra.toml in this folder.",
        show_default=False,
    ),
]
ActorName = Annotated[
    str | None,
    typer.Option("--actor", help="Who does this, for the audit trail; else your login name."),
]


def settings_of(config: Path | None) -> Settings:
    """Load the settings that a command was given.

    Raises:
        ConfigError: The file is missing or wrong; file and key are named.
    """
    return load_settings(config, os.environ)  # noqa: TID251 - read once, here in the way in


@contextmanager
def opened(config: Path | None) -> Iterator[Gateway]:
    """Open the gateway for one command.

    Raises:
        ConfigError: Settings are wrong.
        DatabaseUnavailableError: The database does not answer.
        MissingDatabaseError: The database is not there.
        SchemaVersionError: The database is behind or ahead of this release.
    """
    gateway = open_gateway(settings_of(config))
    try:
        yield gateway
    finally:
        gateway.close()


def actor_of(name: str | None, role: Role = Role.ADMINISTRATOR) -> Actor:
    """Return who is at the keyboard."""
    return Actor(name=name or login_name(), role=role)


def login_name() -> str:
    """Return the name under which this process runs."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid {os.getuid()}"


def get_profile(gateway: Gateway, partner: str) -> StoredProfile:
    """Return a partner's profile.

    Raises:
        NotFoundError: There is none; the known ones are named.
    """
    stored = gateway.store.profiles.find(partner.upper())
    if stored is None:
        known = ", ".join(item.profile.partner for item in gateway.store.profiles.all())
        message = f"no partner {partner}; known: {known or 'none yet (mra partner apply)'}"
        raise NotFoundError(message, context={"partner": partner})
    return stored
