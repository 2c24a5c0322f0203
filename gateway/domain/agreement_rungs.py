"""Rungs 1 to 3 of the ladder: the agreement, its force on the date, and its list."""

from collections.abc import Iterable
from typing import Final

from gateway.domain.agreements import Agreement, IdentifierScheme
from gateway.domain.answers import AnswerReason, FreshnessClass, MatchKind
from gateway.domain.case import Case, Outcome, Stop
from gateway.domain.code_hints import (
    foreign_letters,
    likely_meant,
    missing_prefix,
    near_misses,
    other_identifier,
    own_code,
    twin_prefix,
)
from gateway.domain.identifiers import fits, rewritten
from gateway.domain.messages import Message, folded
from gateway.domain.occasion import Standing
from gateway.domain.spans import in_words

_MISSING: Final = FreshnessClass.MISSING
_LATE: Final = FreshnessClass.LATE
_STALE: Final = FreshnessClass.STALE


def find_agreement(case: Case) -> Outcome:
    """Rung 1: which partner and scheme does the declared code belong to?"""
    fitting = _fitting(case)
    if fitting is not None:
        standing, code, scheme = fitting
        case.standing, case.code = standing, code
        return _is_code_of(standing.agreement, code, scheme)
    claimed = _claimants(case)
    # What lies in a partner's territory is that partner's to name, whoever else lists it.
    asked = [one.agreement for one in claimed] or case.occasion.knowledge.agreements.values()
    walked = _cross_walkable(case, asked)
    if len(walked) > 1:
        ids = tuple(agreement.id for agreement in walked)
        sentence = Message("rung.1.several", parts={"agreements": ids})
        return Stop(AnswerReason.ID_AMBIGUOUS, sentence)
    if walked:
        case.standing = case.occasion.under(walked[0])
        return Message("rung.1.other_identifier", {"agreement": walked[0].id})
    return _no_agreement(case, claimed)


def require_in_force(case: Case) -> Outcome:
    """Rung 2: is the agreement in force on the date, and not suspended?"""
    standing = case.standing
    if standing.is_damaged:
        values = {"partner": standing.agreement.partner_name}
        return Stop(AnswerReason.DATA_MISSING, Message("rung.2.damaged", values))
    if not standing.is_in_force:
        sentence = Message("rung.2.not_in_force", _partner_and_date(case))
        return Stop(AnswerReason.AGREEMENT_NOT_IN_FORCE, sentence)
    if standing.is_suspended:
        sentence = Message("rung.2.suspended", _partner_and_date(case))
        return Stop(AnswerReason.AGREEMENT_SUSPENDED, sentence)
    return standing.in_force


def require_fresh(case: Case) -> Outcome:
    """Rung 3: do we hold the partner's list, and is it fresh? LATE is told but decides."""
    standing = case.standing
    fresh, until, agreement = standing.freshness, standing.usable_until, standing.agreement
    partner = agreement.partner_name
    if fresh.condition is _MISSING:
        return Stop(AnswerReason.DATA_MISSING, Message("rung.3.missing", {"partner": partner}))
    distrusted = case.occasion.knowledge.distrusted.get(agreement.id)
    # SIG-9: a state that a compromised key had a part in decides nothing
    if distrusted is not None:
        since = in_words(distrusted.since)
        sentence = Message("rung.3.untrusted", {"partner": partner, "since": since})
        return Stop(AnswerReason.DATA_UNTRUSTED, sentence)
    # ACC-9: usable until the earlier of next update plus grace and issue plus maximum age
    if fresh.condition is _STALE:
        sentence = Message("rung.3.stale", {"partner": partner, "until": until})
        return Stop(AnswerReason.DATA_STALE, sentence)
    if fresh.condition is _LATE:
        case.remarks += (Message("remark.late", {"until": until}),)
    if standing.span.reaches(fresh.usable_until):
        case.remarks += (Message("remark.ask_again", {"until": until}),)
    return standing.age


Fitting = tuple[Standing, str, str | None]
"""An agreement, the form of the code that fits it, and the name of the scheme, if it has one."""


def _fitting(case: Case) -> Fitting | None:
    """Return what the likeliest form fits that fits anything: of several, what is in force."""
    occasion = case.occasion
    checks = occasion.knowledge.checks
    for form, _ in case.forms:
        best: Fitting | None = None
        for standing in occasion.claimants(form):
            if not standing.schemes:
                # A draft whose code form nobody could find out yet claims its whole territory.
                best = _better(best, (standing, form, None))
            for scheme in standing.schemes:
                if fits(form, scheme, checks):
                    best = _better(best, (standing, form, scheme.name))
        if best is not None:
            return best
    return _from_old_form(case)


def _from_old_form(case: Case) -> Fitting | None:
    """Return the one code that an agreement's rewrites make of the declared one."""
    checks = case.occasion.knowledge.checks
    found: dict[str, Fitting] = {}
    for form, _ in case.forms:
        for standing in case.occasion.claimants(form):
            for scheme in standing.schemes:
                code = rewritten(form, scheme, checks)
                if code is not None:
                    found[code] = _better(found.get(code), (standing, code, scheme.name))
    if len(found) != 1:
        return None
    ((code, fitting),) = found.items()
    case.forms += ((code, MatchKind.LEGACY_FORM),)
    return fitting


def _better(one: Fitting | None, other: Fitting) -> Fitting:
    if one is None or (other[0].is_in_force and not one[0].is_in_force):
        return other
    return one


def _is_code_of(agreement: Agreement, code: str, scheme: str | None) -> Message:
    values = {"code": code, "partner": agreement.partner_name, "agreement": agreement.id}
    if scheme is None:
        return Message("rung.1.in_territory", values)
    values["scheme"] = scheme
    return Message("rung.1.code", values)


def _partner_and_date(case: Case) -> dict[str, str]:
    return {"partner": case.standing.agreement.partner_name, "date": case.occasion.date}


def _claimants(case: Case) -> tuple[Standing, ...]:
    for form, _ in case.forms:
        if claimed := case.occasion.claimants(form):
            return claimed
    return ()


def _cross_walkable(case: Case, agreements: Iterable[Agreement]) -> list[Agreement]:
    """Return the agreements under which the code is another identifier of an operator."""
    holdings = case.occasion.knowledge.holdings
    return [
        agreement
        for agreement in agreements
        if (holding := holdings.get(agreement.id)) is not None
        and any(holding.find_by_identifier(form) for form, _ in case.forms)
    ]


def _no_agreement(case: Case, claimed: tuple[Standing, ...]) -> Stop:
    plain, occasion = case.forms[0][0], case.occasion
    checks = occasion.knowledge.checks
    meant = likely_meant(plain)
    claimed = claimed or occasion.claimants(meant)
    if claimed:
        names = tuple(one.agreement.partner_name for one in claimed)
        sentence = Message("rung.1.malformed", parts={"partners": (folded("list.or", names),)})
        hints = near_misses(plain, _schemes(claimed), checks)
        return Stop(AnswerReason.CODE_MALFORMED, sentence, hints)
    country = case.forms[-1][0][:2] if plain.startswith("AEO") else plain[:2]
    if len(plain) > len(country) and country.isascii() and country.isalpha():
        sentence = Message("rung.1.no_agreement", {"prefix": country})
        hints = own_code(country, occasion.knowledge.agreements.values()) or twin_prefix(plain)
        return Stop(AnswerReason.NO_AGREEMENT, sentence, hints)
    schemes = _schemes(map(occasion.under, occasion.knowledge.agreements.values()))
    hints = (
        *foreign_letters(plain),
        *other_identifier(plain, checks),
        *missing_prefix(plain, schemes, checks),
    )
    return Stop(AnswerReason.CODE_MALFORMED, Message("rung.1.no_code"), hints)


def _schemes(standings: Iterable[Standing]) -> list[tuple[Agreement, IdentifierScheme]]:
    return [(one.agreement, scheme) for one in standings for scheme in one.schemes]
