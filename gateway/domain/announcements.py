"""What an agreement has announced: its dated changes that lie ahead, in words."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import pairwise

from msgspec import Struct

from gateway.domain.agreements import Agreement, Measure, Rules


class Announced(Struct, frozen=True, order=True):
    """One change, and when it takes effect."""

    at: datetime
    what: str


def announced(agreement: Agreement, now: datetime) -> list[Announced]:
    """Return what changes after a moment, in the order of time."""
    return sorted(one for one in _changes(agreement) if one.at > now)


def rules_shown(agreement: Agreement, now: datetime) -> Rules | None:
    """Return the rules in force, else the next ones to come, else the last that were."""
    ordered = sorted(agreement.rules, key=lambda rules: rules.interval.effective_at)
    ahead = [rules for rules in ordered if rules.interval.effective_at > now]
    return agreement.rules_at(now) or next(iter(ahead or ordered[-1:]), None)


def _changes(agreement: Agreement) -> Iterator[Announced]:
    if agreement.in_force is not None:
        yield Announced(agreement.in_force.effective_at, "the agreement enters into force")
        if agreement.in_force.until is not None:
            yield Announced(agreement.in_force.until, "the agreement ends")
    for suspension in agreement.suspensions:
        yield Announced(suspension.effective_at, "the agreement is suspended")
        if suspension.until is not None:
            yield Announced(suspension.until, "the agreement is resumed")
    ordered = sorted(agreement.rules, key=lambda rules: rules.interval.effective_at)
    for before, after in pairwise(ordered):
        yield Announced(after.interval.effective_at, f"other rules: {_difference(before, after)}")


def _difference(before: Rules, after: Rules) -> str:
    told = {name: (_told(before, name), _told(after, name)) for name in _FIELDS}
    changed = [f"{name} {new}, before {old}" for name, (old, new) in told.items() if old != new]
    return "; ".join(changed) or "nothing but their dates"


_FIELDS = ("programme", "types", "roles", "directions", "measures", "codes")


def _told(rules: Rules, name: str) -> str:
    match name:
        case "programme":
            return rules.programme
        case "roles":
            return _words(rules.roles) if rules.roles else "any"
        case "types":
            return _words(rules.types)
        case "directions":
            return _words(rules.directions)
        case "measures":
            return _words([_measure(one) for one in rules.measures])
        case _:
            return _words([scheme.pattern for scheme in rules.schemes])


def _measure(measure: Measure) -> str:
    parameters = ", ".join(f"{name} {value}" for name, value in measure.parameters.items())
    return f"{measure.code} ({parameters})" if parameters else measure.code


def _words(words: Sequence[str]) -> str:
    return " ".join(words) or "none"
