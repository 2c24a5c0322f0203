"""`mra operator import --preview`: what an import would change."""

from collections.abc import Sequence

import msgspec

from gateway.domain.counts import number_of
from gateway.entrypoints.cli.output import print_json, print_line, say
from gateway.ports.home_programme import HomeOperator, HomeProgramme

EXAMPLES = 10
"""Of added, changed and removed operators each, for people."""
EXAMPLES_IN_JSON = 1000


def show_preview(
    programme: HomeProgramme, operators: Sequence[HomeOperator], *, as_json: bool
) -> None:
    """Print what would change, with examples."""
    found = programme.preview(operators, EXAMPLES_IN_JSON if as_json else EXAMPLES)
    if as_json:
        print_json(
            {
                "counts": found.counts,
                "lost": found.lost,
                "needs_confirmation": found.needs_confirmation,
                "added": [_plain(each) for each in found.added],
                "changed": [
                    {"before": _plain(before), "after": _plain(after)}
                    for before, after in found.changed
                ],
                "removed": [_plain(each) for each in found.removed],
            }
        )
        return
    counts = found.counts
    for home in found.added:
        print_line(f"+ {_line(home)}")
    _more(counts.added - len(found.added), "added")
    for before, after in found.changed:
        print_line(f"~ {_line(after)}")
        for change in differences(before, after):
            print_line(f"    {change}")
    _more(counts.changed - len(found.changed), "changed")
    for home in found.removed:
        print_line(f"- {_line(home)}")
    _more(counts.removed - len(found.removed), "removed")
    say(
        f"{number_of(len(operators), 'operator')}: {counts.added} would be added, "
        f"{counts.changed} changed, {counts.removed} removed, "
        f"{counts.unchanged} unchanged; nothing was stored"
    )
    if found.needs_confirmation:
        say(
            f"{found.lost} active operators would be removed or deactivated: every partner would "
            "hold such a list; the import asks for --confirm-mass-change"
        )


def differences(before: HomeOperator, after: HomeOperator) -> list[str]:
    """Tell in which fields two versions of an operator differ, with both values."""
    changes = []
    old, new = before.listed.operator, after.listed.operator
    for field in old.__struct_fields__:
        left, right = getattr(old, field), getattr(new, field)
        if left != right:
            changes.append(f"{field}: {_short(left)} → {_short(right)}")
    if before.consents != after.consents:
        left, right = (" ".join(sorted(each.consents)) for each in (before, after))
        changes.append(f"consents: {left or '-'} → {right or '-'}")
    return changes


def _short(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _more(count: int, word: str) -> None:
    if count > 0:
        print_line(f"  … and {count} more {word}")


def _line(home: HomeOperator) -> str:
    operator = home.listed.operator
    return f"{operator.id}  {operator.names[0].text}"


def _plain(home: HomeOperator) -> dict[str, object]:
    return {
        "operator": msgspec.Raw(home.listed.canonical),
        "consents": sorted(home.consents),
    }
