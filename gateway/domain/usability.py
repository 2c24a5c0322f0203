"""Which operators of a list may be believed (ACC-10): order of the list, and marks per operator.

An operator that breaks the agreement's rules is stored as received and marked unusable: it never
grants, and it does not hold back the suspension of another. A type or tier that the agreement does
not cover is no such break: the ladder says no.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from itertools import pairwise
from operator import lt

from msgspec import Struct, json

from gateway.domain.acknowledgements import Reason
from gateway.domain.agreements import Agreement, IdentifierScheme
from gateway.domain.decisions import Find, Judged, ReasonCode
from gateway.domain.identifiers import Checks, fits, is_in_territory, normal_form
from gateway.domain.operators import Authorisation, Operator
from gateway.domain.profiles import Limits
from gateway.domain.state_change import StateChange


def misplaced(ids: Sequence[str]) -> list[Reason]:
    """Name the operators that do not stand in strictly ascending byte order of id."""
    # Of most lists this is all.
    if all(map(lt, ids, ids[1:])):
        return []
    found = []
    for left, right in pairwise(ids):
        # STA-7: code points, as Python compares them, stand in the order of UTF-8 bytes
        if left >= right:
            how = "stands twice" if left == right else f"stands after {left}"
            found.append(Reason(code=ReasonCode.OPERATOR_ORDER, text=how, pointer=right))
    return found


def marks_after(
    before: Judged,
    change: StateChange,
    find: Find,
    *,
    agreement: Agreement,
    issued_at: datetime,
    checks: Checks,
) -> dict[str, Reason]:
    """Return why operators of the state after a change are unusable, by id.

    Only what the change touches is judged again: operators that come, and those that share a normal
    form with one that comes or goes. Under other rules than before all of them are.

    Raises:
        ConfigError: A scheme's pattern or check digit cannot be used.
    """
    touched = {listed.operator.id for listed in change.coming} | set(change.removed)
    coming = [listed.operator for listed in change.coming]
    if before.rulebook not in {None, rulebook_of(agreement, issued_at)}:
        kept: dict[str, Reason] = {}
        stayed = [operator for operator in find(None) if operator.id not in touched]
    else:
        kept = {one: mark for one, mark in before.marks.items() if one not in touched}
        neighbours = _neighbours(touched, kept)
        stayed = list(find(neighbours)) if neighbours else []
    judged = [*coming, *stayed]
    # An id that is not its own normal form is always marked, so twins of what is judged are known.
    ids = {operator.id for operator in judged} | kept.keys()
    rules = _Rulebook(
        territory=agreement.territory,
        schemes=schemes_at(agreement, issued_at),
        checks=checks,
        forms=Counter(map(normal_form, ids)),
    )
    for operator in judged:
        kept.pop(operator.id, None)
        reason = _judge(operator, normal_form(operator.id), rules)
        if reason is not None:
            kept[operator.id] = reason
    return dict(sorted(kept.items()))


def _neighbours(touched: set[str], marked: Mapping[str, Reason]) -> set[str]:
    """Return the ids that share a normal form with one that was touched."""
    forms = {one: normal_form(one) for one in touched}
    found = {form for one, form in forms.items() if form != one}
    if marked:
        wanted = set(forms.values())
        found |= {one for one in marked if normal_form(one) in wanted}
    return found - touched


def rulebook_of(agreement: Agreement, issued_at: datetime) -> str:
    """Return a digest of the rules that operators are judged by: territory and schemes (ACC-10)."""
    rules = (agreement.territory, schemes_at(agreement, issued_at))
    return sha256(json.encode(rules)).hexdigest()


def too_many(marks: Mapping[str, Reason], resulting: int, limits: Limits) -> str | None:
    """Tell that more operators are unusable than a list may carry."""
    most = max(limits.unusable_floor, limits.unusable_share * resulting)
    if len(marks) <= most:
        return None
    return f"{len(marks)} of {resulting} operators are unusable, at most {int(most)} may be"


def schemes_at(agreement: Agreement, issued_at: datetime) -> tuple[IdentifierScheme, ...]:
    """Return the schemes that ids have to fit: those in force when the list was issued.

    Lists travel before an agreement comes into force; they are held to its first rules to come,
    because the same operators grant when these begin.
    """
    rules = agreement.rules_at(issued_at) or min(
        (rules for rules in agreement.rules if rules.interval.effective_at > issued_at),
        key=lambda rules: rules.interval.effective_at,
        default=None,
    )
    return rules.schemes if rules else ()


class _Rulebook(Struct, frozen=True, kw_only=True):
    territory: tuple[str, ...]
    schemes: tuple[IdentifierScheme, ...]
    checks: Checks
    forms: Mapping[str, int]
    """How many ids of the list have this normal form."""


def _judge(operator: Operator, form: str, rules: _Rulebook) -> Reason | None:
    # ACC-10: an issuer speaks for its own territory only; judged on the id, never the address.
    # First, because it alarms.
    if not is_in_territory(form, rules.territory):
        return _mark(operator, ReasonCode.OPERATOR_TERRITORY, "id is of a foreign territory")
    # ACC-10: which of two ids with one normal form is meant, nobody can tell (STA-1)
    if rules.forms[form] > 1:
        return _mark(operator, ReasonCode.OPERATOR_TWIN, f"another id has the normal form {form}")
    # ACC-10: matching is exact on the normal form, so another form would never be found
    if form != operator.id:
        return _mark(operator, ReasonCode.OPERATOR_SCHEME, f"id is not in normal form ({form})")
    # ACC-10: the schemes of the rules in force at issue
    if rules.schemes and not _fits_any(form, rules):
        names = ", ".join(scheme.name for scheme in rules.schemes)
        return _mark(operator, ReasonCode.OPERATOR_SCHEME, f"id is in no scheme of {names}")
    contradicting = _contradictions(operator)
    # ACC-10: order of dates
    if contradicting:
        return _mark(operator, ReasonCode.OPERATOR_DATES, contradicting)
    return None


def _fits_any(form: str, rules: _Rulebook) -> bool:
    for scheme in rules.schemes:  # noqa: SIM110 - a generator costs more than the matching
        if fits(form, scheme, rules.checks):
            return True
    return False


def _contradictions(operator: Operator) -> str | None:
    for authorisation in operator.authorisations:
        if text := _contradiction(authorisation):
            return text
    return None


def _contradiction(authorisation: Authorisation) -> str | None:
    start, end = authorisation.effective_at, authorisation.expires_at
    # ACC-10: an interval without a moment in it
    if end is not None and end <= start:
        return f"authorisation {authorisation.id} expires before it is effective"
    accepted = authorisation.accepted_at
    # ACC-10: effective before anybody accepted it
    if accepted is not None and accepted > start:
        return f"authorisation {authorisation.id} is effective before it was accepted"
    return None


def _mark(operator: Operator, code: ReasonCode, text: str) -> Reason:
    return Reason(code=code, text=text, pointer=operator.id)
