"""`mra init`: a folder with settings, a registry, and keys for a trial."""

from pathlib import Path
from typing import Annotated, Final

import typer

from gateway.bootstrap import system_clock
from gateway.config.administrations import require_administration
from gateway.config.partner_files import load_partner
from gateway.domain.errors import InvalidRequestError
from gateway.entrypoints.cli.context import ActorName, actor_of, opened
from gateway.entrypoints.cli.founding import (
    TRIAL_DAYS,
    Place,
    introduce,
    make_gateway,
    require_free,
    write_draft,
)
from gateway.entrypoints.cli.output import AsJson, print_json, say
from gateway.services.onboarding import apply_profile
from gateway.trust.certificates import fingerprint_of_pem

NEXT_PORTS: Final = 100
"""How far the ports of the trial partner lie above those of home."""

HIGHEST_PORT: Final = 65535 - NEXT_PORTS


def init(
    folder: Annotated[Path, typer.Argument(help="Folder to make; must be empty or new.")],
    home: Annotated[
        str, typer.Option(help="Home administration: ISO 3166-1 alpha-2, EU or XI.")
    ] = "XA",
    name: Annotated[str, typer.Option(help="Its name, for people.")] = "Customs of Exampleland",
    trial_partner: Annotated[
        str | None,
        typer.Option(
            help="Also make this administration's gateway, in a folder inside, that exchanges "
            "lists with home: XB"
        ),
    ] = None,
    grpc_port: Annotated[
        int, typer.Option(min=1, max=HIGHEST_PORT, help="Port for partners over gRPC.")
    ] = 7443,
    https_port: Annotated[
        int, typer.Option(min=1, max=HIGHEST_PORT, help="Port for partners over XML/HTTPS.")
    ] = 7444,
    lookup_port: Annotated[
        int, typer.Option(min=1, max=HIGHEST_PORT, help="Port for border systems over gRPC.")
    ] = 7445,
    lookup_https_port: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=HIGHEST_PORT,
            help="Port for border systems over HTTPS. Default: none, they cannot.",
        ),
    ] = None,
    actor: ActorName = None,
    as_json: AsJson = False,
) -> None:
    """Make a gateway: mra.toml, keys/ (a PKI for trials), partners/, operators.csv, mra.db.

    Nothing that exists is overwritten. For production, put the names of your own key files into
    mra.toml instead.
    """
    ports = (grpc_port, https_port, lookup_port, lookup_https_port)
    here = _place(folder, home, name, ports)
    require_free(folder)
    partner = trial_partner or ("XA" if here.home == "XB" else "XB")
    other = _place(
        folder / partner.upper(),
        partner,
        f"Trial customs of {partner.upper()}",
        tuple(port and port + NEXT_PORTS for port in ports),
    )
    # No certificate carries the country EU: its members' would have to be told one by one.
    if other.home in {here.home, "EU"}:
        raise InvalidRequestError(f"the trial partner is a country other than {here.home}")
    now = system_clock()
    make_gateway(here, now)
    if trial_partner is None:
        partner_file = write_draft(here, other.home, now)
    else:
        make_gateway(other, now)
        agreement = f"{here.home}-{other.home}"
        partner_file = introduce(here, other, agreement, now)
        _apply(other, introduce(other, here, agreement, now), actor)
    if as_json:
        print_json(
            {
                "home": here.home,
                "settings": str(here.settings),
                "keys": str(here.keys),
                "partner_file": str(partner_file),
                "trial_partner": None if trial_partner is None else str(other.settings),
            }
        )
        return
    _tell(here, other, partner_file.relative_to(folder), is_trial=trial_partner is not None)


def _place(folder: Path, home: str, name: str, ports: tuple[int | None, ...]) -> Place:
    try:
        home = require_administration(home.upper())
    except ValueError as error:
        raise InvalidRequestError(str(error)) from error
    grpc, https, lookup, lookup_https = (f"127.0.0.1:{port}" for port in ports)
    return Place(
        folder=folder,
        home=home,
        name=name,
        grpc=grpc,
        https=https,
        lookup=lookup,
        lookup_https=lookup_https if ports[-1] else None,
    )


def _apply(place: Place, file: Path, actor: str | None) -> None:
    with opened(place.settings) as gateway:
        apply_profile(
            load_partner(file),
            profiles=gateway.store.profiles,
            callers=gateway.store.callers,
            fingerprint_of=fingerprint_of_pem,
            actor=actor_of(actor),
            now=gateway.clock(),
        )


def _tell(here: Place, other: Place, partner_file: Path, *, is_trial: bool) -> None:
    say(f"made {here.settings} for {here.home}: trial keys valid {TRIAL_DAYS} days, empty registry")
    if is_trial:
        say(f"made {other.settings} for the trial partner {other.home}, which knows {here.home}")
    operator = f"{here.home}0000000001"
    steps = [
        (f"cd {here.folder}", ""),
        ("mra config check", ""),
        ("mra operator import operators.csv", "three synthetic ones; docs/operator-file.md"),
        (f"mra partner apply {partner_file}", "" if is_trial else "a draft: complete it first"),
        ("mra publish --preview", f"what {other.home} will see"),
        ("mra publish", ""),
        ("mra serve", "and in a second terminal:" if is_trial else ""),
    ]
    if is_trial:
        steps += [
            (f"mra sync -c {other.home}/mra.toml", f"{other.home} fetches your list"),
            (f"mra lookup {operator} -c {other.home}/mra.toml", "and decides on your operator"),
        ]
    say("next:")
    width = max(len(step) for step, _ in steps) + 2
    for step, note in steps:
        say(f"  {step:<{width}}{note}".rstrip())
