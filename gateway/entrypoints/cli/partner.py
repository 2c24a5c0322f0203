"""`mra partner`: profiles of partner administrations."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from gateway.config.partner_files import dump_partner, load_partner, load_partners
from gateway.domain.agreements import Agreement, Direction
from gateway.domain.announcements import announced, rules_shown
from gateway.domain.errors import InvalidRequestError
from gateway.domain.profiles import PartnerProfile, StoredProfile
from gateway.entrypoints.cli.context import ActorName, ConfigPath, actor_of, get_profile, opened
from gateway.entrypoints.cli.output import AsJson, print_json, print_records, say, show
from gateway.services.onboarding import Onboarded, apply_profile
from gateway.trust.certificates import fingerprint_of_pem

app = typer.Typer(help="Partner administrations and their agreements.", no_args_is_help=True)


@app.command("apply")
def apply(
    path: Annotated[
        Path,
        typer.Argument(help="partner.toml, the folder that holds it, or a folder of such folders."),
    ],
    config: ConfigPath = None,
    actor: ActorName = None,
    as_json: AsJson = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check the files and store nothing.")
    ] = False,
) -> None:
    """Store profiles as new versions, and register their TLS certificates as callers.

    All files are read before anything is stored: a bad one stops them all.
    """
    profiles = _load(path)
    if dry_run:
        if as_json:
            print_json([{"agreement": profile.agreement.id} for profile in profiles])
        names = ", ".join(profile.agreement.id for profile in profiles)
        say(f"{path}: {names}: good; nothing was stored")
        return
    with opened(config) as gateway:
        home = gateway.settings.home
        _require_ours(profiles, home)
        done = [
            apply_profile(
                profile,
                profiles=gateway.store.profiles,
                callers=gateway.store.callers,
                fingerprint_of=fingerprint_of_pem,
                actor=actor_of(actor),
                now=gateway.clock(),
            )
            for profile in profiles
        ]
    if as_json:
        print_json([_applied(each) for each in done])
        return
    for each in done:
        word = "stored as" if each.is_new_version else "unchanged, still"
        say(f"{each.stored.profile.agreement.id}: {word} version {each.stored.version}")
        for digest in each.new_callers:
            say(f"  may call us now: certificate {digest}")


def _load(path: Path) -> list[PartnerProfile]:
    if path.is_dir() and not (path / "partner.toml").exists():
        return list(load_partners(path))
    return [load_partner(path / "partner.toml" if path.is_dir() else path)]


def _require_ours(profiles: list[PartnerProfile], home: str) -> None:
    for profile in profiles:
        agreement = profile.agreement
        if agreement.home != home:
            message = f"{agreement.id} is {agreement.home}'s agreement, and home is {home}"
            raise InvalidRequestError(message, context={"agreement": agreement.id})


def _applied(done: Onboarded) -> dict[str, object]:
    return {
        "agreement": done.stored.profile.agreement.id,
        "version": done.stored.version,
        "changed": done.is_new_version,
        "new_callers": list(done.new_callers),
    }


@app.command("list")
def list_partners(config: ConfigPath = None, as_json: AsJson = False) -> None:
    """Show all partners: state, measures, direction, pattern, what we hold."""
    with opened(config) as gateway:
        rows = []
        for stored in gateway.store.profiles.all():
            registry = gateway.store.registry
            head = registry.find_head(registry.in_force(stored.profile.receives))
            rows.append((stored, head))
        now = gateway.clock()
    if as_json:
        print_json(
            [
                {
                    **_summary(stored, now),
                    "sequence": head.header.sequence if head else None,
                    "operators": head.header.quantity if head else None,
                    "issued_at": head.header.issued_at if head else None,
                }
                for stored, head in rows
            ]
        )
        return
    if not rows:
        say("no partners yet; add one: mra partner apply partners/XA-XB/partner.toml")
        return
    print_records(
        ("agreement", "state", "feed", "list", "operators", "issued"),
        [
            (
                (
                    stored.profile.agreement.id,
                    stored.profile.agreement.state.value,
                    stored.profile.kind.value if stored.profile.is_reachable else None,
                    head.header.sequence if head else None,
                    head.header.quantity if head else None,
                    head.header.issued_at if head else None,
                ),
                _words_of(stored.profile.agreement, now),
            )
            for stored, head in rows
        ],
        title=f"partners, as of {show(now)}",
    )


def _summary(stored: StoredProfile, now: datetime) -> dict[str, object]:
    agreement = stored.profile.agreement
    measures, direction, pattern = _rules_of(agreement, now)
    return {
        "agreement": agreement.id,
        "partner": agreement.partner,
        "name": agreement.partner_name,
        "state": agreement.state,
        "kind": stored.profile.kind,
        "enabled": stored.profile.enabled,
        "version": stored.version,
        "measures": measures,
        "direction": direction,
        "pattern": pattern,
    }


def _rules_of(agreement: Agreement, now: datetime) -> tuple[list[str], str, str]:
    """Measures, direction and patterns of the rules in force, or of those nearest to it."""
    rules = rules_shown(agreement, now)
    if rules is None:
        return [], "-", "-"
    both = len(rules.directions) == len(Direction)
    direction = "both" if both else " ".join(each.value for each in rules.directions)
    patterns = " ".join(
        scheme.pattern if scheme.verified else f"{scheme.pattern} (unverified)"
        for scheme in rules.schemes
    )
    return [measure.code.value for measure in rules.measures], direction, patterns


def _words_of(agreement: Agreement, now: datetime) -> str:
    measures, direction, pattern = _rules_of(agreement, now)
    return " · ".join((agreement.partner_name, direction, show(measures), pattern))


@app.command("show")
def show_partner(
    partner: Annotated[str, typer.Argument(help="The partner: SG")],
    config: ConfigPath = None,
    as_json: AsJson = False,
) -> None:
    """Show a partner's whole profile, as a file that `apply` would take, and what lies ahead."""
    with opened(config) as gateway:
        stored, now = get_profile(gateway, partner), gateway.clock()
    if as_json:
        print_json(stored)
        return
    say(f"version {stored.version}, applied {show(stored.applied_at)} by {stored.applied_by}")
    for ahead in announced(stored.profile.agreement, now):
        say(f"from {show(ahead.at)}: {ahead.what}")
    typer.echo(dump_partner(stored.profile))
