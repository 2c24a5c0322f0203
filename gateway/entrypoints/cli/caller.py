"""`mra caller`: who may call this gateway, for what, how much, and what it is shown."""

from pathlib import Path
from typing import Annotated

import typer
from msgspec import to_builtins
from msgspec.structs import replace

from gateway.bootstrap import Gateway
from gateway.domain.errors import ConfigError, GatewayError, InvalidRequestError
from gateway.domain.parties import Caller, Purpose, Scope
from gateway.domain.registration import Allowance, allowed
from gateway.entrypoints.cli.context import ActorName, ConfigPath, actor_of, opened
from gateway.entrypoints.cli.output import AsJson, print_json, print_records, say
from gateway.trust.certificates import fingerprint_of_pem
from gateway.trust.pki import make_client

app = typer.Typer(help="Who may call this gateway, and how much.", no_args_is_help=True)

ScopeOption = Annotated[
    Scope | None,
    typer.Option(help="What it is shown: full (customs), or the decision alone (other agencies)."),
]
RateOption = Annotated[
    int | None, typer.Option(help="Questions a second, at most; 0: no limit.", show_default=False)
]
BurstOption = Annotated[
    int | None,
    typer.Option(help="Questions at once after a silence; else the rate.", show_default=False),
]
QuotaOption = Annotated[
    int | None,
    typer.Option(help="Questions a day (UTC), at most; 0: no limit.", show_default=False),
]


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
    subject: Annotated[
        str | None,
        typer.Option(help="Whom tokens name, instead of a certificate (docs/operations.md)."),
    ] = None,
    partner: Annotated[
        str | None, typer.Option(help="Administration for which it exchanges lists.")
    ] = None,
    scope: ScopeOption = None,
    rate: RateOption = None,
    burst: BurstOption = None,
    quota: QuotaOption = None,
    config: ConfigPath = None,
    actor: ActorName = None,
    as_json: AsJson = False,
) -> None:
    """Register a caller. Everything that is not registered is refused."""
    if [certificate, trial, subject].count(None) != 2:  # noqa: PLR2004 - one of the three is given
        raise InvalidRequestError(
            "give one of --certificate FILE, --trial FOLDER or --subject SUBJECT"
        )
    with opened(config) as gateway:
        now = gateway.clock()
        caller = Caller(
            name=name,
            # Known below: a registration that is refused leaves no trial files behind.
            fingerprint="" if subject is None else None,
            subject=subject,
            purposes=tuple(purpose),
            partner=partner.upper() if partner else None,
            added_at=now,
        )
        caller = allowed(caller, Allowance(scope=scope, rate=rate, burst=burst, quota=quota))
        path = certificate if trial is None else _make_trial(gateway, trial, name)
        try:
            if path is not None:
                caller = replace(caller, fingerprint=fingerprint_of_pem(_read(path)))
            gateway.store.callers.add(caller, actor_of(actor), now)
        except GatewayError:
            if trial is not None and path is not None:
                # Made a moment ago, for a registration that is refused.
                path.unlink()
                path.with_suffix(".key").unlink()
            raise
    if as_json:
        print_json(caller)
        return
    say(f"{name} may now call for {', '.join(purpose)}: {caller.credential}")
    if Purpose.LOOKUP in purpose:
        say(f"  {_shown(caller)}; {_limits(caller)}")
    if trial is not None:
        say(f"  trial certificate and key: {path}")
    if subject is not None and gateway.settings.lookup.tokens is None:
        say("  no issuer is set yet: its tokens count once [lookup.tokens] is (mra.toml)")


@app.command("set")
def change(
    name: Annotated[str, typer.Argument(help="The caller's name.")],
    scope: ScopeOption = None,
    rate: RateOption = None,
    burst: BurstOption = None,
    quota: QuotaOption = None,
    config: ConfigPath = None,
    actor: ActorName = None,
    as_json: AsJson = False,
) -> None:
    """Change what a caller is shown and how much it may ask; what is not named stays."""
    wanted = Allowance(scope=scope, rate=rate, burst=burst, quota=quota)
    if wanted == Allowance():
        raise InvalidRequestError("give at least one of --scope, --rate, --burst and --quota")
    with opened(config) as gateway:
        caller = gateway.store.callers.allow(name, wanted, actor_of(actor), gateway.clock())
    if as_json:
        print_json(caller)
        return
    say(f"{name}: {_shown(caller)}; {_limits(caller)}")


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
        asked = gateway.store.usage.of(gateway.clock().date())
    if as_json:
        print_json([to_builtins(one) | {"asked_today": asked.get(one.name, 0)} for one in callers])
        return
    if not callers:
        say("no callers yet; add one: mra caller add NAME --purpose lookup --certificate FILE")
        return
    print_records(
        ("name", "purposes", "partner", "scope", "added", "revoked"),
        [
            (
                (
                    caller.name,
                    [purpose.value for purpose in caller.purposes],
                    caller.partner,
                    caller.scope if Purpose.LOOKUP in caller.purposes else None,
                    caller.added_at,
                    caller.revoked_at,
                ),
                _details(caller, asked.get(caller.name, 0)),
            )
            for caller in callers
        ],
    )


def _details(caller: Caller, asked: int) -> str:
    if caller.limits is None:
        return caller.credential
    return f"{caller.credential}; {_limits(caller)}; {asked} asked today"


def _shown(caller: Caller) -> str:
    return "is shown everything" if caller.scope is Scope.FULL else "is shown decisions alone"


def _limits(caller: Caller) -> str:
    limits = caller.limits
    if limits is None:
        return "no limits"
    burst = f" ({limits.burst} at once)" if limits.burst else ""
    said = [f"{limits.rate} a second{burst}"] if limits.rate else []
    said += [f"{limits.quota} a day"] if limits.quota else []
    return f"at most {', '.join(said)}"


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
