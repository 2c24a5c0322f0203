"""`mra agreement`: what home recognises, of whom, since when, and how fresh it is."""

from datetime import date
from typing import Annotated

import typer

from gateway.bootstrap.registry_desks import make_registry_desk
from gateway.domain.agreements import Interval, Measure, Rules
from gateway.domain.answers import Freshness
from gateway.domain.errors import InvalidRequestError, NotFoundError
from gateway.entrypoints.cli.context import ConfigPath, opened
from gateway.entrypoints.cli.output import (
    AsJson,
    print_facts,
    print_json,
    print_table,
    say,
    show,
)
from gateway.entrypoints.registry_documents import AgreementsDocument, agreement_document
from gateway.entrypoints.wording import DEFAULT_LANGUAGE, find_language
from gateway.services.registry_desk import AgreementView

app = typer.Typer(
    help="What home recognises, of whom, since when, and how fresh it is.", no_args_is_help=True
)

OnDate = Annotated[
    str | None,
    typer.Option("--on", help="The rules of this day, YYYY-MM-DD; else those of now."),
]


@app.command("list")
def list_agreements(on: OnDate = None, config: ConfigPath = None, as_json: AsJson = False) -> None:
    """List agreements with what is recognised on a day."""
    views = _views(config, on)
    if as_json:
        print_json(AgreementsDocument(agreements=list(map(agreement_document, views))))
        return
    if not views:
        say("no agreements yet; next: mra partner apply")
        return
    print_table(
        ("agreement", "partner", "state", "in force", "recognised", "data"),
        [
            (
                view.agreement.id,
                view.agreement.partner_name,
                view.agreement.state.value,
                _interval(view.agreement.in_force),
                "nothing" if view.rules is None else " ".join(view.rules.types),
                view.freshness.condition.value,
            )
            for view in views
        ],
    )


@app.command("show")
def show_agreement(
    agreement_id: Annotated[str, typer.Argument(help="Such as CN-SG.", metavar="ID")],
    on: OnDate = None,
    config: ConfigPath = None,
    as_json: AsJson = False,
) -> None:
    """Show one agreement: scope, measures, codes, and how fresh its data is."""
    views = _views(config, on)
    wanted = agreement_id.upper()
    view = next((one for one in views if one.agreement.id == wanted), None)
    if view is None:
        known = ", ".join(one.agreement.id for one in views)
        message = f"no agreement {agreement_id}; known: {known or 'none yet'}"
        raise NotFoundError(message, context={"agreement": agreement_id})
    if as_json:
        print_json(agreement_document(view))
        return
    agreement, fresh = view.agreement, view.freshness
    print_facts(
        [
            ("agreement", agreement.id),
            ("partner", f"{agreement.partner}, {agreement.partner_name}"),
            ("state", agreement.state.value),
            ("in force", _interval(agreement.in_force)),
            ("suspended", "\n".join(map(_interval, agreement.suspensions))),
            *_scope(view.rules),
            ("data", _data(fresh)),
            ("contact", agreement.contact),
        ]
    )


def _views(config: ConfigPath, on: str | None) -> list[AgreementView]:
    try:
        day = None if on is None else date.fromisoformat(on)
    except ValueError as error:
        raise InvalidRequestError(f"{on!r} is not a day written YYYY-MM-DD") from error
    with opened(config) as gateway:
        for damaged in gateway.store.profiles.survey().damaged:
            say(f"{damaged.agreement} is left out, nothing is granted under it: {damaged.problem}")
        return make_registry_desk(gateway.store).agreements(now=gateway.clock(), on=day)


def _scope(rules: Rules | None) -> list[tuple[str, object]]:
    if rules is None:
        return [("recognised", "nothing on this day: no rules hold")]
    return [
        ("rules", _interval(rules.interval)),
        ("programme", rules.programme),
        ("types", rules.types),
        ("roles", rules.roles or "all"),
        ("directions", rules.directions),
        ("measures", "\n".join(map(_measure, rules.measures))),
        ("codes", "\n".join(f"{one.name}  {one.example or one.pattern}" for one in rules.schemes)),
    ]


def _measure(measure: Measure) -> str:
    parameters = ", ".join(f"{key} {value}" for key, value in measure.parameters.items())
    words = find_language(DEFAULT_LANGUAGE).text(f"measure.{measure.code}")
    return f"{measure.code.value:<8}{words}{f' ({parameters})' if parameters else ''}"


def _interval(interval: Interval | None) -> str:
    if interval is None:
        return "not yet"
    end = "" if interval.until is None else f" until {show(interval.until)}"
    return f"from {show(interval.effective_at)}{end}"


def _data(fresh: Freshness) -> str:
    if fresh.sequence is None:
        return f"{fresh.condition.value}: no list"
    until = show(fresh.usable_until)
    return f"{fresh.condition.value}: list {fresh.sequence}, usable until {until}"
