"""`mra sync`: fetch a partner's list now, outside its schedule."""

from typing import Annotated

import typer

from gateway.domain.errors import DocumentError, GatewayError
from gateway.domain.profiles import PartnerProfile
from gateway.entrypoints.cli.context import ActorName, ConfigPath, actor_of, get_profile, opened
from gateway.entrypoints.cli.output import AsJson, print_json, report, say
from gateway.entrypoints.error_catalogue import row_of
from gateway.services.publish import is_exchanging
from gateway.services.sync import SyncResult, SyncState


def sync(
    partner: Annotated[
        str | None, typer.Argument(help="One partner; without it, all with an endpoint.")
    ] = None,
    config: ConfigPath = None,
    actor: ActorName = None,
    as_json: AsJson = False,
) -> int:
    """Fetch, verify, decide and acknowledge, once. One failing partner does not stop the others.

    The exit code is 0, or that of the last failure; 65 for a list that was refused.
    """
    code = 0
    results: list[SyncResult] = []
    with opened(config) as gateway:
        exchange = gateway.exchange()
        chosen = [
            stored.profile
            for stored in (
                [get_profile(gateway, partner)] if partner else gateway.store.profiles.all()
            )
            if partner or (stored.profile.is_reachable and is_exchanging(stored.profile))
        ]
        for profile in chosen:
            try:
                result = exchange.sync.run(profile, now=gateway.clock(), actor=actor_of(actor))
            except GatewayError as error:
                code = report(error, as_json=as_json, about=_named(profile))
                continue
            results.append(result)
            if result.state in {SyncState.REFUSED, SyncState.WAITS}:
                code = row_of(DocumentError).exit_code
            if not as_json:
                _tell(result)
    if as_json:
        print_json(results)
    elif not chosen:
        say("no partner to sync with; see: mra partner list")
    return code


def _named(profile: PartnerProfile) -> str:
    folders = profile.exchange.folders
    inbox = folders.inbox if folders else "no endpoint"
    return f"{profile.partner} ({profile.endpoint.address if profile.endpoint else inbox})"


def _tell(result: SyncResult) -> None:
    parts = [f"{result.partner}: {result.state}"]
    if result.sequence is not None:
        parts.append(f"list {result.sequence}, {result.operators} operators")
    if result.changed:
        parts.append(f"{result.changed} changed")
    if result.reasons:
        parts.append(" ".join(result.reasons))
    say(" · ".join(parts))
