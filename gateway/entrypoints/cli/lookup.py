"""`mra lookup CODE`: the decision about a declared code."""

from typing import Annotated

import typer
from rich.text import Text

from gateway.bootstrap import log_one
from gateway.domain.agreements import Direction, Measure
from gateway.domain.answers import Question, Verdict
from gateway.domain.errors import StoreError
from gateway.domain.messages import Message
from gateway.domain.operators import Authorisation
from gateway.domain.snapshot import Snapshot
from gateway.entrypoints.answer_json import (
    AnswerDocument,
    RungDocument,
    answer_document,
    answer_json,
)
from gateway.entrypoints.cli.context import ConfigPath, login_name, opened
from gateway.entrypoints.cli.moments import read_instant, read_moment
from gateway.entrypoints.cli.output import (
    AsJson,
    data,
    print_document,
    print_facts,
    print_text,
    say,
    show,
)
from gateway.entrypoints.cli.visible_text import ISOLATES, visible
from gateway.entrypoints.error_catalogue import EXIT_OF_VERDICT, row_of
from gateway.entrypoints.lookup_limits import KNOWN_ROLES, require_code, require_role
from gateway.entrypoints.wording import DEFAULT_LANGUAGE, Language, find_language

STYLES = {Verdict.GRANT: "green", Verdict.NO_GRANT: "red", Verdict.UNDETERMINED: "yellow"}


def lookup(
    code: Annotated[str, typer.Argument(help="The code as declared, in any form.")],
    on: Annotated[
        str | None,
        typer.Option(help="Valid at: YYYY-MM-DD, or YYYY-MM-DDThh:mm:ssZ. Default: now."),
    ] = None,
    role: Annotated[str | None, typer.Option(help=f"Role of the operator: {KNOWN_ROLES}.")] = None,
    direction: Annotated[
        Direction | None, typer.Option(help="Direction of trade, seen from home.")
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="The declared name; it may contradict, it never grants.")
    ] = None,
    known_at: Annotated[
        str | None, typer.Option(help="As the registry knew it at YYYY-MM-DDThh:mm:ssZ.")
    ] = None,
    language: Annotated[
        str, typer.Option(help="Of sentences: en, zh; one that is not known gives English.")
    ] = DEFAULT_LANGUAGE,
    test: Annotated[
        bool, typer.Option("--test", help="Ask about a reserved test code: ZZRECOGNISED, …")
    ] = False,
    config: ConfigPath = None,
    as_json: AsJson = False,
) -> int:
    """Decide on one code: exit 0 for GRANT, 10 for NO_GRANT, 11 for UNDETERMINED."""
    require_code(code)
    role = role.upper() if role else None
    if role is not None:
        require_role(role)
    question = Question(
        code=code,
        on=read_moment(on),
        role=role,
        direction=direction,
        name=name,
        test=test,
    )
    with opened(config) as gateway:
        snapshots: list[Snapshot] = []
        desk, now = gateway.lookup_desk(snapshots.append), gateway.clock()
        if known_at is None:
            desk.refresh()
            answer = desk.answer(question, now=now)
            caller = f"officer {login_name()}"
            answer = log_one(
                gateway.settings, caller, question, answer, snapshots, tell=_tell_of_no_reference
            )
        else:
            answer = desk.answer_as_known(question, known_at=read_instant(known_at), now=now)
    if as_json:
        print_document(answer_json(answer, language))
    else:
        print_answer(answer_document(answer, language), find_language(language))
    return EXIT_OF_VERDICT[answer.verdict]


def _tell_of_no_reference(error: StoreError) -> None:
    say(f"without a reference, because it is not logged: {error.message}")
    say(f"next: {row_of(error).next_step}  (mra explain {error.code})")


def print_answer(answer: AnswerDocument, language: Language) -> None:
    """Print an answer for an officer: decision, what to do, evidence; then the ladder, as why."""
    style = STYLES[answer.verdict]
    data.print(Text.assemble((answer.verdict.value, f"bold {style}"), "  ", answer.reason.value))
    print_text(answer.sentence)
    data.print()
    facts = {
        "label.next": answer.next_step,
        "label.hints": "\n".join(visible(hint, keep=ISOLATES) for hint in answer.hints),
        "label.measures": "\n".join(_measure(one, language) for one in answer.measures),
        "label.code": _code(answer),
        "label.operator": _operator(answer),
        "label.authorisation": _authorisation(answer, language),
        "label.agreement": answer.agreement,
        "label.data": _freshness(answer, language) if answer.agreement else None,
        "label.valid_at": answer.valid_at,
        "label.known_at": answer.known_at,
        "label.contact": answer.contact,
        "label.reference": answer.reference,
    }
    print_facts([(language.text(label), fact) for label, fact in facts.items()])
    data.print()
    print_facts(
        [(f"{'✓' if rung.passed else '✗'} {rung.number}", _rung(rung)) for rung in answer.rungs]
    )


def _rung(rung: RungDocument) -> Text:
    question = rung.question[:1].upper() + rung.question[1:]
    return Text.assemble(
        question, "\n", (visible(rung.evidence, keep=ISOLATES), "" if rung.passed else "bold")
    )


def _measure(measure: Measure, language: Language) -> str:
    parameters = ", ".join(f"{key} {value}" for key, value in measure.parameters.items())
    words = language.text(f"measure.{measure.code}")
    return f"{measure.code.value:<8}{words}{f' ({parameters})' if parameters else ''}"


def _code(answer: AnswerDocument) -> str:
    parts = [visible(answer.code)]
    if answer.normalised_code and answer.normalised_code != answer.code:
        parts.append(f"→ {visible(answer.normalised_code)}")
    if answer.match:
        parts.append(f"({answer.match.value})")
    return " ".join(parts)


def _operator(answer: AnswerDocument) -> str | None:
    if answer.operator_name is None:
        return answer.operator_id
    return f"{answer.operator_id}\n{visible(answer.operator_name)}"


def _authorisation(answer: AnswerDocument, language: Language) -> str | None:
    held = answer.authorisation
    if held is None:
        return None
    key = "fact.from_on" if held.expires_at is None else "fact.between"
    dates = {"begin": show(held.effective_at), "end": show(held.expires_at)}
    named = f"{held.id}, {held.category}\n" if isinstance(held, Authorisation) else ""
    return named + language.say(Message(key, dates))


def _freshness(answer: AnswerDocument, language: Language) -> str:
    fresh = answer.freshness
    values = {
        "condition": fresh.condition.value,
        "list": str(fresh.sequence),
        "until": show(fresh.usable_until),
        "issued": show(fresh.issued_at),
        "received": show(fresh.received_at),
    }
    if fresh.sequence is None:
        return language.say(Message("fact.no_list", values))
    keys = ("fact.list", "fact.received")
    return "\n".join(language.say(Message(key, values)) for key in keys)
