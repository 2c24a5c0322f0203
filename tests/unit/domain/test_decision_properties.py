"""What no world and no question can bring about: harm never grants, and doubt never helps."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from gateway.domain.acknowledgements import Reason
from gateway.domain.agreements import Agreement, Interval, Lifecycle
from gateway.domain.answers import Answer, Question, Verdict
from gateway.domain.knowledge import HeldOperator, Knowledge, gather
from gateway.domain.operators import Authorisation, Identifier, KnownOperator, Status, StatusCode
from gateway.domain.profiles import CompromisedKey
from gateway.domain.recognition import recognise
from tests.fakes.known_world import (
    CODE,
    DAY,
    HEAD,
    NOW,
    START,
    HeldList,
    block,
    blocked,
    head,
)
from tests.fakes.operators import STEADY
from tests.fakes.random_worlds import questions, worlds

EACH = settings(STEADY, max_examples=60)
ID = "XH-XA"
LISTED = (CODE, "XA0000000002")
Harm = Callable[[Knowledge], Knowledge]


def ask(question: Question, known: Knowledge, at: datetime = NOW) -> Answer:
    return recognise(question, knowledge=known, known_at=at)


def rebuilt(
    known: Knowledge,
    *,
    agreement: Callable[[Agreement], Agreement] = lambda same: same,
    listed: Callable[[HeldOperator], HeldOperator] = lambda same: same,
    **changes: object,
) -> Knowledge:
    """Return the same world with something different in it."""
    before = known.holdings[ID]
    operators = [held for held in map(before.find, LISTED) if held is not None]
    holding = HeldList(*map(listed, operators), head=changes.pop("head", before.head))  # type: ignore[arg-type] # a head or none
    kept = {"distrusted": known.distrusted, "blocks": known.blocks, "checks": known.checks}
    return gather([agreement(known.agreements[ID])], {ID: holding}, **kept | changes)  # type: ignore[arg-type] # as gather wants them


def with_rules(known: Knowledge, **changes: object) -> Knowledge:
    return rebuilt(
        known,
        agreement=lambda one: replace(
            one, rules=tuple(replace(rules, **changes) for rules in one.rules)
        ),
    )


def of_operator(change: Callable[[KnownOperator], KnownOperator]) -> Harm:
    return lambda known: rebuilt(
        known, listed=lambda held: replace(held, operator=change(held.operator))
    )


def of_authorisations(change: Callable[[Authorisation], Authorisation]) -> Harm:
    return of_operator(
        lambda operator: replace(
            operator, authorisations=tuple(map(change, operator.authorisations))
        )
    )


def _status(code: StatusCode) -> Harm:
    status = Status(code=code, effective_at=START)
    return of_authorisations(lambda one: replace(one, status=status))


OLD = head(issued_at=NOW - 90 * DAY, received_at=NOW - 90 * DAY, next_update_at=NOW - 89 * DAY)
UNUSABLE = Reason(code="OPERATOR_DATES", text="dates out of order")
HARMS: Mapping[str, Harm] = {
    "stale": lambda known: rebuilt(known, head=OLD),
    "missing": lambda known: rebuilt(known, head=None),
    "ahead of the clock": lambda known: rebuilt(
        known, head=head(received_at=NOW + timedelta(hours=1))
    ),
    "signed by a compromised key": lambda known: rebuilt(
        known, distrusted={ID: CompromisedKey(fingerprint=HEAD.signer, since=START)}
    ),
    "under a suspended agreement": lambda known: rebuilt(
        known, agreement=lambda one: replace(one, suspensions=(Interval(effective_at=START),))
    ),
    "under an agreement that is signed only": lambda known: rebuilt(
        known, agreement=lambda one: replace(one, state=Lifecycle.SIGNED)
    ),
    "under an agreement without rules": lambda known: rebuilt(
        known, agreement=lambda one: replace(one, rules=())
    ),
    "of types that are not covered": lambda known: with_rules(known, types=("PLATINUM",)),
    "of a programme that is not covered": lambda known: with_rules(known, programme="Other"),
    "for no direction": lambda known: with_rules(known, directions=()),
    "for other roles": lambda known: of_operator(lambda one: replace(one, roles=("WH",)))(
        with_rules(known, roles=("CB",))
    ),
    "unusable": lambda known: rebuilt(known, listed=lambda held: replace(held, unusable=UNUSABLE)),
    "restricted": lambda known: rebuilt(known, listed=lambda held: replace(held, restricted=True)),
    "suspended": _status(StatusCode.SUSPENDED),
    "revoked": _status(StatusCode.REVOKED),
    "withdrawn": _status(StatusCode.WITHDRAWN),
    "expired": of_authorisations(
        lambda one: replace(one, effective_at=START, expires_at=START + DAY)
    ),
    "not yet effective": of_authorisations(lambda one: replace(one, effective_at=NOW + 90 * DAY)),
    "blocked by home": lambda known: rebuilt(known, blocks=blocked(*LISTED)),
}


@pytest.mark.parametrize("harm", HARMS.values(), ids=HARMS.keys())
@EACH
@given(questions, worlds() | worlds(is_open=True))
def test_no_question_gets_a_grant_from_data_that_is(
    harm: Harm, question: Question, known: Knowledge
) -> None:
    answer = ask(question, harm(known))
    assert answer.verdict is not Verdict.GRANT
    assert not answer.measures


@STEADY
@given(questions, worlds() | worlds(is_open=True), st.sampled_from(["MID", "EORI", "LEI"]))
def test_identifier_of_two_operators_never_grants(
    question: Question, known: Knowledge, scheme: str
) -> None:
    shared = (Identifier(scheme=scheme, value="91310000"),)
    holding = known.holdings[ID]
    one = holding.find(CODE)
    assert one is not None
    both = [
        replace(one, operator=replace(one.operator, id=operator_id, alternate_ids=shared))
        for operator_id in LISTED
    ]
    doubled = gather(known.agreements.values(), {ID: HeldList(*both, head=holding.head)}, checks={})
    asked = replace(question, code="91310000")
    assert ask(asked, doubled).verdict is not Verdict.GRANT


DOUBTS: Mapping[str, Harm] = {
    "a block": lambda known: rebuilt(
        known, blocks=dict(known.blocks) | {CODE: (block(known=NOW),)}
    ),
    "a suspension of the agreement": lambda known: rebuilt(
        known,
        agreement=lambda one: replace(
            one, suspensions=(*one.suspensions, Interval(effective_at=NOW - DAY, until=NOW + DAY))
        ),
    ),
    "fewer types": lambda known: with_rules(known, types=("GOLD",)),
    "fewer roles": lambda known: with_rules(known, roles=("EX",)),
    "no grace": lambda known: rebuilt(
        known, agreement=lambda one: replace(one, grace=timedelta(0))
    ),
    "a shorter life of lists": lambda known: rebuilt(
        known, agreement=lambda one: replace(one, max_age=timedelta(hours=1))
    ),
    "an earlier end of the agreement": lambda known: rebuilt(
        known, agreement=lambda one: replace(one, in_force=Interval(effective_at=START, until=NOW))
    ),
    "an earlier end of authorisations": of_authorisations(
        lambda one: replace(one, expires_at=min(one.expires_at or NOW, NOW))
    ),
    "a restriction": lambda known: rebuilt(
        known, listed=lambda held: replace(held, restricted=True)
    ),
}


@pytest.mark.parametrize("doubt", DOUBTS.values(), ids=DOUBTS.keys())
@EACH
@given(questions, worlds() | worlds(is_open=True))
def test_nobody_gets_a_grant_by(doubt: Harm, question: Question, known: Knowledge) -> None:
    """Whoever had none has none after something was taken away."""
    assume("XA0000000002" not in question.code)
    if ask(question, rebuilt(known)).verdict is not Verdict.GRANT:
        assert ask(question, doubt(known)).verdict is not Verdict.GRANT


@STEADY
@given(questions, worlds() | worlds(is_open=True), st.integers(0, 10**6))
def test_waiting_alone_never_brings_a_grant(
    question: Question, known: Knowledge, seconds: int
) -> None:
    """About one moment: what was not granted from a list is not granted from it later."""
    assume(known.clock_floor is None or known.clock_floor <= NOW)
    asked = replace(question, on=question.on or NOW)
    under = known.agreements[ID]
    assume(under.state is not Lifecycle.SUSPENDED)
    if ask(asked, known).verdict is not Verdict.GRANT:
        later = NOW + timedelta(seconds=seconds)
        assert ask(asked, known, later).verdict is not Verdict.GRANT


@STEADY
@given(worlds() | worlds(is_open=True), st.integers(-3, 3), st.floats(0, 0.99999))
def test_what_a_day_grants_each_moment_of_it_grants(
    known: Knowledge, days: int, share: float
) -> None:
    day = NOW.date() + timedelta(days=days)
    answer = ask(Question(code=CODE, on=day), known)
    if answer.verdict is not Verdict.GRANT:
        return
    moment = _within(day, known.agreements[ID].time_zone, share)
    of_moment = ask(Question(code=CODE, on=moment), known)
    assert (of_moment.verdict, of_moment.measures) == (Verdict.GRANT, answer.measures)


def _within(day: date, zone: str, share: float) -> datetime:
    start, end = (
        datetime(one.year, one.month, one.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
        for one in (day, day + timedelta(days=1))
    )
    return start + timedelta(seconds=int((end - start).total_seconds() * share))
