"""`mra init`: a folder with settings, a registry, and keys for a trial."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.bootstrap import system_clock
from gateway.config.example import write_example
from gateway.domain.errors import ConfigError
from gateway.entrypoints.cli.context import settings_of
from gateway.entrypoints.cli.output import AsJson, print_json, say
from gateway.store.versioning import upgrade
from gateway.trust.pki import make_trial_pki

TRIAL_DAYS = 365


def init(
    folder: Annotated[Path, typer.Argument(help="Folder to make; must be empty or new.")],
    home: Annotated[
        str, typer.Option(help="Home administration: ISO 3166-1 alpha-2, EU or XI.")
    ] = "XA",
    name: Annotated[str, typer.Option(help="Its name, for people.")] = "Customs of Exampleland",
    grpc_port: Annotated[int, typer.Option(help="Port for partners over gRPC.")] = 7443,
    https_port: Annotated[int, typer.Option(help="Port for partners over XML/HTTPS.")] = 7444,
    lookup_port: Annotated[int, typer.Option(help="Port for border systems over gRPC.")] = 7445,
    as_json: AsJson = False,
) -> None:
    """Make a gateway: mra.toml, keys/ (a PKI for trials), partners/, registry.db.

    Nothing that exists is overwritten. For production, put the names of your own key files into
    mra.toml instead.
    """
    if folder.exists() and any(folder.iterdir()):
        message = f"{folder} is not empty; nothing was written"
        raise ConfigError(message, context={"folder": str(folder)})
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    home = home.upper()
    make_trial_pki(
        folder / "keys",
        administration=name,
        country=home,
        hosts=("localhost", "127.0.0.1"),
        now=system_clock(),
        days=TRIAL_DAYS,
    )
    (folder / "partners").mkdir()
    path = folder / "mra.toml"
    path.write_text(
        write_example(
            home=home,
            name=name,
            grpc_listen=f"127.0.0.1:{grpc_port}",
            https_listen=f"127.0.0.1:{https_port}",
            lookup_listen=f"127.0.0.1:{lookup_port}",
        ),
        encoding="utf-8",
    )
    settings = settings_of(path)
    upgrade(settings.database.read_url())
    if as_json:
        print_json({"settings": str(path), "home": home, "keys": str(folder / "keys")})
        return
    say(f"made {path} for {home}, with trial keys valid {TRIAL_DAYS} days and an empty registry")
    say("next:")
    say(f"  mra config check -c {path}")
    say(f"  mra operator import operators.csv -c {path}    (docs/operator-file.md)")
    say(f"  mra partner apply partners/XA-XB/partner.toml -c {path}")
    say(f"  mra serve -c {path}")
