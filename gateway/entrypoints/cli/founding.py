"""The folder of a new gateway: settings, trial keys, registry, and first files to go on from."""

import shutil
from datetime import datetime
from pathlib import Path
from typing import Final

from msgspec import Struct

from gateway.config.example import write_example
from gateway.config.partner_example import write_operators_example, write_partner_example
from gateway.config.partner_files import FILE_NAME
from gateway.config.settings import load_settings
from gateway.domain.errors import ConfigError
from gateway.store.decision_log import make_decision_log
from gateway.store.versioning import upgrade
from gateway.trust.pki import make_trial_pki

TRIAL_DAYS: Final = 365
_SHOWN: Final = ("ca", "tls", "lists", "acknowledgements")
"""Certificates that a partner gets to see."""


class Place(Struct, frozen=True, kw_only=True):
    """A gateway that is to be made."""

    folder: Path
    home: str
    name: str
    grpc: str
    https: str
    lookup: str
    lookup_https: str | None = None
    """None: border systems ask over gRPC only."""

    @property
    def settings(self) -> Path:
        """Its settings file."""
        return self.folder / "mra.toml"

    @property
    def keys(self) -> Path:
        """Its trial PKI."""
        return self.folder / "keys"


def require_free(folder: Path) -> None:
    """Refuse a folder that holds anything.

    Raises:
        ConfigError: It does, or it is no folder.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        message = f"{folder} is not an empty folder; nothing was written"
        raise ConfigError(message, context={"folder": str(folder)})


def make_gateway(place: Place, now: datetime) -> None:
    """Make settings, trial keys, an empty registry, and an operator file to begin with.

    Raises:
        ConfigError: The folder or a file cannot be written, or a value does not fit.
        DatabaseUnavailableError: The registry could not be made.
    """
    _make_folder(place.folder)
    settings = write_example(
        home=place.home,
        name=place.name,
        test=True,
        authorities=True,
        audit=True,
        grpc_listen=place.grpc,
        https_listen=place.https,
        lookup_listen=place.lookup,
        lookup_https_listen=place.lookup_https,
    )
    _write(place.settings, settings)
    make_trial_pki(
        place.keys,
        administration=place.name,
        country=place.home,
        hosts=("localhost", "127.0.0.1"),
        now=now,
        days=TRIAL_DAYS,
    )
    operators = write_operators_example(home=place.home, since=now.date())
    _write(place.folder / "operators.csv", operators)
    url = load_settings(place.settings, {}).database.read_url()
    upgrade(url)
    make_decision_log(url)


def write_draft(place: Place, partner: str, now: datetime) -> Path:
    """Write a partner file for somebody who is yet to be asked for address and certificates.

    Raises:
        ConfigError: It cannot be written.
    """
    agreement = f"{place.home}-{partner}"
    text = write_partner_example(
        home=place.home,
        partner=partner,
        name=f"Customs of {partner}",
        since=now.date(),
        agreement=agreement,
    )
    return _partner_file(place, agreement, text)


def introduce(place: Place, other: Place, agreement: str, now: datetime) -> Path:
    """Write a partner file with the other's address and certificates.

    Args:
        place: Whose file it is.
        other: Whose address and certificates it holds.
        agreement: Its id, the same on both sides.
        now: Agreement and rules begin today.

    Raises:
        ConfigError: It cannot be written.
    """
    text = write_partner_example(
        home=place.home,
        partner=other.home,
        name=other.name,
        since=now.date(),
        agreement=agreement,
        address=other.grpc,
    )
    path = _partner_file(place, agreement, text)
    _make_folder(path.parent / "keys")
    for name in _SHOWN:
        shutil.copyfile(other.keys / f"{name}.pem", path.parent / "keys" / f"{name}.pem")
    return path


def _partner_file(place: Place, agreement: str, text: str) -> Path:
    path = place.folder / "partners" / agreement / FILE_NAME
    _make_folder(path.parent)
    _write(path, text)
    return path


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise ConfigError(f"{folder}: {error.strerror}", context={"folder": str(folder)}) from error


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}", context={"file": str(path)}) from error
