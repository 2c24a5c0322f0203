"""`mra caller`: certificates that may call this gateway, and for what."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.bootstrap import Gateway
from gateway.domain.errors import ConfigError, InvalidRequestError
from gateway.domain.parties import Caller, Purpose
from gateway.entrypoints.cli.context import ActorName, ConfigPath, actor_of, opened
from gateway.entrypoints.cli.output import AsJson, print_json, print_records, say
from gateway.trust.certificates import fingerprint_of_pem
from gateway.trust.pki import make_client

app = typer.Typer(help="Certificates that may call this gateway.", no_args_is_help=True)


@app.command("add")
def add(
    name: Annotated[str, typer.Argument(help="What you call it: border-east")],
    purpose: Annotated[list[Purpose], typer.Option(help="What it may do; may be repeated.")],
    certificate: Annotated[
        Path | None, typer.Option(help="PEM certificate that it will show.")
    ] = None,
    trial: Annotated[
        Path | None,
        typer.Option(help="Folder: make a trial certificate and key there with home's trial CA."),
    ] = None,
    partner: Annotated[
        str | None, typer.Option(help="Administration for which it exchanges lists.")
    ] = None,
    config: ConfigPath = None,
    actor: ActorName = None,
    as_json: AsJson = False,
) -> None:
    """Register a certificate. Everything that is not registered is refused."""
    if (certificate is None) == (trial is None):
        raise InvalidRequestError("give either --certificate FILE or --trial FOLDER")
    if Purpose.EXCHANGE in purpose and partner is None:
        raise InvalidRequestError("purpose exchange needs --partner: for whom does it exchange?")
    with opened(config) as gateway:
        now = gateway.clock()
        path = certificate or _make_trial(gateway, trial or Path(), name)
        caller = Caller(
            name=name,
            fingerprint=fingerprint_of_pem(_read(path)),
            purposes=tuple(purpose),
            partner=partner.upper() if partner else None,
            added_at=now,
        )
        gateway.store.callers.add(caller, actor_of(actor), now)
    if as_json:
        print_json(caller)
        return
    say(f"{name} may now call for {', '.join(purpose)}: {caller.credential}")
    if trial is not None:
        say(f"  trial certificate and key: {path}")


def _make_trial(gateway: Gateway, folder: Path, name: str) -> Path:
    authorities = gateway.settings.tls.authorities
    if authorities is None:
        raise ConfigError("tls.authorities is not set: there is no trial CA to issue from")
    authority = authorities.parent
    return make_client(folder, name=name, authority=authority, now=gateway.clock())


def _read(path: Path) -> str:
    try:
        return path.read_text("ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read as PEM ({error})") from error


@app.command("list")
def list_callers(config: ConfigPath = None, as_json: AsJson = False) -> None:
    """Show all callers, the revoked too."""
    with opened(config) as gateway:
        callers = gateway.store.callers.all()
    if as_json:
        print_json(callers)
        return
    if not callers:
        say("no callers yet; add one: mra caller add NAME --purpose lookup --certificate FILE")
        return
    print_records(
        ("name", "purposes", "partner", "added", "revoked"),
        [
            (
                (
                    caller.name,
                    [purpose.value for purpose in caller.purposes],
                    caller.partner,
                    caller.added_at,
                    caller.revoked_at,
                ),
                caller.credential,
            )
            for caller in callers
        ],
    )


@app.command("revoke")
def revoke(
    name: Annotated[str, typer.Argument(help="The caller's name.")],
    config: ConfigPath = None,
    actor: ActorName = None,
    as_json: AsJson = False,
) -> None:
    """End a caller's registration, at once for new calls."""
    with opened(config) as gateway:
        now = gateway.clock()
        gateway.store.callers.revoke(name, actor_of(actor), now)
    if as_json:
        print_json({"name": name, "revoked_at": now})
        return
    say(f"{name} may call no more")
