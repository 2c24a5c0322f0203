"""Holds in words: what `mra hold` prints for people."""

from collections.abc import Mapping, Sequence
from typing import Final

from gateway.domain.approvals import Act, Approved, Standing, Wanted
from gateway.domain.business_difference import Difference, Example, Happened
from gateway.domain.counts import number_of
from gateway.domain.holds import HoldDetail, HoldOutcome, HoldState
from gateway.domain.parties import Actor
from gateway.entrypoints.cli.output import (
    print_facts,
    print_line,
    print_records,
    print_table,
    print_text,
    say,
)
from gateway.entrypoints.cli.visible_text import visible
from gateway.services.hold_desk import POSSIBLE_IN, HeldList

COMMANDS: Final = {
    Act.RELEASE: "release",
    Act.REJECT: "reject",
    Act.ROLL_BACK: "rollback",
    Act.LIFT: "lift",
}
_DOING: Final = {
    Act.RELEASE: "to release",
    Act.REJECT: "to reject",
    Act.ROLL_BACK: "to roll back",
    Act.LIFT: "to lift the restrictions of",
}


def print_holds(holds: Sequence[HeldList]) -> None:
    """Print one record a hold."""
    print_records(
        ("hold", "partner", "state", "kind", "lists", "since", "restricts"),
        [
            (
                (
                    held.view.number,
                    held.view.partner,
                    held.view.state.value,
                    held.view.kind.value,
                    span(held.view.sequences),
                    held.view.since,
                    held.view.restrictions,
                ),
                "; ".join([counted(held.view.counts), *_proposal_lines(held)]),
            )
            for held in holds
        ],
    )


def print_detail(held: HeldList, detail: HoldDetail) -> None:
    """Print everything about one hold, the difference in business words included."""
    view = detail.view
    print_facts(
        [
            ("hold", view.number),
            ("state", view.state.value),
            ("stream", view.stream),
            ("partner", view.partner),
            ("kind", view.kind.value),
            ("since", view.since),
            ("lists", span(view.sequences)),
            ("digest", view.list_digest),
            ("reasons", "\n".join(visible(f"{each.code}: {each.text}") for each in view.reasons)),
            ("restricts", number_of(view.restrictions, "operator")),
            ("four eyes", "yes" if view.review.four_eyes else "no: one officer decides"),
            ("approvals", "\n".join(_proposal_lines(held))),
        ]
    )
    if not detail.differences:
        print_line("")
        print_text("The held lists change no operator.")
    for difference in detail.differences:
        print_line("")
        print_text(_difference_title(difference))
        if difference.examples:
            print_table(("id", "before", "after"), [_row(each) for each in difference.examples])


def print_wanted(act: Act, number: int, wanted: Wanted, *, actor: Actor, config: str) -> None:
    """Tell whose approval was recorded, who is still wanted, and what they type."""
    say(f"recorded: {actor.name} ({actor.role}) approves {_DOING[act]} hold {number}")
    say(f"wanted: {_wanted(wanted)}")
    say(f"next: {next_command(act, number, config=config)}")


def print_outcome(outcome: HoldOutcome, act: Act, *, config: str) -> None:
    """Tell what an act changed, and what the partner is told."""
    done = "restrictions lifted" if act is Act.LIFT else outcome.state.value
    say(f"hold {outcome.number} of {outcome.stream}: {done}, by {_names(outcome.by)}")
    in_force = outcome.accepted_sequence
    say(
        f"  in force: {'no list' if in_force is None else f'list {in_force}'}"
        f" ({counted(outcome.counts)})"
    )
    if outcome.told is not None:
        say(f"  the partner is told: {outcome.told}, sequence {outcome.told_sequence}")
    if outcome.needs_full:
        say("  only a FULL goes on from here; it is asked for")
    if outcome.restrictions:
        say(f"  restricted still: {number_of(outcome.restrictions, 'operator')} (mra hold lift)")
    if outcome.state is HoldState.RELEASED and act is Act.RELEASE:
        say(f"  undo: {next_command(Act.ROLL_BACK, outcome.number, config=config)}")


def print_foreseen(act: Act, held: HeldList, standing: Standing, *, actor: Actor) -> None:
    """Tell what would happen; nothing was written."""
    number = held.view.number
    if isinstance(standing, Wanted):
        say(f"would record: {actor.name} ({actor.role}) approves {_DOING[act]} hold {number}")
        say(f"would want: {_wanted(standing)}")
    else:
        say(f"enough approvals {_DOING[act]} hold {number}, by {_names(standing.by)}")
        if act is Act.RELEASE:
            say(f"would change: {counted(held.view.counts)}")
    say("nothing was changed (--dry-run)")


def next_command(act: Act, number: int, *, config: str) -> str:
    """Return what the next actor types."""
    where = f" --config {config}" if config else ""
    return f'mra hold {COMMANDS[act]} {number} --reason "…" --as NAME --key FILE{where}'


def counted(counts: Mapping[Happened, int]) -> str:
    """Write counts in the order in which an officer should look."""
    found = [f"{counts[each]} {each}" for each in Happened if counts.get(each)]
    return ", ".join(found) or "no operator changes"


def span(sequences: Sequence[int]) -> str:
    """Write the sequences of held lists."""
    if len(sequences) < 2:  # noqa: PLR2004 - one list, or a span of them
        return "".join(map(str, sequences))
    return f"{sequences[0]}-{sequences[-1]}"


def _proposal_lines(held: HeldList) -> list[str]:
    lines = []
    for each in held.proposals:
        line = f"{_names(each.by)} approved {_DOING[each.action]} it"
        is_open = held.view.state is POSSIBLE_IN.get(each.action, held.view.state)
        lines.append(f"{line}; {_standing(each.standing)}" if is_open else line)
    if held.lapsed:
        approvals = "1 approval" if held.lapsed == 1 else f"{held.lapsed} approvals"
        lines.append(f"{approvals} lapsed: another list came since")
    return lines


def _standing(standing: Standing) -> str:
    if isinstance(standing, Approved):
        return "enough: the same command again does it"
    return f"wanted: {_wanted(standing)}"


def _wanted(wanted: Wanted) -> str:
    more = "one more approval" if wanted.missing == 1 else f"{wanted.missing} more approvals"
    whose = "by an approver or administrator" if wanted.of_approver else "by an officer or above"
    others = f" other than {' and '.join(each.name for each in wanted.given)}"
    return f"{more} {whose}{others if wanted.given else ''}, with a key of their own"


def _names(actors: Sequence[Actor]) -> str:
    return " and ".join(f"{actor.name} ({actor.role})" for actor in actors)


def _difference_title(difference: Difference) -> str:
    left = difference.count - len(difference.examples)
    return f"{difference.count} {difference.happened}" + (f" ({left} not shown)" if left else "")


def _row(example: Example) -> list[str]:
    texts = (example.operator_id, example.before, example.after)
    return [visible(text or "-") for text in texts]
