"""`mra delivery`: what travelled to and from partners, what waits, and what was given up."""

from typing import Annotated

import typer

from gateway.domain.deliveries import UNDELIVERED, Delivery, DeliveryState, Kind, Movement
from gateway.entrypoints.cli.context import ActorName, ConfigPath, actor_of, get_profile, opened
from gateway.entrypoints.cli.output import (
    AsJson,
    in_lines,
    print_facts,
    print_json,
    print_records,
    say,
    show,
)
from gateway.entrypoints.cli.visible_text import visible
from gateway.ports.deliveries import Wanted

app = typer.Typer(
    help="The delivery log: what travelled, what waits, and what was given up.",
    no_args_is_help=True,
)

SHOWN = 50
SHORT = 16
PREPOSITIONS = {
    Movement.FETCHED: "from",
    Movement.RECEIVED: "from",
    Movement.SERVED: "to",
    Movement.SENT: "to",
}

DeliveryId = Annotated[int, typer.Argument(metavar="ID", min=1, help="Its number in the log.")]


@app.command("list")
def list_deliveries(
    partner: Annotated[str | None, typer.Option(help="Only to and from this partner: SG")] = None,
    dead: Annotated[
        bool, typer.Option("--dead", help="Only what was given up: the partner refuses it.")
    ] = False,
    undelivered: Annotated[
        bool, typer.Option("--undelivered", help="Only what waits, or was given up.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, the newest ones.")] = SHOWN,
    config: ConfigPath = None,
    as_json: AsJson = False,
) -> None:
    """Show lists and acknowledgements that travelled or are to travel, newest first."""
    states = frozenset(DeliveryState)
    if dead or undelivered:
        states = frozenset({DeliveryState.DEAD}) if dead else UNDELIVERED
    with opened(config) as gateway:
        whose = get_profile(gateway, partner).profile.partner if partner else None
        wanted = Wanted(partner=whose, states=states, limit=limit)
        found = gateway.store.deliveries.find(wanted)
    if as_json:
        print_json([_plain(delivery) for delivery in found])
        return
    if not found:
        say(_nothing(is_filtered=dead or undelivered))
        return
    print_records(
        ("id", "when", "what", "way", "outcome", "answer"),
        [(_cells(delivery), _detail(delivery)) for delivery in found],
    )


@app.command("show")
def show_delivery(
    delivery_id: DeliveryId, config: ConfigPath = None, as_json: AsJson = False
) -> None:
    """Show all that is known of one delivery, with the acknowledgement that it is or got."""
    with opened(config) as gateway:
        delivery = gateway.store.deliveries.get(delivery_id)
    if as_json:
        print_json(_plain(delivery))
        return
    moved, failure = delivery.transmission, delivery.transmission.failure
    print_facts(
        [
            ("delivery", delivery.delivery_id),
            ("redelivery of", delivery.redelivers),
            ("what", _what(delivery)),
            ("way", _way(delivery)),
            ("stream", str(moved.stream)),
            ("bytes", f"{moved.size:,}"),
            ("digest", moved.digest),
            ("recorded", moved.at),
            ("outcome", _outcome(delivery)),
            ("attempts", delivery.attempts),
            ("last attempt", delivery.tried_at),
            ("request id", delivery.request_id),
            ("failure", failure and visible(f"{failure.code}: {failure.why}")),
            ("next attempt", failure and failure.next_attempt_at),
            ("answer", _answer(delivery)),
            ("reasons", in_lines(delivery.answer.reasons if delivery.answer else ())),
        ]
    )
    if delivery.state is DeliveryState.DEAD:
        say(f"settle with {moved.partner} why; then: mra delivery redeliver {delivery_id}")


@app.command("redeliver")
def redeliver(
    delivery_id: DeliveryId,
    config: ConfigPath = None,
    actor: ActorName = None,
    as_json: AsJson = False,
) -> None:
    """Send the same bytes once more; a receiver that has them answers as before (EXC-8)."""
    with opened(config) as gateway:
        deliveries = gateway.store.deliveries
        queued = deliveries.redeliver(delivery_id, actor_of(actor), gateway.clock())
        delivery = deliveries.get(queued)
    if as_json:
        print_json(_plain(delivery))
        return
    label = "due now" if queued == delivery_id else f"due now as {queued}, its redelivery"
    partner = delivery.transmission.partner
    if delivery.transmission.kind is Kind.LIST:
        say(f"delivery {delivery_id} is {label}; the next push to {partner} sends it")
        return
    say(f"delivery {delivery_id} is {label}; the next sync with {partner} sends it")
    say(f"to send it at once: mra sync {partner}")


def _nothing(*, is_filtered: bool) -> str:
    if is_filtered:
        return "nothing waits for delivery here, and nothing was given up"
    return "nothing has travelled yet; fetch a list: mra sync XX"


def _cells(delivery: Delivery) -> tuple[object, ...]:
    return (
        delivery.delivery_id,
        delivery.transmission.at,
        _what(delivery),
        _way(delivery),
        delivery.state.value,
        delivery.answer.outcome.value if delivery.answer else delivery.verdict,
    )


def _what(delivery: Delivery) -> str:
    moved = delivery.transmission
    number = "" if moved.sequence is None else f" {moved.sequence}"
    return f"{'list' if moved.kind is Kind.LIST else 'answer to list'}{number}"


def _way(delivery: Delivery) -> str:
    movement = delivery.transmission.movement
    return f"{movement.value} {PREPOSITIONS[movement]} {delivery.transmission.partner}"


def _outcome(delivery: Delivery) -> str:
    if delivery.state is DeliveryState.DEAD:
        return f"{delivery.state.value}: given up, no attempt follows by itself"
    return delivery.state.value


def _answer(delivery: Delivery) -> str | None:
    if (answer := delivery.answer) is None:
        return delivery.verdict
    return f"{answer.outcome.value}, revision {answer.revision}"


def _detail(delivery: Delivery) -> str:
    moved, failure = delivery.transmission, delivery.transmission.failure
    parts = [f"{moved.size:,} bytes"]
    if moved.digest:
        parts.append(f"digest {moved.digest[:SHORT]}…")
    if delivery.redelivers:
        parts.append(f"redelivery of {delivery.redelivers}")
    if delivery.attempts > 1:
        parts.append(f"{delivery.attempts} attempts")
    if failure:
        parts.append(f"{failure.code}: {failure.why}")
        if failure.next_attempt_at:
            parts.append(f"next attempt {show(failure.next_attempt_at)}")
    return " · ".join(parts)


def _plain(delivery: Delivery) -> dict[str, object]:
    moved, failure = delivery.transmission, delivery.transmission.failure
    return {
        "id": delivery.delivery_id,
        "partner": moved.partner,
        "stream": str(moved.stream),
        "kind": moved.kind,
        "movement": moved.movement,
        "sequence": moved.sequence,
        "bytes": moved.size,
        "digest": moved.digest,
        "at": moved.at,
        "outcome": delivery.state,
        "attempts": delivery.attempts,
        "tried_at": delivery.tried_at,
        "next_attempt_at": failure.next_attempt_at if failure else None,
        "code": failure.code if failure else None,
        "why": failure.why if failure else None,
        "redelivers": delivery.redelivers,
        "acknowledgement": delivery.answer,
        "verdict": delivery.verdict,
    }
