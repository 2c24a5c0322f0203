"""`mra operator show ID`: one operator through time."""

from typing import Annotated

import msgspec
import typer

from gateway.domain.operators import Operator
from gateway.entrypoints.cli.context import ConfigPath, get_profile, opened
from gateway.entrypoints.cli.output import AsJson, print_json, print_line, show
from gateway.ports.home_programme import HomeOperator
from gateway.ports.registry import OperatorVersion
from gateway.services.timeline import Timeline, Told, find_timeline


def show_operator(
    operator_id: Annotated[str, typer.Argument(help="The operator's id, in any form.")],
    partner: Annotated[
        str | None, typer.Option(help="Only what this partner told; else all partners and home.")
    ] = None,
    config: ConfigPath = None,
    as_json: AsJson = False,
) -> None:
    """Show what was known of an operator, from when until when, and which list brought it."""
    with opened(config) as gateway:
        store = gateway.store
        chosen = [get_profile(gateway, partner)] if partner else store.profiles.all()
        timeline = find_timeline(
            operator_id,
            profiles=[stored.profile for stored in chosen],
            history=store.history,
            programme=store.home_programme,
            now=gateway.clock(),
        )
    if as_json:
        print_json(_plain(timeline))
        return
    if timeline.home is not None:
        _print_home(timeline.home)
    for told in timeline.told:
        _print_told(timeline.operator_id, told)


def _plain(timeline: Timeline) -> dict[str, object]:
    home = timeline.home
    return {
        "operator": timeline.operator_id,
        "home": home
        and {"operator": msgspec.Raw(home.listed.canonical), "consents": sorted(home.consents)},
        "told": [
            {
                "agreement": told.agreement,
                "partner": told.partner,
                "epoch": told.epoch,
                "closed": told.closed,
                "versions": [_plain_version(version) for version in told.versions],
            }
            for told in timeline.told
        ],
    }


def _plain_version(version: OperatorVersion) -> dict[str, object]:
    return {
        "sequence": version.sequence,
        "known_from": version.known_from,
        "known_until": version.known_until,
        "replaced_by": version.replaced_by,
        "unusable": version.unusable,
        "operator": version.operator,
    }


def _print_home(home: HomeOperator) -> None:
    operator = home.listed.operator
    print_line(f"{operator.id}  {operator.names[0].text}: home's own, as it stands now")
    for line in _statuses(operator):
        print_line(f"  {line}")
    print_line(f"  consents to {show(sorted(home.consents))}")


def _print_told(operator_id: str, told: Told) -> None:
    newest = told.versions[-1]
    name = newest.operator.names[0].text
    closed = f", epoch {told.epoch}, closed since" if told.closed else ""
    print_line(f"{operator_id}  {name}: told by {told.partner} under {told.agreement}{closed}")
    for version in told.versions:
        open_end = "the epoch was closed" if told.closed else "now"
        until = open_end if version.known_until is None else show(version.known_until)
        ended = "" if version.replaced_by is None else f" (ended by list {version.replaced_by})"
        start = show(version.known_from)
        print_line(f"  list {version.sequence}: known from {start} until {until}{ended}")
        for line in _statuses(version.operator):
            print_line(f"    {line}")
        if version.unusable is not None:
            print_line(f"    unusable: {version.unusable.code} {version.unusable.text or ''}")
    if newest.known_until is not None:
        print_line(f"  not listed by {told.partner} since {show(newest.known_until)}")


def _statuses(operator: Operator) -> list[str]:
    return [
        f"{each.id}  {each.category}  {each.status.code.value} since "
        f"{show(each.status.effective_at)}"
        for each in operator.authorisations
    ]
