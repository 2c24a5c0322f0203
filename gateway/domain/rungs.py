"""The rungs of the ladder (domain.md): each looks at the case and finds evidence, or stops.

A rung returns its evidence as a sentence, or a `Stop` with the reason. It writes into the case
what later rungs and the answer need; it never looks further down the ladder.
"""

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from gateway.domain.agreements import Agreement, IdentifierScheme, Lifecycle, Rules
from gateway.domain.answers import AnswerReason, Freshness, FreshnessClass, MatchKind, Question
from gateway.domain.code_hints import (
    foreign_letters,
    likely_meant,
    misreadings,
    near_misses,
    twin_prefix,
)
from gateway.domain.freshness import freshness_at
from gateway.domain.identifiers import declared_forms, fits
from gateway.domain.knowledge import HeldOperator, Knowledge
from gateway.domain.names import NameVerdict, compare_names
from gateway.domain.operators import Authorisation, StatusCode
from gateway.domain.spans import Span, in_words, span_of

NOT_UNIQUE_SCHEMES = frozenset({"MID"})
"""Made from name and address, so two traders can share one: a pointer, never a proof."""

_IN_FORCE_BY_DATE = frozenset({Lifecycle.IN_FORCE, Lifecycle.SUSPENDED, Lifecycle.ENDED})


class Stop(Struct, frozen=True):
    """The ladder ends here."""

    reason: AnswerReason
    sentence: str
    hints: tuple[str, ...] = ()


Outcome = str | Stop


class Case:
    """One question on its way up the ladder, with what was found so far."""

    def __init__(self, question: Question, knowledge: Knowledge, known_at: datetime) -> None:
        self.question = question
        self.knowledge = knowledge
        self.known_at = known_at
        self.forms = declared_forms(question.code)
        self.agreement: Agreement | None = None
        self.span: Span | None = None
        self.rules: Rules | None = None
        self.freshness = Freshness(condition=FreshnessClass.MISSING)
        self.code: str | None = None
        self.held: HeldOperator | None = None
        self.match: MatchKind | None = None
        self.authorisation: Authorisation | None = None
        self.remarks: list[str] = []
        self._spans: dict[str, Span] = {}

    def judge_under(self, agreement: Agreement) -> None:
        """Take an agreement, with its span and the freshness of its list."""
        self.agreement = agreement
        self.span = self.span_under(agreement)
        self.rules = rules_over(agreement, self.span)
        holding = self.knowledge.holdings.get(agreement.id)
        head = None if holding is None else holding.head
        self.freshness = freshness_at(head, agreement, self.known_at)

    def span_under(self, agreement: Agreement) -> Span:
        """Return the time asked about, in an agreement's time zone."""
        zone = agreement.time_zone
        if zone not in self._spans:
            self._spans[zone] = span_of(self.question.on, now=self.known_at, time_zone=zone)
        return self._spans[zone]

    @property
    def date(self) -> str:
        """The date asked about, in words."""
        return in_words(self.question.on or self.known_at)


def rules_over(agreement: Agreement, span: Span) -> Rules | None:
    """Return the rules in force during all of the span, or none."""
    return next((rules for rules in agreement.rules if span.is_inside(rules.interval)), None)


def find_agreement(case: Case) -> Outcome:
    """Rung 1: which partner and scheme does the declared code belong to?"""
    fitting = list(_fitting(case))
    if fitting:
        in_force = [choice for choice in fitting if _is_in_force(case, choice[0])]
        agreement, code, scheme = (in_force or fitting)[0]
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
    agreement, span = _chosen(case)
    if not _is_in_force(case, agreement):
        sentence = f"The agreement with {agreement.partner_name} is not in force on {case.date}."
        return Stop(AnswerReason.AGREEMENT_NOT_IN_FORCE, sentence)
    if _is_suspended(agreement, span, case.known_at):
        sentence = f"The agreement with {agreement.partner_name} is suspended on {case.date}."
        return Stop(AnswerReason.AGREEMENT_SUSPENDED, sentence)
    return f"agreement {agreement.id} is in force on {case.date}"


def require_fresh(case: Case) -> Outcome:
    """Rung 3: do we hold the partner's list, and is it fresh? LATE is told but decides."""
    agreement, _ = _chosen(case)
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
    return f"list {fresh.sequence} is {fresh.condition} and usable until {until}"


def find_operator(case: Case) -> Outcome:
    """Rung 4: which operator is meant? Exact, cross-walk from another identifier, or none."""
    agreement, _ = _chosen(case)
    holding = case.knowledge.holdings[agreement.id]
    for form, kind in case.forms:
        held = holding.find(form)
        if held is not None:
            case.held, case.match, case.code = held, kind, form
            return f"{held.operator.id} is on the list ({kind})"
    named = [held for form, _ in case.forms for held in holding.find_by_identifier(form)]
    if not named:
        sentence = f"No operator with this code is on the list of {agreement.partner_name}."
        hints = (*misreadings(case.code or case.forms[0][0]), *twin_prefix(case.forms[0][0]))
        return Stop(AnswerReason.NOT_LISTED, sentence, hints)
    if len({held.operator.id for held in named}) > 1 or not _is_proof(case, named[0]):
        sentence = "The code is another identifier that does not point to one operator for certain."
        return Stop(AnswerReason.ID_AMBIGUOUS, sentence)
    case.held, case.match = named[0], MatchKind.CROSS_WALK
    return f"the code is another identifier of {named[0].operator.id}"


def check_name(case: Case) -> Outcome:
    """Rung 5: does the declared name, if given, contradict? A name alone never grants."""
    if not case.question.name:
        return "no name was declared"
    operator = _found(case).operator
    listed = [name.text for name in (*operator.names, *operator.trade_names)]
    verdict = compare_names(case.question.name, listed)
    if verdict is NameVerdict.CONTRADICTS:
        sentence = "The declared name is not the name of the operator with this code."
        return Stop(AnswerReason.NAME_CONFLICT, sentence)
    if verdict is NameVerdict.NOT_COMPARABLE:
        return "the declared name cannot be compared with the listed ones and contradicts nothing"
    return "the declared name agrees with the listed one"


def check_status(case: Case) -> Outcome:
    """Rung 6: are status and dates good on the date asked about?"""
    held = _found(case)
    _, span = _chosen(case)
    # ACC-10: an operator whose fields break the agreement's rules never grants
    if held.unusable is not None:
        sentence = f"The partner's data on this operator cannot be used: {held.unusable.text}."
        return Stop(AnswerReason.OPERATOR_UNUSABLE, sentence)
    case.authorisation = _best_authorisation(case)
    stop = _status_on(case.authorisation, span, case.date)
    if stop is not None:
        return stop
    if held.restricted:
        sentence = "A list that waits for an officer suspends or revokes this operator."
        return Stop(AnswerReason.RESTRICTED_PENDING_REVIEW, sentence)
    return f"authorisation {case.authorisation.id} is active on {case.date}"


def check_coverage(case: Case) -> Outcome:
    """Rung 7: are its type or tier, its role and the direction of trade covered?"""
    rules, authorisation = _rules(case), _authorisation(case)
    agreement, _ = _chosen(case)
    if not _is_covered(authorisation, rules):
        sentence = (
            f"{authorisation.category} of {authorisation.programme} is not covered"
            f" by agreement {agreement.id}."
        )
        return Stop(AnswerReason.TYPE_NOT_COVERED, sentence)
    return (
        _check_role(case, rules)
        or _check_direction(case, rules)
        or (f"{authorisation.category} is covered for {_said(rules.directions)}")
    )


def check_blocks(case: Case) -> Outcome:
    """Rung 8: has home blocked this operator?"""
    why = case.knowledge.blocks.get(_found(case).operator.id)
    if why is not None:
        sentence = f"Home has blocked this operator: {why}." if why else "Home has blocked it."
        return Stop(AnswerReason.LOCAL_BLOCK, sentence)
    return "home has not blocked this operator"


def name_measures(case: Case) -> Outcome:
    """Rung 9: which measures does the agreement grant?"""
    return f"measures {_said(tuple(measure.code for measure in _rules(case).measures))}"


def _fitting(case: Case) -> Iterator[tuple[Agreement, str, str]]:
    """Yield agreements with the form that fits them, and the scheme's name."""
    for form, _ in case.forms:
        for agreement in case.knowledge.claimants(form):
            schemes = _schemes(case, agreement)
            if not schemes:
                # A draft whose code form nobody could find out yet claims its whole territory.
                yield agreement, form, "form not known"
            for scheme in schemes:
                if fits(form, scheme, case.knowledge.checks):
                    yield agreement, form, scheme.name


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
    return Stop(AnswerReason.CODE_MALFORMED, sentence, foreign_letters(plain))


def _is_in_force(case: Case, agreement: Agreement) -> bool:
    span = case.span_under(agreement)
    dates = agreement.in_force
    if agreement.state not in _IN_FORCE_BY_DATE or dates is None or not span.is_inside(dates):
        return False
    if agreement.state is Lifecycle.ENDED and dates.until is None:
        return False
    return rules_over(agreement, span) is not None


def _is_suspended(agreement: Agreement, span: Span, known_at: datetime) -> bool:
    """Tell whether the span touches a suspension; one without dates suspends every date."""
    if any(span.touches(interval) for interval in agreement.suspensions):
        return True
    dated = any(interval.covers(known_at) for interval in agreement.suspensions)
    return agreement.state is Lifecycle.SUSPENDED and not dated


def _is_proof(case: Case, held: HeldOperator) -> bool:
    """Tell whether one of the identifiers that the code equals is unique by its making."""
    forms = {form for form, _ in case.forms}
    return any(
        other.scheme not in NOT_UNIQUE_SCHEMES
        for other in held.operator.alternate_ids
        if declared_forms(other.value)[0][0] in forms
    )


def _best_authorisation(case: Case) -> Authorisation:
    """Return the authorisation that would grant, else the one that explains most."""
    rules = _rules(case)
    _, span = _chosen(case)

    def worth(authorisation: Authorisation) -> tuple[bool, bool, bool, datetime, str]:
        covered = _is_covered(authorisation, rules)
        valid = _status_on(authorisation, span, case.date) is None
        return covered and valid, covered, valid, authorisation.effective_at, authorisation.id

    authorisations = _found(case).operator.authorisations
    return authorisations[0] if len(authorisations) == 1 else max(authorisations, key=worth)


def _status_on(authorisation: Authorisation, span: Span, date: str) -> Stop | None:
    """Judge status, then dates, each at the date asked about; a day must be good throughout."""
    status = authorisation.status
    if status.code is not StatusCode.ACTIVE and span.reaches(status.effective_at):
        since = in_words(status.effective_at)
        sentence = f"The authorisation is {status.code.lower()} since {since}."
        return Stop(AnswerReason(status.code.value), sentence)
    if span.reaches(authorisation.expires_at):
        sentence = f"The authorisation is not valid on all of {date}: it has an end before that."
        return Stop(AnswerReason.EXPIRED, sentence)
    begins = authorisation.effective_at
    if status.code is StatusCode.ACTIVE:
        # Before it was ACTIVE it may have been anything: the list does not say.
        begins = max(begins, status.effective_at)
    if span.start < begins:
        sentence = f"The authorisation is valid from {in_words(begins)} only."
        return Stop(AnswerReason.NOT_YET_EFFECTIVE, sentence)
    return None


def _is_covered(authorisation: Authorisation, rules: Rules) -> bool:
    return authorisation.programme == rules.programme and authorisation.category in rules.types


def _check_role(case: Case, rules: Rules) -> Stop | None:
    asked, listed = case.question.role, set(_found(case).operator.roles)
    if asked is not None and rules.roles and asked not in rules.roles:
        sentence = f"The role {asked} is not covered; {_said(rules.roles)} is."
        return Stop(AnswerReason.ROLE_NOT_COVERED, sentence)
    if asked is not None and listed and asked not in listed:
        sentence = f"The operator is listed as {_said(tuple(sorted(listed)))}, not as {asked}."
        return Stop(AnswerReason.ROLE_NOT_COVERED, sentence)
    if rules.roles and listed and not listed & set(rules.roles):
        sentence = f"None of the operator's roles is covered; {_said(rules.roles)} is."
        return Stop(AnswerReason.ROLE_NOT_COVERED, sentence)
    if asked is None and rules.roles:
        case.remarks.append(f"Only {_said(rules.roles)} is covered; the role was not judged.")
    return None


def _check_direction(case: Case, rules: Rules) -> Stop | None:
    asked = case.question.direction
    covered = _said(rules.directions)
    if not rules.directions or (asked is not None and asked not in rules.directions):
        sentence = (
            f"The agreement covers {covered} only." if covered else "No direction is covered."
        )
        return Stop(AnswerReason.DIRECTION_NOT_COVERED, sentence)
    if asked is None and len(rules.directions) == 1:
        case.remarks.append(f"Only {covered} is covered; the direction was not judged.")
    return None


def _said(words: tuple[str, ...]) -> str:
    return ", ".join(words)


def _chosen(case: Case) -> tuple[Agreement, Span]:
    assert case.agreement is not None  # noqa: S101 (rung 1 has passed)
    assert case.span is not None  # noqa: S101 (set together with the agreement)
    return case.agreement, case.span


def _rules(case: Case) -> Rules:
    assert case.rules is not None  # noqa: S101 (rung 2 has passed)
    return case.rules


def _found(case: Case) -> HeldOperator:
    assert case.held is not None  # noqa: S101 (rung 4 has passed)
    return case.held


def _authorisation(case: Case) -> Authorisation:
    assert case.authorisation is not None  # noqa: S101 (rung 6 has passed)
    return case.authorisation
