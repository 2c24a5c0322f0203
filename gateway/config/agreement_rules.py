"""What the dated rules of a partner file must not contradict: dates, code forms, measures."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import tzinfo
from decimal import Decimal, InvalidOperation
from itertools import combinations, pairwise
from typing import Final
from zoneinfo import ZoneInfo

from gateway.config.check_digits import CHECKS
from gateway.config.partner_tables import (
    IntervalTable,
    PartnerTable,
    RewriteTable,
    SchemeTable,
    instant,
)
from gateway.config.problems import Problem
from gateway.domain.agreements import IdentifierScheme, Lifecycle, MeasureCode, Rewrite
from gateway.domain.errors import ConfigError
from gateway.domain.identifiers import fits, normal_form, rewrite_with

_SHARES: Final[Mapping[MeasureCode, str]] = {
    MeasureCode.INSP: "factor",
    MeasureCode.GUAR: "share",
}
"""Parameters that are a part of the whole: of the usual inspections, of the usual guarantee."""


def _intervals(table: PartnerTable) -> Iterator[Problem]:
    zone = ZoneInfo(table.time_zone)
    if table.in_force is None and table.state in {Lifecycle.IN_FORCE, Lifecycle.SUSPENDED}:
        yield "in_force", f"required in state {table.state.value!r}: the date of entry into force"
    rules = {f"rules[{index}]": rules for index, rules in enumerate(table.rules)}
    suspended = {f"suspensions[{index}]": each for index, each in enumerate(table.suspensions)}
    agreed: dict[str, IntervalTable] = (
        {} if table.in_force is None else {"in_force": table.in_force}
    )
    for key, interval in {**agreed, **suspended, **rules}.items():
        if interval.until and instant(interval.until, zone) <= instant(interval.effective_at, zone):
            yield f"{key}.until", "not after effective_at; the interval is empty"
    for named, why in (
        (rules, "at most one set of rules is in force at a time"),
        (suspended, "write them as one"),
    ):
        for (first, one), (second, other) in combinations(named.items(), 2):
            if _overlap(one, other, zone):
                yield second, f"overlaps {first}; {why}"
    yield from _gaps(rules, table.in_force, zone)


def _gaps(
    rules: Mapping[str, IntervalTable], in_force: IntervalTable | None, zone: tzinfo
) -> Iterator[Problem]:
    """Name the dates without rules: nobody would be recognised on them, and nothing says why."""
    told = "write a suspension if nothing is recognised meanwhile"
    ordered = sorted(rules.items(), key=lambda each: instant(each[1].effective_at, zone))
    for (first, one), (second, other) in pairwise(ordered):
        if one.until and instant(one.until, zone) < instant(other.effective_at, zone):
            yield f"{second}.effective_at", f"leaves a gap after {first}, which ends {one.until}"
    if not ordered or in_force is None:
        return
    (first, one), (last, other) = ordered[0], ordered[-1]
    if instant(in_force.effective_at, zone) < instant(one.effective_at, zone):
        yield f"{first}.effective_at", f"after in_force begins; {told}"
    ends = in_force.until and instant(in_force.until, zone)
    if other.until and (ends is None or instant(other.until, zone) < ends):
        yield f"{last}.until", "before in_force ends, and no rules follow; end in_force with them"


def _overlap(one: IntervalTable, other: IntervalTable, zone: tzinfo) -> bool:
    earlier, later = sorted((one, other), key=lambda each: instant(each.effective_at, zone))
    return earlier.until is None or instant(later.effective_at, zone) < instant(earlier.until, zone)


def _schemes(table: PartnerTable) -> Iterator[Problem]:
    for number, rules in enumerate(table.rules):
        for index, scheme in enumerate(rules.schemes):
            key = f"rules[{number}].schemes[{index}]"
            yield from _example(f"{key}.example", scheme)
            for place, rewrite in enumerate(scheme.rewrites):
                yield from _rewrite(f"{key}.rewrites[{place}]", rewrite, scheme)


def _example(key: str, scheme: SchemeTable) -> Iterator[Problem]:
    example = scheme.example
    if not example:
        return
    if not re.fullmatch(scheme.pattern, example):
        yield key, f"{example!r} does not match the pattern {scheme.pattern}"
    elif len(example) > scheme.max_length:
        yield key, f"{example!r} is longer than max_length {scheme.max_length}"
    elif not fits(example, IdentifierScheme(**scheme.model_dump()), CHECKS):
        yield key, f"{example!r} fails the check digit {scheme.check_digit}"


def _rewrite(key: str, table: RewriteTable, scheme: SchemeTable) -> Iterator[Problem]:
    """Hold an old form to its own example: what it becomes is a code of the scheme."""
    plain = normal_form(table.example)
    try:
        code = rewrite_with(Rewrite(**table.model_dump()), plain)
    except ConfigError as error:
        yield f"{key}.becomes", error.message
        return
    if code is None:
        yield f"{key}.example", f"{plain!r} does not match the pattern {table.pattern}"
    elif not fits(code, IdentifierScheme(**scheme.model_dump()), CHECKS):
        yield f"{key}.becomes", f"{plain!r} becomes {code!r}, which is no code of {scheme.name}"


def _measures(table: PartnerTable) -> Iterator[Problem]:
    for number, rules in enumerate(table.rules):
        for code, parameters in rules.measures.items():
            name = _SHARES.get(code, "")
            if name in parameters and not _is_share(parameters[name]):
                key = f"rules[{number}].measures.{code}.{name}"
                yield key, f'{parameters[name]!r} is no part of the whole such as "0.2"'


def _is_share(text: str) -> bool:
    try:
        return 0 <= Decimal(text) <= 1
    except InvalidOperation:
        return False


CHECKS_OF_RULES: Final[tuple[Callable[[PartnerTable], Iterator[Problem]], ...]] = (
    _intervals,
    _schemes,
    _measures,
)
