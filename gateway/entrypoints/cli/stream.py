"""`mra stream`: how the lists to and from each partner stand."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated

import typer

from gateway.domain.stream_health import StreamHealth
from gateway.entrypoints.cli.context import ActorName, ConfigPath, actor_of, get_profile, opened
from gateway.entrypoints.cli.output import (
    AsJson,
    in_lines,
    print_facts,
    print_json,
    print_line,
    print_table,
    say,
    show,
)
from gateway.entrypoints.cli.stream_epoch import raise_epoch
from gateway.entrypoints.cli.visible_text import visible
from gateway.ports.contacts import Contact
from gateway.services.stream_status import Receives, Sends, StatusDesk, StreamStatus, Unsent

app = typer.Typer(help="How the lists to and from each partner stand.", no_args_is_help=True)
app.command("epoch")(raise_epoch)


@app.command("resume")
def resume(
    partner: Annotated[str, typer.Argument(help="The partner: SG")],
    reason: Annotated[str, typer.Option(help="Why: kept in the audit trail.")],
    config: ConfigPath = None,
    actor: ActorName = None,
) -> None:
    """Ask a partner for a FULL again whose last one failed too (SYN-5)."""
    with opened(config) as gateway:
        stream = get_profile(gateway, partner).profile.receives
        gateway.full_waits().end(stream, reason, actor_of(actor), gateway.clock())
    say(f"{stream} goes on; the next sync asks for a FULL; now: mra sync {partner}")


@app.command("status")
def status(
    partner: Annotated[
        str | None, typer.Argument(help="One partner, in full; without it, a line for each.")
    ] = None,
    config: ConfigPath = None,
    as_json: AsJson = False,
) -> None:
    """Show what partners have applied of ours and with what lag, and what we have of theirs."""
    with opened(config) as gateway:
        store, now = gateway.store, gateway.clock()
        desk = StatusDesk(
            registry=store.registry,
            outbox=store.outbox,
            overview=store.overview,
            contacts=store.contacts,
        )
        chosen = [get_profile(gateway, partner)] if partner else store.profiles.all()
        found = [desk.status(stored.profile, now) for stored in chosen]
    if as_json:
        print_json(found[0] if partner else found)
    elif not found:
        say("no partners yet; add one: mra partner apply partners/XA-XB/partner.toml")
    elif partner:
        _print_status(found[0])
    else:
        _print_table(found)
        say("in full: mra stream status PARTNER")


def _print_table(found: list[StreamStatus]) -> None:
    print_table(
        ("partner", "issued", "applied", "behind", "root", "accepted", "data", "health", "unsent"),
        [
            (
                each.partner,
                each.sends.issued.sequence if each.sends.issued else None,
                each.sends.applied_sequence,
                _lists_behind(each.sends),
                each.sends.roots.value,
                each.receives.accepted_sequence,
                each.receives.data.value,
                each.receives.health.value,
                _unsent_of_both(each),
            )
            for each in found
        ],
    )


def _print_status(status: StreamStatus) -> None:
    print_line(f"{status.agreement}, {status.state.value}")
    if not status.exchanging:
        print_line("no lists travel: the agreement's state or its profile says so")
    print_line("")
    print_line(f"to {status.partner}: {status.sends.stream}")
    print_facts(list(_facts_of_sends(status.sends, status.partner)))
    print_line("")
    print_line(f"from {status.partner}: {status.receives.stream}")
    print_facts(list(_facts_of_receives(status.receives, status.partner)))


def _facts_of_sends(sends: Sends, partner: str) -> Iterator[tuple[str, object]]:
    issued, answer = sends.issued, sends.acknowledged
    if issued is None:
        yield "issued", f"nothing yet; issue the first list: mra publish {partner}"
    else:
        what = f"list {issued.sequence} ({issued.kind.value}, {issued.operators:,} operators)"
        yield "issued", f"{what} at {show(issued.at)}"
    if answer is None:
        nothing = f"nothing yet; has {partner} fetched one? mra delivery list --partner {partner}"
        yield "answered", nothing if issued else None
    else:
        said = f"list {answer.sequence}: {answer.outcome.value}, revision {answer.revision}"
        yield "answered", f"{said}, at {show(answer.at)}"
        yield "reasons", in_lines(answer.reasons)
        applied = sends.applied_sequence
        yield "applied", "nothing yet" if applied is None else f"list {applied}"
        yield "root", _ROOTS[sends.roots.value]
    if issued:
        yield "behind", _behind(sends)
    if sends.full_wanted:
        yield "next", f"a FULL: {partner} cannot go on from its state; now: mra publish {partner}"
    yield "unsent", _unsent(sends.lists, partner)


_ROOTS = {
    "equal": "the same as ours",
    "differs": "NOT the same as ours: it decides on other operators than we published",
    "unknown": "not known: nothing applied, or a list that is not here",
}


def _facts_of_receives(receives: Receives, partner: str) -> Iterator[tuple[str, object]]:
    if receives.accepted_sequence is None:
        yield "accepted", f"nothing yet; fetch the first list: mra sync {partner}"
    else:
        issued = show(receives.issued_at)
        epoch = receives.accepted_epoch
        old = "" if epoch == receives.epoch else f" of epoch {epoch}, which serves until the next"
        yield "accepted", f"list {receives.accepted_sequence}{old}, issued {issued}"
        yield "data", f"{receives.data.value}, usable until {show(receives.usable_until)}"
    yield "health", _health(receives)
    for held in receives.held:
        codes = " ".join(dict.fromkeys(reason.code for reason in held.reasons))
        yield "held", f"list {held.sequence} since {show(held.held_at)}: {codes}"
    if failed := receives.full_failed:
        resume = f"settle why with {partner}, then: mra stream resume {partner}"
        yield "waits", f"since {show(failed.since)}: a FULL failed too; {resume}"
    yield "last asked", _contact(receives.last_asked, partner)
    yield "unsent", _unsent(receives.acknowledgements, partner)


def _health(receives: Receives) -> str:
    waits = receives.health is StreamHealth.HELD and receives.held
    return f"{receives.health.value}{': officers decide, see: mra hold list' if waits else ''}"


def _contact(contact: Contact | None, partner: str) -> str:
    if contact is None:
        return f"never; ask now: mra sync {partner}"
    if contact.code is None:
        return f"{show(contact.at)}, answered"
    return visible(f"{show(contact.at)}, {contact.code}: {contact.why}")


def _unsent(unsent: Unsent, partner: str) -> str | None:
    if not unsent.undelivered:
        return None
    why = f"; last failure {unsent.last_failure}" if unsent.last_failure else ""
    look = f"mra delivery list --undelivered --partner {partner}"
    return visible(f"{unsent.undelivered}, {unsent.dead} of them given up{why}; see: {look}")


def _unsent_of_both(status: StreamStatus) -> str | None:
    both = (status.sends.lists, status.receives.acknowledgements)
    waiting, dead = sum(each.undelivered for each in both), sum(each.dead for each in both)
    if not waiting:
        return None
    return f"{waiting}, {dead} dead" if dead else str(waiting)


def _lists_behind(sends: Sends) -> str | None:
    if not sends.lists_behind:
        return None if sends.lists_behind is None else "0"
    return f"{sends.lists_behind}, {_span(sends.behind_for)}"


def _behind(sends: Sends) -> str:
    if not sends.lists_behind:
        return "nothing: the newest list is applied"
    lists = "1 list" if sends.lists_behind == 1 else f"{sends.lists_behind} lists"
    return f"{lists}, since {show(sends.behind_since)} ({_span(sends.behind_for)})"


def _span(span: timedelta | None) -> str:
    """Write a lag in its two largest units: people compare it with hours and days."""
    minutes = int((span or timedelta()).total_seconds()) // 60
    days, hours = divmod(minutes // 60, 24)
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes % 60} min" if hours else f"{minutes} min"
