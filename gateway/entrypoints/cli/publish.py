"""`mra publish`: issue lists to partners, or show what they would see."""

from typing import Annotated

import typer

from gateway.domain.errors import InvalidRequestError
from gateway.domain.lists import ListHeader
from gateway.domain.profiles import StoredProfile
from gateway.domain.publishing import Wish
from gateway.entrypoints.cli.context import ActorName, ConfigPath, actor_of, get_profile, opened
from gateway.entrypoints.cli.output import AsJson, print_json, say, show
from gateway.entrypoints.cli.publish_preview import show_previews
from gateway.services.publish import is_exchanging

NOBODY = "no partner with which lists travel; see: mra partner list"


def publish(
    partner: Annotated[
        str | None, typer.Argument(help="One partner; without it, all with which lists travel.")
    ] = None,
    preview: Annotated[
        bool, typer.Option("--preview", help="Show the list that would be issued; issue nothing.")
    ] = False,
    always: Annotated[
        bool, typer.Option("--always", help="Issue a new list also when nothing changed.")
    ] = False,
    full: Annotated[
        bool, typer.Option("--full", help="Issue a list of all operators, not of changes.")
    ] = False,
    unheard: Annotated[
        bool,
        typer.Option(
            "--unheard",
            help="After a restore: issue although the partner was not heard (needs PARTNER).",
        ),
    ] = False,
    config: ConfigPath = None,
    actor: ActorName = None,
    as_json: AsJson = False,
) -> None:
    """Issue a new signed list to each partner for which something changed."""
    if unheard and (partner is None or preview):
        raise InvalidRequestError("--unheard is for one partner, and not for --preview")
    wish = Wish.FULL if full else Wish.LIST if always else Wish.NOTHING
    with opened(config) as gateway:
        publisher, now, who = gateway.exchange().publisher, gateway.clock(), actor_of(actor)
        chosen = _chosen(
            [get_profile(gateway, partner)] if partner else gateway.store.profiles.all(),
            # A draft can be looked at before its first list travels.
            every=preview or partner is not None,
        )
        if not chosen and not as_json:
            say(NOBODY)
        if preview:
            previews = [publisher.preview(each.profile, now=now, wish=wish) for each in chosen]
            show_previews(previews, as_json=as_json)
            return
        if unheard:
            gateway.store.publications.release(chosen[0].profile.sends, who, now)
        issued: dict[str, ListHeader | None] = {
            each.profile.partner: publisher.publish(each.profile, actor=who, now=now, wish=wish)
            for each in chosen
        }
    if as_json:
        print_json(issued)
        return
    for name, header in issued.items():
        if header is None:
            say(f"{name}: nothing changed; the list issued last still says everything")
        else:
            say(
                f"{name}: {header.kind} list {header.sequence}, now {header.quantity} operators, "
                f"next update {show(header.next_update_at)}"
            )


def _chosen(profiles: list[StoredProfile], *, every: bool) -> list[StoredProfile]:
    return [stored for stored in profiles if every or is_exchanging(stored.profile)]
