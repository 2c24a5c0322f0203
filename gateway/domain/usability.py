"""Which operators of a list may be believed (ACC-10): order of the list, and marks per operator.

An operator that breaks the agreement's rules is stored as received and marked unusable: it never
grants, and it does not hold back the suspension of another. A type or tier that the agreement does
not cover is no such break: the ladder says no.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise

from msgspec import Struct

from gateway.domain.acknowledgements import Reason
from gateway.domain.agreements import Agreement, IdentifierScheme
from gateway.domain.decisions import ReasonCode
from gateway.domain.identifiers import Checks, fits, is_in_territory, normal_form
from gateway.domain.lists import ListedOperator
from gateway.domain.operators import Authorisation, Operator
from gateway.domain.profiles import Limits


def misplaced(operators: Sequence[ListedOperator]) -> list[Reason]:
    """Name the operators that do not stand in strictly ascending byte order of id."""
    found = []
    for before, after in pairwise(operators):
        left, right = before.operator.id, after.operator.id
        # STA-7: code points, as Python compares them, stand in the order of UTF-8 bytes
        if left >= right:
            how = "stands twice" if left == right else f"stands after {left}"
            found.append(Reason(code=ReasonCode.OPERATOR_ORDER, text=how, pointer=right))
    return found


def mark_unusable(
    operators: Sequence[ListedOperator],
    *,
    agreement: Agreement,
    issued_at: datetime,
    checks: Checks,
) -> dict[str, Reason]:
    """Return why operators are unusable, by id: the first reason of each.

    Raises:
        ConfigError: A scheme's pattern or check digit cannot be used.
    """
    forms = [normal_form(listed.operator.id) for listed in operators]
    rulebook = _Rulebook(
        territory=agreement.territory,
        schemes=schemes_at(agreement, issued_at),
        checks=checks,
        forms=Counter(forms),
    )
    marks = {}
    for form, listed in zip(forms, operators, strict=True):
        reason = _judge(listed.operator, form, rulebook)
        if reason is not None:
            marks[listed.operator.id] = reason
    return marks


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
    # A loop, because a generator costs more than the matching; once per operator of every list.
    for scheme in rules.schemes:  # noqa: SIM110
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
