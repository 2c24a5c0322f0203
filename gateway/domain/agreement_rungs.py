"""Rungs 1 to 3 of the ladder: the agreement, its force on the date, and its list."""

from collections.abc import Iterator
from datetime import datetime

from gateway.domain.agreements import Agreement, IdentifierScheme, Lifecycle
from gateway.domain.answers import AnswerReason, FreshnessClass
from gateway.domain.case import Case, Outcome, Stop, chosen, rules_over
from gateway.domain.code_hints import (
    foreign_letters,
    likely_meant,
    missing_prefix,
    near_misses,
    twin_prefix,
)
from gateway.domain.identifiers import fits
from gateway.domain.spans import Span, in_words

_IN_FORCE_BY_DATE = frozenset({Lifecycle.IN_FORCE, Lifecycle.SUSPENDED, Lifecycle.ENDED})


def find_agreement(case: Case) -> Outcome:
    """Rung 1: which partner and scheme does the declared code belong to?"""
    fitting = _fitting(case)
    if fitting:
        agreement, code, scheme = (
            fitting[0] if len(fitting) == 1 else _in_force_first(case, fitting)
        )
        case.code = code
        case.judge_under(agreement)
        return f"{code} is a code of {agreement.partner_name} ({scheme}), agreement {agreement.id}"
    claimed = _claimants(case)
    walked = _cross_walkable(case, claimed or tuple(case.knowledge.agreements.values()))
    if len(walked) > 1:
        names = ", ".join(agreement.id for agreement in walked)
        sentence = f"The code is another identifier of operators under several agreements: {names}."
        return Stop(AnswerReason.ID_AMBIGUOUS, sentence)
    if walked:
        case.judge_under(walked[0])
        return f"the code is another identifier under agreement {walked[0].id}"
    return _no_agreement(case, claimed)


def require_in_force(case: Case) -> Outcome:
    """Rung 2: is the agreement in force on the date, and not suspended?"""
    agreement, span = chosen(case)
    if not _is_in_force(case, agreement):
        sentence = f"The agreement with {agreement.partner_name} is not in force on {case.date}."
        return Stop(AnswerReason.AGREEMENT_NOT_IN_FORCE, sentence)
    if _is_suspended(agreement, span, case.known_at):
        sentence = f"The agreement with {agreement.partner_name} is suspended on {case.date}."
        return Stop(AnswerReason.AGREEMENT_SUSPENDED, sentence)
    return f"agreement {agreement.id} is in force on {case.date}"


def require_fresh(case: Case) -> Outcome:
    """Rung 3: do we hold the partner's list, and is it fresh? LATE is told but decides."""
    agreement, span = chosen(case)
    fresh = case.freshness
    if fresh.condition is FreshnessClass.MISSING:
        sentence = f"No list of {agreement.partner_name} has been accepted yet."
        return Stop(AnswerReason.DATA_MISSING, sentence)
    until = in_words(fresh.usable_until or case.known_at)
    # ACC-9: usable until the earlier of next update plus grace and issue plus maximum age
    if fresh.condition is FreshnessClass.STALE:
        sentence = f"The list of {agreement.partner_name} could be used until {until}; it is stale."
        return Stop(AnswerReason.DATA_STALE, sentence)
    if fresh.condition is FreshnessClass.LATE:
        case.remarks.append(f"The partner's next list is late; this one may be used until {until}.")
    if span.reaches(fresh.usable_until):
        case.remarks.append(f"The list speaks until {until}: ask again on the date.")
    return f"list {fresh.sequence} is {fresh.condition} and usable until {until}"


Fitting = tuple[Agreement, str, str]
"""An agreement, the form of the code that fits it, and the name of the scheme."""


def _fitting(case: Case) -> list[Fitting]:
    """Return what the likeliest form fits that fits anything."""
    for form, _ in case.forms:
        fitting = list(_fitting_form(case, form))
        if fitting:
            return fitting
    return []


def _fitting_form(case: Case, form: str) -> Iterator[Fitting]:
    for agreement in case.knowledge.claimants(form):
        schemes = _schemes(case, agreement)
        if not schemes:
            # A draft whose code form nobody could find out yet claims its whole territory.
            yield agreement, form, "form not known"
        for scheme in schemes:
            if fits(form, scheme, case.knowledge.checks):
                yield agreement, form, scheme.name


def _in_force_first(case: Case, fitting: list[Fitting]) -> Fitting:
    return next((one for one in fitting if _is_in_force(case, one[0])), fitting[0])


def _schemes(case: Case, agreement: Agreement) -> tuple[IdentifierScheme, ...]:
    """Return the schemes on the date asked about; outside all rules, those of any time."""
    rules = rules_over(agreement, case.span_under(agreement))
    if rules is not None:
        return rules.schemes
    return tuple(scheme for rules in agreement.rules for scheme in rules.schemes)


def _claimants(case: Case) -> tuple[Agreement, ...]:
    return next(
        (claimed for form, _ in case.forms if (claimed := case.knowledge.claimants(form))), ()
    )


def _cross_walkable(case: Case, agreements: tuple[Agreement, ...]) -> list[Agreement]:
    """Return the agreements under which the code is another identifier of an operator."""
    holdings = case.knowledge.holdings
    return [
        agreement
        for agreement in agreements
        if (holding := holdings.get(agreement.id)) is not None
        and any(holding.find_by_identifier(form) for form, _ in case.forms)
    ]


def _no_agreement(case: Case, claimed: tuple[Agreement, ...]) -> Stop:
    plain = case.forms[0][0]
    meant = likely_meant(plain)
    claimed = claimed or case.knowledge.claimants(meant)
    if claimed:
        schemes = [(one, scheme) for one in claimed for scheme in _schemes(case, one)]
        sentence = f"This is not a code of {' or '.join(one.partner_name for one in claimed)}."
        hints = near_misses(plain, schemes, case.knowledge.checks)
        return Stop(AnswerReason.CODE_MALFORMED, sentence, hints)
    country = case.forms[-1][0][:2] if plain.startswith("AEO") else plain[:2]
    if len(plain) > len(country) and country.isascii() and country.isalpha():
        sentence = (
            f"There is no agreement with the administration whose codes begin with {country}."
        )
        return Stop(AnswerReason.NO_AGREEMENT, sentence, twin_prefix(plain))
    sentence = "This is not a code: one begins with the two letters of the issuing country."
    schemes = [
        (one, scheme)
        for one in case.knowledge.agreements.values()
        for scheme in _schemes(case, one)
    ]
    hints = (*foreign_letters(plain), *missing_prefix(plain, schemes, case.knowledge.checks))
    return Stop(AnswerReason.CODE_MALFORMED, sentence, hints)


def _is_in_force(case: Case, agreement: Agreement) -> bool:
    span = case.span_under(agreement)
    dates = agreement.in_force
    if agreement.state not in _IN_FORCE_BY_DATE or dates is None or not span.is_inside(dates):
        return False
    if agreement.state is Lifecycle.ENDED and dates.until is None:
        return False
    if agreement is case.agreement:
        return case.rules is not None
    return rules_over(agreement, span) is not None


def _is_suspended(agreement: Agreement, span: Span, known_at: datetime) -> bool:
    """Tell whether the span touches a suspension; one without dates suspends every date."""
    if any(span.touches(interval) for interval in agreement.suspensions):
        return True
    dated = any(interval.covers(known_at) for interval in agreement.suspensions)
    return agreement.state is Lifecycle.SUSPENDED and not dated
