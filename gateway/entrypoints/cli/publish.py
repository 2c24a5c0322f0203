"""`mra publish`: issue lists to partners, or show what they would see."""

from typing import Annotated

import msgspec
import typer

from gateway.domain.lists import ListHeader
from gateway.domain.profiles import StoredProfile
from gateway.entrypoints.cli.context import ActorName, ConfigPath, actor_of, get_profile, opened
from gateway.entrypoints.cli.output import AsJson, print_json, print_table, say, show
from gateway.services.publish import Preview, is_exchanging

NOBODY = "no partner with which lists travel; see: mra partner list"
SHOWN = 20
"""Operators that a preview prints for people; `--json` prints all."""


def publish(
    partner: Annotated[
        str | None, typer.Argument(help="One partner; without it, all with which lists travel.")
    ] = None,
    preview: Annotated[
        bool, typer.Option("--preview", help="Show what the partner will see; issue nothing.")
    ] = False,
    always: Annotated[
        bool, typer.Option("--always", help="Issue a new list also when nothing changed.")
    ] = False,
    config: ConfigPath = None,
    actor: ActorName = None,
    as_json: AsJson = False,
) -> None:
    """Issue a new signed list to each partner for which something changed."""
    with opened(config) as gateway:
        exchange = gateway.exchange()
        chosen = _chosen(
            [get_profile(gateway, partner)] if partner else gateway.store.profiles.all(),
            # A draft can be looked at before its first list travels.
            every=preview or partner is not None,
        )
        if preview:
            _show_previews(
                [exchange.publisher.preview(stored.profile) for stored in chosen], as_json=as_json
            )
            return
        issued: dict[str, ListHeader | None] = {
            stored.profile.partner: exchange.publisher.publish(
                stored.profile, actor=actor_of(actor), now=gateway.clock(), always=always
            )
            for stored in chosen
        }
    if as_json:
        print_json(issued)
        return
    if not issued:
        say(NOBODY)
    for name, header in issued.items():
        if header is None:
            say(f"{name}: nothing changed; the list issued last still says everything")
        else:
            say(
                f"{name}: list {header.sequence} with {header.quantity} operators, "
                f"next update {show(header.next_update_at)}"
            )


def _chosen(profiles: list[StoredProfile], *, every: bool) -> list[StoredProfile]:
    return [stored for stored in profiles if every or is_exchanging(stored.profile)]


def _show_previews(previews: list[Preview], *, as_json: bool) -> None:
    if as_json:
        print_json(
            [
                {
                    "partner": preview.partner,
                    "quantity": len(preview.operators),
                    "withheld": preview.withheld,
                    "state_root": preview.state_root,
                    "differs": preview.differs,
                    "operators": [msgspec.Raw(each.canonical) for each in preview.operators],
                }
                for preview in previews
            ]
        )
        return
    if not previews:
        say(NOBODY)
    for preview in previews:
        print_table(
            ("operator", "name", "types", "status"),
            [
                (
                    each.operator.id,
                    each.operator.names[0].text,
                    [a.category for a in each.operator.authorisations],
                    [a.status.code.value for a in each.operator.authorisations],
                )
                for each in preview.operators[:SHOWN]
            ],
            title=f"what {preview.partner} will see",
        )
        rest = len(preview.operators) - SHOWN
        more = f" ({rest} more than shown; --json prints all)" if rest > 0 else ""
        news = "a new list is due" if preview.differs else "the same as the list issued last"
        say(
            f"{preview.partner}: {len(preview.operators)} operators{more}, "
            f"{preview.withheld} withheld (type not covered, or no consent); {news}"
        )
