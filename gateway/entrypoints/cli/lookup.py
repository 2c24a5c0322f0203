"""`mra lookup CODE`: the decision about a declared code."""

from datetime import date, datetime
from typing import Annotated

import typer
from rich.text import Text

from gateway.domain.agreements import Direction
from gateway.domain.answers import Answer, Question, Verdict
from gateway.domain.errors import GatewayError, InvalidRequestError
from gateway.domain.instants import parse_instant
from gateway.entrypoints.cli.context import ConfigPath, opened
from gateway.entrypoints.cli.output import AsJson, data, print_json, show
from gateway.entrypoints.error_catalogue import EXIT_OF_VERDICT

STYLES = {Verdict.GRANT: "green", Verdict.NO_GRANT: "red", Verdict.UNDETERMINED: "yellow"}


def lookup(
    code: Annotated[str, typer.Argument(help="The code as declared, in any form.")],
    on: Annotated[
        str | None,
        typer.Option(help="Valid at: YYYY-MM-DD, or YYYY-MM-DDThh:mm:ssZ. Default: now."),
    ] = None,
    role: Annotated[str | None, typer.Option(help="Role of the operator: IM, EX, MF, …")] = None,
    direction: Annotated[
        Direction | None, typer.Option(help="Direction of trade, seen from home.")
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="The declared name; it may contradict, it never grants.")
    ] = None,
    known_at: Annotated[
        str | None, typer.Option(help="As the registry knew it at YYYY-MM-DDThh:mm:ssZ.")
    ] = None,
    config: ConfigPath = None,
    as_json: AsJson = False,
) -> int:
    """Decide on one code: exit 0 for GRANT, 10 for NO_GRANT, 11 for UNDETERMINED."""
    question = Question(
        code=code,
        on=_moment(on),
        role=role.upper() if role else None,
        direction=direction,
        name=name,
    )
    with opened(config) as gateway:
        desk = gateway.lookup_desk()
        desk.refresh()
        now = gateway.clock()
        answer = (
            desk.answer(question, now=now)
            if known_at is None
            else desk.answer_as_known(question, known_at=_instant(known_at), now=now)
        )
    if as_json:
        print_json(answer)
    else:
        print_answer(answer)
    return EXIT_OF_VERDICT[answer.verdict]


def _moment(text: str | None) -> date | datetime | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return _instant(text)


def _instant(text: str) -> datetime:
    try:
        return parse_instant(text)
    except GatewayError as error:
        message = f"{text!r} is neither YYYY-MM-DD nor YYYY-MM-DDThh:mm:ssZ"
        raise InvalidRequestError(message) from error


def print_answer(answer: Answer) -> None:
    """Print an answer for an officer: the decision first, then why, then the evidence."""
    data.print(
        Text.assemble((answer.verdict.value, f"bold {STYLES[answer.verdict]}"), "  ", answer.reason)
    )
    data.print(answer.sentence, markup=False)
    rows = (
        (
            "code",
            answer.code
            if answer.code == answer.normalised_code
            else f"{answer.code} → {show(answer.normalised_code)}",
        ),
        ("operator", answer.operator_name and f"{answer.operator_id}  {answer.operator_name}"),
        ("matched", answer.match and answer.match.value),
        ("authorisation", _authorisation(answer)),
        ("agreement", answer.agreement),
        (
            "measures",
            [
                measure.code.value
                + "".join(f"({key} {value})" for key, value in measure.parameters.items())
                for measure in answer.measures
            ],
        ),
        ("valid at", answer.valid_at),
        ("known at", answer.known_at),
        ("data", _freshness(answer)),
        ("contact", answer.contact),
        ("next", answer.next_step),
        ("reference", answer.reference),
    )
    for label, value in rows:
        if value:
            data.print(f"  {label:<14}{show(value)}", markup=False)
    for hint in answer.hints:
        data.print(f"  {'hint':<14}{hint}", markup=False)
    for rung in answer.rungs:
        mark = "✓" if rung.passed else "✗"
        data.print(f"  {mark} {rung.number} {rung.question} {rung.evidence}", markup=False)


def _authorisation(answer: Answer) -> str | None:
    held = answer.authorisation
    if held is None:
        return None
    return f"{held.id} {held.category}, {show(held.effective_at)} until {show(held.expires_at)}"


def _freshness(answer: Answer) -> str:
    fresh = answer.freshness
    if fresh.sequence is None:
        return fresh.condition.value
    return (
        f"{fresh.condition.value}: list {fresh.sequence}, issued {show(fresh.issued_at)}, "
        f"received {show(fresh.received_at)}, usable until {show(fresh.usable_until)}"
    )
