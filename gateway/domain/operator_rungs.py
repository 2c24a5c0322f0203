"""Rungs 4 to 9 of the ladder: the operator, its authorisation, and what it is worth."""

from datetime import datetime
from typing import Final

from gateway.domain.agreements import Direction, Rules
from gateway.domain.answers import AnswerReason, MatchKind
from gateway.domain.case import Case, Outcome, Stop, rules_of
from gateway.domain.code_hints import misreadings, twin_prefix
from gateway.domain.identifiers import normal_form
from gateway.domain.knowledge import HeldOperator
from gateway.domain.messages import Message
from gateway.domain.names import NameVerdict, compare_names
from gateway.domain.occasion import Standing, said
from gateway.domain.operators import Authorisation, StatusCode
from gateway.domain.spans import Span, in_words

_ACTIVE: Final = StatusCode.ACTIVE
_LISTED: Final = {
    MatchKind.EXACT: "rung.4.exact",
    MatchKind.NORMALISED: "rung.4.normalised",
    MatchKind.LEGACY_FORM: "rung.4.legacy_form",
    MatchKind.CROSS_WALK: "rung.4.cross_walk",
}
_ENDED: Final = {
    StatusCode.SUSPENDED: "rung.6.suspended",
    StatusCode.REVOKED: "rung.6.revoked",
    StatusCode.WITHDRAWN: "rung.6.withdrawn",
}
_NO_NAME: Final = Message("rung.5.no_name")
_NAME_AGREES: Final = Message("rung.5.agrees")
_NOT_COMPARABLE: Final = Message("rung.5.not_comparable")
_NOT_BLOCKED: Final = Message("rung.8.not_blocked")
"""The same in every answer: made once."""
NOT_UNIQUE_SCHEMES = frozenset({"MID"})
"""Made from name and address, so two traders can share one: a pointer, never a proof."""


def find_operator(case: Case) -> Outcome:
    """Rung 4: which operator is meant? Exact, cross-walk from another identifier, or none."""
    agreement = case.standing.agreement
    holding = case.occasion.knowledge.holdings[agreement.id]
    for form, kind in case.forms:
        held = holding.find(form)
        if held is not None:
            case.held, case.match, case.code = held, kind, form
            return Message(_LISTED[kind], {"operator": held.operator.id})
    named = [held for form, _ in case.forms for held in holding.find_by_identifier(form)]
    if not named:
        sentence = Message("rung.4.not_listed", {"partner": agreement.partner_name})
        code = case.code or case.forms[0][0]
        hints = (*misreadings(code, case.standing.schemes), *twin_prefix(code))
        return Stop(AnswerReason.NOT_LISTED, sentence, hints)
    if len({held.operator.id for held in named}) > 1 or not _is_proof(case, named[0]):
        return Stop(AnswerReason.ID_AMBIGUOUS, Message("rung.4.ambiguous"))
    case.held, case.match = named[0], MatchKind.CROSS_WALK
    return Message(_LISTED[MatchKind.CROSS_WALK], {"operator": named[0].operator.id})


def check_name(case: Case) -> Outcome:
    """Rung 5: does the declared name, if given, contradict? A name alone never grants."""
    if not case.question.name:
        return _NO_NAME
    operator = case.held.operator
    listed = [name.text for name in (*operator.names, *operator.trade_names)]
    verdict = compare_names(case.question.name, listed)
    if verdict is NameVerdict.CONTRADICTS:
        return Stop(AnswerReason.NAME_CONFLICT, Message("rung.5.contradicts"))
    return _NOT_COMPARABLE if verdict is NameVerdict.NOT_COMPARABLE else _NAME_AGREES


def check_status(case: Case) -> Outcome:
    """Rung 6: are status and dates good on the date asked about?"""
    held = case.held
    # ACC-10: an operator whose fields break the agreement's rules never grants
    if held.unusable is not None:
        sentence = Message("rung.6.unusable", {"why": held.unusable.text})
        return Stop(AnswerReason.OPERATOR_UNUSABLE, sentence)
    standing, date = case.standing, case.occasion.date
    authorisations = held.operator.authorisations
    authorisation = authorisations[0]
    if len(authorisations) > 1:
        authorisation = _best(authorisations, standing, date)
    case.authorisation = authorisation
    stop = _status_on(authorisation, standing.span, date)
    if stop is not None:
        return stop
    if held.restricted:
        return Stop(AnswerReason.RESTRICTED_PENDING_REVIEW, Message("rung.6.restricted"))
    return Message("rung.6.active", {"authorisation": authorisation.id, "date": date})


def check_coverage(case: Case) -> Outcome:
    """Rung 7: are its type or tier, its role and the direction of trade covered?"""
    standing, authorisation = case.standing, case.authorisation
    rules = rules_of(standing)
    if not _is_covered(authorisation, rules):
        return Stop(AnswerReason.TYPE_NOT_COVERED, _not_covered(authorisation, standing, rules))
    return (
        _check_role(case, rules)
        or _check_direction(case, rules.directions)
        or standing.covered[authorisation.category]
    )


def check_blocks(case: Case) -> Outcome:
    """Rung 8: has home blocked this operator?"""
    for block in case.occasion.knowledge.blocks.get(case.held.operator.id, ()):
        acts = block.as_known(case.occasion.known_at)
        if acts is not None and case.standing.span.touches(acts):
            sentence = Message("rung.8.blocked", {"why": block.reason})
            return Stop(AnswerReason.LOCAL_BLOCK, sentence)
    return _NOT_BLOCKED


def name_measures(case: Case) -> Outcome:
    """Rung 9: which measures does the agreement grant?"""
    return case.standing.measures


def _is_proof(case: Case, held: HeldOperator) -> bool:
    """Tell whether one of the identifiers that the code equals is unique by its making."""
    forms = {form for form, _ in case.forms}
    return any(
        normal_form(other.scheme) not in NOT_UNIQUE_SCHEMES
        for other in held.operator.alternate_ids
        if normal_form(other.value) in forms
    )


def _best(
    authorisations: tuple[Authorisation, ...], standing: Standing, date: str
) -> Authorisation:
    """Return the authorisation that would grant, else the one that explains most."""
    rules = rules_of(standing)

    def worth(authorisation: Authorisation) -> tuple[bool, bool, bool, datetime, str]:
        covered = _is_covered(authorisation, rules)
        valid = _status_on(authorisation, standing.span, date) is None
        return covered and valid, covered, valid, authorisation.effective_at, authorisation.id

    return max(authorisations, key=worth)


def _status_on(authorisation: Authorisation, span: Span, date: str) -> Stop | None:
    """Judge status, then dates, each at the date asked about; a day must be good throughout."""
    status = authorisation.status
    is_active = status.code is _ACTIVE
    if not is_active and span.reaches(status.effective_at):
        sentence = Message(_ENDED[status.code], {"since": in_words(status.effective_at)})
        return Stop(AnswerReason(status.code.value), sentence)
    if span.reaches(authorisation.expires_at):
        until = in_words(authorisation.expires_at or span.start)
        sentence = Message("rung.6.expired", {"until": until, "date": date})
        return Stop(AnswerReason.EXPIRED, sentence)
    begins = authorisation.effective_at
    if is_active:
        # Before it was ACTIVE it may have been anything: the list does not say.
        begins = max(begins, status.effective_at)
    if span.start < begins:
        sentence = Message("rung.6.not_yet", {"begins": in_words(begins)})
        return Stop(AnswerReason.NOT_YET_EFFECTIVE, sentence)
    return None


def _is_covered(authorisation: Authorisation, rules: Rules) -> bool:
    return authorisation.programme == rules.programme and authorisation.category in rules.types


def _not_covered(authorisation: Authorisation, standing: Standing, rules: Rules) -> Message:
    values = {
        "type": authorisation.category,
        "programme": authorisation.programme,
        "agreement": standing.agreement.id,
    }
    if not rules.types:
        return Message("rung.7.no_type", values)
    values["covered_programme"] = rules.programme
    return Message("rung.7.type", values, {"covered": rules.types})


def _check_role(case: Case, rules: Rules) -> Stop | None:
    asked, listed = case.question.role, case.held.operator.roles
    if asked is not None and rules.roles and asked not in rules.roles:
        sentence = Message("rung.7.role", {"role": asked}, {"covered": rules.roles})
        return Stop(AnswerReason.ROLE_NOT_COVERED, sentence)
    if asked is not None and listed and asked not in listed:
        roles = tuple(sorted(set(listed)))
        sentence = Message("rung.7.other_role", {"role": asked}, {"listed": roles})
        return Stop(AnswerReason.ROLE_NOT_COVERED, sentence)
    if rules.roles and listed and not set(listed) & set(rules.roles):
        sentence = Message("rung.7.no_role", parts={"covered": rules.roles})
        return Stop(AnswerReason.ROLE_NOT_COVERED, sentence)
    if asked is None and rules.roles:
        case.remarks += (Message("remark.role", parts={"covered": rules.roles}),)
    return None


def _check_direction(case: Case, directions: tuple[Direction, ...]) -> Stop | None:
    asked = case.question.direction
    if not directions or (asked is not None and asked not in directions):
        sentence = Message("rung.7.no_direction")
        if directions:
            sentence = Message("rung.7.direction", parts={"covered": said(directions)})
        return Stop(AnswerReason.DIRECTION_NOT_COVERED, sentence)
    if asked is None and len(directions) == 1:
        case.remarks += (Message("remark.direction", parts={"covered": said(directions)}),)
    return None
