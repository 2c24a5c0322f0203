"""Against whose registrations something is checked offline, and as of when."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from gateway.config.partner_files import load_partner
from gateway.domain.errors import InvalidRequestError, SchemaViolationError
from gateway.domain.instants import parse_instant
from gateway.domain.profiles import PartnerProfile
from gateway.entrypoints.cli.context import get_profile, opened

AtMoment = Annotated[
    str | None,
    typer.Option(help="As received at YYYY-MM-DDThh:mm:ssZ, for old lists. Default: now."),
]


def profile_of(partner: str | None, path: Path | None, config: Path | None) -> PartnerProfile:
    """Return a partner's stored profile, or that of a file.

    Raises:
        InvalidRequestError: Both are named, or neither.
        ConfigError: The file is missing or wrong.
        NotFoundError: No such partner.
    """
    if (partner is None) is (path is None):
        raise InvalidRequestError("name the partner or the profile's file: --partner or --profile")
    if path is not None:
        return load_partner(path / "partner.toml" if path.is_dir() else path)
    with opened(config) as gateway:
        return get_profile(gateway, partner or "").profile


def instant_of(text: str) -> datetime:
    """Read a moment.

    Raises:
        InvalidRequestError: It is none.
    """
    try:
        return parse_instant(text)
    except SchemaViolationError as error:
        raise InvalidRequestError(f"{text!r} is not YYYY-MM-DDThh:mm:ssZ") from error
