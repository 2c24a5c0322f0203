"""`mra decision`: the log of every decision that was given, and deciding it again."""

from typing import Annotated

import typer

from gateway.bootstrap import replay_desk
from gateway.domain.answers import AnswerReason, Question, Verdict
from gateway.domain.logged_decisions import LoggedDecision
from gateway.entrypoints.answer_json import answer_document
from gateway.entrypoints.cli.context import ActorName, ConfigPath, actor_of, opened
from gateway.entrypoints.cli.moments import start_of
from gateway.entrypoints.cli.output import (
    AsJson,
    print_facts,
    print_json,
    print_records,
    print_table,
    say,
    show,
)
from gateway.entrypoints.cli.visible_text import visible
from gateway.entrypoints.error_catalogue import EXIT_DIFFERENT, EXIT_OK
from gateway.ports.decision_log import Numbered, Wanted
from gateway.services.decision_retention import erase_decisions
from gateway.services.replay import Replayed

app = typer.Typer(
    help="The decision log: who was told what, and whether it comes out the same again.",
    no_args_is_help=True,
)

SHOWN = 50
Reference = Annotated[str, typer.Argument(metavar="REFERENCE", help="As in the answer.")]


@app.command("list")
def list_decisions(
    *,
    caller: Annotated[str | None, typer.Option(help="Only what this caller asked.")] = None,
    agreement: Annotated[str | None, typer.Option(help="Only under this agreement: CN-SG")] = None,
    reason: Annotated[
        AnswerReason | None, typer.Option(help="Only those that stopped at this reason.")
    ] = None,
    verdict: Annotated[Verdict | None, typer.Option(help="Only those with this verdict.")] = None,
    since: Annotated[
        str | None, typer.Option(help="Only from then on: YYYY-MM-DD, or YYYY-MM-DDThh:mm:ssZ")
    ] = None,
    until: Annotated[str | None, typer.Option(help="Only before then.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, the newest ones.")] = SHOWN,
    before: Annotated[
        int | None, typer.Option(min=1, help="Only older ones than this number: the next page.")
    ] = None,
    config: ConfigPath = None,
    as_json: AsJson = False,
) -> None:
    """Show decisions, newest first."""
    wanted = Wanted(
        caller=caller,
        agreement=agreement,
        reason=reason,
        verdict=verdict,
        since=start_of(since),
        until=start_of(until),
        before=before,
        limit=limit,
    )
    with opened(config) as gateway, replay_desk(gateway.settings, gateway.store) as (log, _):
        found = log.select(wanted)
    following = found[-1].number if len(found) == limit else None
    if as_json:
        print_json({"decisions": [_plain(one) for one in found], "before": following})
        return
    if not found:
        say("no decision like this is in the log")
        return
    print_records(
        ("number", "when", "caller", "verdict", "reason"),
        [(_cells(one), _detail(one.decision)) for one in found],
    )
    if following:
        say(f"older ones: --before {following}")


@app.command("show")
def show_decision(reference: Reference, config: ConfigPath = None, as_json: AsJson = False) -> None:
    """Show all that is kept of one decision, each time that it was given."""
    with opened(config) as gateway, replay_desk(gateway.settings, gateway.store) as (log, desk):
        found = desk.find(reference)
        snapshots = {
            one.decision.snapshot: log.find_snapshot(one.decision.snapshot or "") for one in found
        }
    if as_json:
        shown = [{**_plain(one), "rested_on": snapshots[one.decision.snapshot]} for one in found]
        print_json(shown)
        return
    for number, one in enumerate(found):
        if number:
            print_facts([("", " ")])
        decision = one.decision
        snapshot = snapshots[decision.snapshot]
        print_facts(
            [
                ("decision", decision.reference),
                ("number", one.number),
                ("caller", decision.caller),
                *_question(decision.question),
                ("valid at", decision.valid_at),
                ("known at", decision.known_at),
                ("verdict", f"{decision.verdict.value}  {decision.reason.value}"),
                ("agreement", decision.agreement),
                ("operator", decision.operator_id),
                ("list", decision.sequence),
                ("list digest", decision.list_digest),
                ("rule version", decision.rule_version),
                ("release", snapshot and snapshot.release),
                ("snapshot", decision.snapshot),
                ("answer digest", decision.digest),
            ]
        )
    say(f"to decide it again: mra decision replay {reference}")


@app.command("replay")
def replay_decision(
    reference: Reference, config: ConfigPath = None, as_json: AsJson = False
) -> int:
    """Decide it again on what was known then: exit 0 if equal bit for bit, else 12."""
    with opened(config) as gateway, replay_desk(gateway.settings, gateway.store) as (_, desk):
        # The same question in the same second is one decision, unless a list came in between.
        different = {
            (one.decision.snapshot, one.decision.digest): one.decision
            for one in desk.find(reference)
        }
        replayed = [desk.replay(decision) for decision in different.values()]
    if as_json:
        print_json([_outcome(one) for one in replayed])
    else:
        for one in replayed:
            _print_outcome(one)
    return EXIT_OK if all(one.is_equal for one in replayed) else EXIT_DIFFERENT


@app.command("retain")
def retain(
    erase: Annotated[
        bool, typer.Option("--erase", help="Erase them; without it they are only counted.")
    ] = False,
    config: ConfigPath = None,
    actor: ActorName = None,
    as_json: AsJson = False,
) -> None:
    """Count, or erase, the decisions whose time is over (retention.decisions)."""
    with opened(config) as gateway, replay_desk(gateway.settings, gateway.store) as (log, _):
        now = gateway.clock()
        before = now - gateway.settings.retention.decisions
        if erase:
            audit = gateway.store.audit
            found = erase_decisions(log, audit, before, actor=actor_of(actor), now=now)
        else:
            found = log.erase(before, dry_run=True)
    if as_json:
        print_json(found)
        return
    if not found.count:
        say("no decision is old enough to be erased")
        return
    decisions = "1 decision" if found.count == 1 else f"{found.count:,} decisions"
    done = "erased" if erase else "would be erased; --erase does it"
    say(f"{decisions} from {show(found.first)} to {show(found.last)} {done}")


def _print_outcome(one: Replayed) -> None:
    decision = one.decision
    given = f"{decision.verdict.value} {decision.reason.value}, known at {decision.known_at:%FT%TZ}"
    if one.is_equal:
        say(f"equal bit for bit: {given}")
        return
    if not one.differences:
        say(f"the same decision in other words: {given}")
        say(f"it was given by release {one.release or 'unknown'}, whose wording was another")
        return
    say(f"different: {given}")
    print_table(
        ("fact", "logged", "now"),
        [(each.fact, each.logged, each.now) for each in one.differences],
    )


def _outcome(one: Replayed) -> dict[str, object]:
    return {
        "reference": one.decision.reference,
        "equal": one.is_equal,
        "release": one.release,
        "differences": one.differences,
        "answer": answer_document(one.answer),
    }


def _cells(one: Numbered) -> tuple[object, ...]:
    decision = one.decision
    return one.number, decision.known_at, decision.caller, decision.verdict, decision.reason


def _detail(decision: LoggedDecision) -> str:
    about = decision.operator_id or decision.question.code
    return f"{decision.reference} · {visible(about)} · {decision.agreement or 'no agreement'}"


def _question(question: Question) -> list[tuple[str, object]]:
    return [
        ("code", visible(question.code)),
        ("name", question.name and visible(question.name)),
        ("role", question.role),
        ("direction", question.direction),
    ]


def _plain(one: Numbered) -> dict[str, object]:
    decision = one.decision
    return {
        "number": one.number,
        "valid_at": decision.valid_at,
        **{name: getattr(decision, name) for name in decision.__struct_fields__},
    }
