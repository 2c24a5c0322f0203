"""`mra publish --preview`: the list that would be issued, and all that the partner would see."""

from collections.abc import Sequence

import msgspec

from gateway.domain.counts import number_of
from gateway.domain.lists import Action, Change
from gateway.entrypoints.cli.output import print_json, print_line, print_table, say
from gateway.services.publish import Preview

SHOWN = 20
"""Operators and changes that are printed for people; `--json` prints all."""
_SIGNS = {Action.ADD: "+", Action.CHANGE: "~", Action.REMOVE: "-"}
_WORDS = {Action.ADD: "added", Action.CHANGE: "changed", Action.REMOVE: "removed"}


def show_previews(previews: Sequence[Preview], *, as_json: bool) -> None:
    """Print what each partner would get."""
    if as_json:
        print_json([_plain(preview) for preview in previews])
        return
    for preview in previews:
        _show(preview)


def _plain(preview: Preview) -> dict[str, object]:
    return {
        "partner": preview.partner,
        "quantity": len(preview.operators),
        "withheld": preview.withheld,
        "state_root": preview.state_root,
        "differs": preview.differs,
        "due": None
        if preview.header is None or preview.due is None
        else {
            "kind": preview.due.kind,
            "sequence": preview.header.sequence,
            "cause": preview.due.cause,
            "unheard": preview.unheard,
        },
        "changes": _counts(preview.changes),
        "added": _ids(preview.changes, Action.ADD),
        "changed": _ids(preview.changes, Action.CHANGE),
        "removed": _ids(preview.changes, Action.REMOVE),
        "operators": [msgspec.Raw(each.canonical) for each in preview.operators],
    }


def _counts(changes: Sequence[Change]) -> dict[str, int]:
    return {word: len(_ids(changes, action)) for action, word in _WORDS.items()}


def _ids(changes: Sequence[Change], action: Action) -> list[str]:
    return [each.operator_id for each in changes if each.action is action]


def _show(preview: Preview) -> None:
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
    if preview.newest is not None:
        for change in preview.changes[:SHOWN]:
            name = change.listed.operator.names[0].text if change.listed else ""
            print_line(f"{_SIGNS[change.action]} {change.operator_id}  {name}".rstrip())
    rest = len(preview.operators) - SHOWN
    more = f" ({rest} more than shown; --json prints all)" if rest > 0 else ""
    say(
        f"{preview.partner}: {number_of(len(preview.operators), 'operator')}{more}, "
        f"{preview.withheld} withheld (type not covered, or no consent); {_news(preview)}"
    )


def _news(preview: Preview) -> str:
    if preview.due is None or preview.header is None:
        return "the same as the list issued last"
    counts = ", ".join(f"{count} {word}" for word, count in _counts(preview.changes).items())
    due = (
        f"{preview.due.kind} list {preview.header.sequence} is due ({preview.due.cause}): {counts}"
    )
    return f"{due}; not before {preview.partner} was heard (restored)" if preview.unheard else due
