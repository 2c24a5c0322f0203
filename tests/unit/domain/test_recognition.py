from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import msgspec
import pytest
from msgspec import Struct

from gateway.domain.agreements import (
    Agreement,
    Direction,
    IdentifierScheme,
    Interval,
    Lifecycle,
    Measure,
    MeasureCode,
)
from gateway.domain.answers import (
    Answer,
    AnswerReason,
    FreshnessClass,
    MatchKind,
    Question,
    Verdict,
)
from gateway.domain.errors import ConfigError, InvalidRequestError
from gateway.domain.knowledge import Knowledge
from gateway.domain.messages import Message
from gateway.domain.operators import Identifier, Name, StatusCode
from gateway.domain.profiles import CompromisedKey
from gateway.domain.recognition import LADDER, UNDETERMINED, recognise, reference_of
from tests.fakes.known_world import (
    AGREEMENT,
    CODE,
    DAY,
    HEAD,
    NOW,
    QUESTION,
    RULES,
    SCHEME,
    START,
    HeldList,
    agreement,
    authorisation,
    blocked,
    head,
    held,
    under_rules,
    with_identifier,
    world,
)
from tests.fakes.wording import in_english

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
NEXT = HEAD.header.next_update_at
UNUSABLE_FROM = NEXT + DAY
NIGHT = datetime(2026, 11, 2, tzinfo=UTC)


STOLEN = CompromisedKey(fingerprint="3" * 64, since=NOW)


class Case(Struct, frozen=True, kw_only=True):
    question: Question = QUESTION
    knowledge: Knowledge = world()
    known_at: datetime = NOW
    reason: AnswerReason = AnswerReason.RECOGNISED
    match: MatchKind | None = None


def asked(**changes: object) -> Question:
    return msgspec.structs.replace(QUESTION, **changes)


def listing(*operators: object) -> Knowledge:
    return world(holding=HeldList(*operators))  # type: ignore[arg-type] # checked by held()


def having(*authorisations: object, **changes: object) -> Knowledge:
    return listing(held(*authorisations, **changes))  # type: ignore[arg-type] # checked by held()


def headed(**changes: object) -> Knowledge:
    return world(holding=HeldList(held(), head=head(**changes)))


BELAND = agreement(
    id="XH-XB",
    partner="XB",
    partner_name="Beland",
    territory=("XB",),
    rules=(
        msgspec.structs.replace(
            RULES, schemes=(IdentifierScheme(name="XB-ID", pattern="^XB[0-9A-Z]{4,6}$"),)
        ),
    ),
)
CHECKED = under_rules(schemes=(msgspec.structs.replace(SCHEME, check_digit="mod 7"),))
CARRIES_AEO = under_rules(schemes=(IdentifierScheme(name="AEO", pattern="^AEOXA[0-9]{10}$"),))
PER_CODE = {
    "an unknown country": (asked(code="XQ123456"), AnswerReason.NO_AGREEMENT),
    "an unknown country after AEO": (asked(code="AEO<XQ123456>"), AnswerReason.NO_AGREEMENT),
    "no country": (asked(code="1234567890"), AnswerReason.CODE_MALFORMED),
    "nothing at all": (asked(code=""), AnswerReason.CODE_MALFORMED),
    "only separators": (asked(code=" - "), AnswerReason.CODE_MALFORMED),
    "only a country": (asked(code="XQ"), AnswerReason.CODE_MALFORMED),
    "one character short": (asked(code="XA123456789"), AnswerReason.CODE_MALFORMED),
    "one character long": (asked(code="XA12345678901"), AnswerReason.CODE_MALFORMED),
    "the letter O for zero": (asked(code="XA123456789O"), AnswerReason.CODE_MALFORMED),
    "a Cyrillic country": (asked(code="ХА1234567890"), AnswerReason.CODE_MALFORMED),
    "a Greek letter in it": (asked(code="XΑ1234567890"), AnswerReason.CODE_MALFORMED),
    "a foreign digit": (asked(code="XA123456789٠"), AnswerReason.CODE_MALFORMED),
    "a text of a megabyte": (asked(code="XA" + "1" * 2**20), AnswerReason.CODE_MALFORMED),
    "well-formed but not listed": (asked(code="XA0000000000"), AnswerReason.NOT_LISTED),
}
CODES = {
    f"the code is {words}": Case(question=question, reason=reason)
    for words, (question, reason) in PER_CODE.items()
} | {
    "the code is exact": Case(match=MatchKind.EXACT),
    "the code has spaces": Case(question=asked(code="xa 1234 567890"), match=MatchKind.NORMALISED),
    "the code is full-width": Case(
        question=asked(code="ＸＡ１２３４５６７８９０"), match=MatchKind.NORMALISED
    ),
    "the code is of before 2018": Case(
        question=asked(code="AEO<XA1234567890>"), match=MatchKind.LEGACY_FORM
    ),
    "the scheme carries AEO and the code does not": Case(
        knowledge=world(CARRIES_AEO, holding=HeldList(held(id="AEO" + CODE))),
        match=MatchKind.LEGACY_FORM,
    ),
    "the check digit fails": Case(knowledge=world(CHECKED), reason=AnswerReason.CODE_MALFORMED),
    "another identifier points to one": Case(
        question=asked(code="9131-0000 abc"),
        knowledge=listing(with_identifier("USCC", "91310000ABC")),
        match=MatchKind.CROSS_WALK,
    ),
    "another identifier in the territory points to one": Case(
        question=asked(code="XA-77"),
        knowledge=listing(with_identifier("EORI", "XA77")),
        match=MatchKind.CROSS_WALK,
    ),
    "another identifier of the scheme's form points to one": Case(
        question=asked(code="XA0000000077"),
        knowledge=listing(with_identifier("OLD", "XA0000000077")),
        match=MatchKind.CROSS_WALK,
    ),
    "another identifier points to two": Case(
        question=asked(code="91310000"),
        knowledge=listing(
            with_identifier("USCC", "91310000"),
            with_identifier("USCC", "91310000", "XA0000000002"),
        ),
        reason=AnswerReason.ID_AMBIGUOUS,
    ),
    "another identifier points to operators of two partners": Case(
        question=asked(code="91310000"),
        knowledge=world(
            AGREEMENT,
            BELAND,
            holdings={
                "XH-XA": HeldList(with_identifier("USCC", "91310000")),
                "XH-XB": HeldList(with_identifier("USCC", "91310000", "XB1234")),
            },
        ),
        reason=AnswerReason.ID_AMBIGUOUS,
    ),
    "another identifier is made from name and address": Case(
        question=asked(code="XANORCER12"),
        knowledge=listing(with_identifier("MID", "XANORCER12")),
        reason=AnswerReason.ID_AMBIGUOUS,
    ),
    "a code is also another identifier of somebody else": Case(
        knowledge=listing(held(), with_identifier("OLD", CODE, "XA0000000002")),
        match=MatchKind.EXACT,
    ),
    "another partner lists a foreign code as identifier": Case(
        question=asked(code="XA-77"),
        knowledge=world(
            AGREEMENT,
            BELAND,
            holdings={
                "XH-XA": HeldList(held()),
                "XH-XB": HeldList(with_identifier("OLD", "XA77", "XB1234")),
            },
        ),
        reason=AnswerReason.CODE_MALFORMED,
    ),
    "a draft has no form yet": Case(
        knowledge=world(agreement(state=Lifecycle.DRAFT, rules=(), in_force=None)),
        reason=AnswerReason.AGREEMENT_NOT_IN_FORCE,
    ),
    "an ended agreement stands beside one in force": Case(
        knowledge=world(
            agreement(id="XH-XA-OLD", state=Lifecycle.ENDED), AGREEMENT,
            holdings={"XH-XA": HeldList(held())},
        )
    ),
}  # fmt: skip

STATES = {
    f"the agreement is in state {state}": Case(
        knowledge=world(agreement(state=state)), reason=AnswerReason.AGREEMENT_NOT_IN_FORCE
    )
    for state in Lifecycle
    if state not in {Lifecycle.IN_FORCE, Lifecycle.SUSPENDED}
}
AGREEMENTS = STATES | {
    "the agreement has no date of force": Case(
        knowledge=world(agreement(in_force=None)), reason=AnswerReason.AGREEMENT_NOT_IN_FORCE
    ),
    "no rules cover the date": Case(
        knowledge=world(under_rules(interval=Interval(effective_at=NOW + SECOND))),
        reason=AnswerReason.AGREEMENT_NOT_IN_FORCE,
    ),
    "the rules change in the middle of the day": Case(
        question=asked(on=NOW.date()),
        knowledge=world(
            agreement(
                rules=(
                    msgspec.structs.replace(
                        RULES, interval=Interval(effective_at=START, until=NOW)
                    ),
                    msgspec.structs.replace(RULES, interval=Interval(effective_at=NOW)),
                )
            )
        ),
        reason=AnswerReason.AGREEMENT_NOT_IN_FORCE,
    ),
    "the agreement is suspended without dates": Case(
        knowledge=world(agreement(state=Lifecycle.SUSPENDED)),
        reason=AnswerReason.AGREEMENT_SUSPENDED,
    ),
    "the agreement is suspended since yesterday": Case(
        knowledge=world(
            agreement(state=Lifecycle.SUSPENDED, suspensions=(Interval(effective_at=NOW - DAY),))
        ),
        reason=AnswerReason.AGREEMENT_SUSPENDED,
    ),
    "the date lies before the suspension": Case(
        question=asked(on=NOW - 2 * DAY),
        knowledge=world(
            agreement(state=Lifecycle.SUSPENDED, suspensions=(Interval(effective_at=NOW - DAY),))
        ),
    ),
    "a suspension of an hour touches the day": Case(
        question=asked(on=NOW.date()),
        knowledge=world(agreement(suspensions=(Interval(effective_at=NIGHT, until=NIGHT + HOUR),))),
        reason=AnswerReason.AGREEMENT_SUSPENDED,
    ),
    "a past suspension is over": Case(
        knowledge=world(
            agreement(suspensions=(Interval(effective_at=NOW - 2 * DAY, until=NOW - DAY),))
        ),
    ),
    "an ended agreement covered the date": Case(
        question=asked(on=NOW - 2 * DAY),
        knowledge=world(
            agreement(state=Lifecycle.ENDED, in_force=Interval(effective_at=START, until=NOW - DAY))
        ),
    ),
}

DATA = {
    "no list is held": Case(
        knowledge=world(holding=HeldList(head=None)), reason=AnswerReason.DATA_MISSING
    ),
    "no stream is loaded": Case(knowledge=world(holdings={}), reason=AnswerReason.DATA_MISSING),
    "the list is late": Case(known_at=NEXT),
    "the list is stale": Case(known_at=UNUSABLE_FROM, reason=AnswerReason.DATA_STALE),
    "a stale list lists nobody": Case(
        question=asked(code="XA0000000000"),
        known_at=UNUSABLE_FROM,
        reason=AnswerReason.DATA_STALE,
    ),
    "the list rests on a compromised key": Case(
        knowledge=msgspec.structs.replace(world(), distrusted={"XH-XA": STOLEN}),
        known_at=UNUSABLE_FROM,
        reason=AnswerReason.DATA_UNTRUSTED,
    ),
    "the list of another partner rests on one": Case(
        knowledge=msgspec.structs.replace(world(), distrusted={"XH-XB": STOLEN}),
    ),
    "a list that was expired on arrival": Case(
        knowledge=headed(next_update_at=NOW - 2 * DAY, issued_at=NOW - 3 * DAY),
        reason=AnswerReason.DATA_STALE,
    ),
    "the clock is behind the receipt by the skew": Case(
        known_at=HEAD.received_at - 5 * timedelta(minutes=1)
    ),
    "the clock is behind the receipt by more than the skew": Case(
        known_at=HEAD.received_at - timedelta(minutes=5, seconds=1),
        reason=AnswerReason.DATA_STALE,
    ),
    "the clock is behind another partner's list": Case(
        knowledge=world(
            AGREEMENT,
            BELAND,
            holdings={
                "XH-XA": HeldList(held()),
                "XH-XB": HeldList(head=head(received_at=NOW + HOUR)),
            },
        ),
        reason=AnswerReason.DATA_STALE,
    ),
}

NAMES = {
    "the name agrees": Case(question=asked(name="NORTHWIND CERAMICS LIMITED")),
    "the name contradicts": Case(
        question=asked(name="Southbank Steel"), reason=AnswerReason.NAME_CONFLICT
    ),
    "the name is in another script": Case(question=asked(name="北風陶瓷有限公司")),
    "the name is a trade name": Case(
        question=asked(name="Blue Vase"),
        knowledge=having(trade_names=(Name(text="Blue Vase"),)),
    ),
    "the right name comes with an unknown code": Case(
        question=asked(code="XA0000000000", name="Northwind Ceramics Ltd"),
        reason=AnswerReason.NOT_LISTED,
    ),
    "the right name comes without a code": Case(
        question=asked(code="", name="Northwind Ceramics Ltd"),
        reason=AnswerReason.CODE_MALFORMED,
    ),
    "the name stands where the code should": Case(
        question=asked(code="Northwind Ceramics Ltd"), reason=AnswerReason.NO_AGREEMENT
    ),
    "an empty name is no name": Case(question=asked(name="")),
}

STATUSES = {
    "the operator is suspended": Case(
        knowledge=having(authorisation(StatusCode.SUSPENDED, since=NOW - DAY)),
        reason=AnswerReason.SUSPENDED,
    ),
    "the operator is revoked": Case(
        knowledge=having(authorisation(StatusCode.REVOKED, since=NOW - DAY)),
        reason=AnswerReason.REVOKED,
    ),
    "the operator has withdrawn": Case(
        knowledge=having(authorisation(StatusCode.WITHDRAWN, since=NOW - DAY)),
        reason=AnswerReason.WITHDRAWN,
    ),
    "the date lies before the suspension began": Case(
        question=asked(on=NOW - 2 * DAY),
        knowledge=having(authorisation(StatusCode.SUSPENDED, since=NOW - DAY)),
    ),
    "the date lies before it was active again": Case(
        question=asked(on=NOW - 2 * DAY),
        knowledge=having(authorisation(since=NOW - DAY)),
        reason=AnswerReason.NOT_YET_EFFECTIVE,
    ),
    "a suspension begins in the middle of the day": Case(
        question=asked(on=NOW.date()),
        knowledge=having(authorisation(StatusCode.SUSPENDED, since=NOW)),
        reason=AnswerReason.SUSPENDED,
    ),
    "the authorisation has expired": Case(
        knowledge=having(authorisation(expires_at=NOW)), reason=AnswerReason.EXPIRED
    ),
    "revoked also when expired": Case(
        knowledge=having(
            authorisation(StatusCode.REVOKED, since=NOW - 2 * DAY, expires_at=NOW - DAY)
        ),
        reason=AnswerReason.REVOKED,
    ),
    "the data are unusable": Case(
        knowledge=having(unusable="the dates are out of order"),
        reason=AnswerReason.OPERATOR_UNUSABLE,
    ),
    "a held list suspends the operator": Case(
        knowledge=having(restricted=True), reason=AnswerReason.RESTRICTED_PENDING_REVIEW
    ),
    "one authorisation is suspended, another is good": Case(
        knowledge=having(
            authorisation(StatusCode.SUSPENDED, since=START, id="A-0"),
            authorisation(id="A-1", category="SILVER"),
        )
    ),
    "the covered one is suspended, the good one is not covered": Case(
        knowledge=having(
            authorisation(StatusCode.SUSPENDED, since=START, id="A-0"),
            authorisation(id="A-1", category="BRONZE"),
        ),
        reason=AnswerReason.SUSPENDED,
    ),
    "none of several is covered": Case(
        knowledge=having(
            authorisation(StatusCode.SUSPENDED, since=START, id="A-0", category="BRONZE"),
            authorisation(id="A-1", category="BRONZE"),
        ),
        reason=AnswerReason.TYPE_NOT_COVERED,
    ),
}

IMPORT_ONLY = world(under_rules(directions=(Direction.IMPORT,)))
EXPORTERS = under_rules(roles=("EX",))
COVERAGE = {
    "the type is not covered": Case(
        knowledge=having(authorisation(category="BRONZE")), reason=AnswerReason.TYPE_NOT_COVERED
    ),
    "the type is of another programme": Case(
        knowledge=having(authorisation(programme="XA Simple")),
        reason=AnswerReason.TYPE_NOT_COVERED,
    ),
    "the direction is covered": Case(
        question=asked(direction=Direction.IMPORT), knowledge=IMPORT_ONLY
    ),
    "the direction is not covered": Case(
        question=asked(direction=Direction.EXPORT),
        knowledge=IMPORT_ONLY,
        reason=AnswerReason.DIRECTION_NOT_COVERED,
    ),
    "no direction is covered": Case(
        knowledge=world(under_rules(directions=())), reason=AnswerReason.DIRECTION_NOT_COVERED
    ),
    "every role is covered": Case(question=asked(role="IM")),
    "the role is covered": Case(question=asked(role="EX"), knowledge=world(EXPORTERS)),
    "the role is not covered": Case(
        question=asked(role="IM"),
        knowledge=world(EXPORTERS),
        reason=AnswerReason.ROLE_NOT_COVERED,
    ),
    "the operator is not listed in the role": Case(
        question=asked(role="IM"),
        knowledge=having(roles=("EX",)),
        reason=AnswerReason.ROLE_NOT_COVERED,
    ),
    "none of the operator's roles is covered": Case(
        knowledge=world(EXPORTERS, holding=HeldList(held(roles=("IM", "WH")))),
        reason=AnswerReason.ROLE_NOT_COVERED,
    ),
    "one of the operator's roles is covered": Case(
        knowledge=world(EXPORTERS, holding=HeldList(held(roles=("EX", "WH")))),
    ),
    "home has blocked the operator": Case(
        knowledge=world(blocks=blocked(CODE)), reason=AnswerReason.LOCAL_BLOCK
    ),
    "home has blocked somebody else": Case(knowledge=world(blocks=blocked("XA0000000002"))),
}

CASES = CODES | AGREEMENTS | DATA | NAMES | STATUSES | COVERAGE


def answer_to(case: Case) -> Answer:
    return recognise(case.question, knowledge=case.knowledge, known_at=case.known_at)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_ladder_stops_where_it_should(case: Case) -> None:
    answer = answer_to(case)
    assert answer.reason is case.reason
    if case.match is not None:
        assert answer.match is case.match


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_every_answer_is_whole(case: Case) -> None:
    answer = answer_to(case)
    assert (answer.verdict is Verdict.GRANT) == (case.reason is AnswerReason.RECOGNISED)
    assert (answer.verdict is Verdict.UNDETERMINED) == (case.reason in UNDETERMINED)
    assert bool(answer.measures) == (answer.verdict is Verdict.GRANT)
    assert in_english(answer.sentence).endswith(".")
    assert "normal controls" in in_english(answer.next_step) or answer.verdict is Verdict.GRANT
    *passed, last = [rung.passed for rung in answer.rungs] or [False]
    assert all(passed)
    assert last == (answer.verdict is Verdict.GRANT)
    assert all(in_english(rung.evidence) for rung in answer.rungs)
    assert answer.reference == reference_of(case.question, answer)
    assert answer_to(case) == answer


def test_table_has_every_reason() -> None:
    assert {case.reason for case in CASES.values()} == set(AnswerReason)


def moments(local: datetime) -> tuple[datetime, datetime, datetime]:
    at = local.astimezone(UTC)
    return at - SECOND, at, at + SECOND


ZONES = ("UTC", "Asia/Shanghai", "Pacific/Auckland", "America/St_Johns", "Pacific/Kiritimati")
BOUNDS = {
    f"{what} in {zone}": (kind, datetime(2026, 10, 20, 0, 0, tzinfo=ZoneInfo(zone)), zone)
    for zone in ZONES
    for kind, what in (
        ("expires_at", "the authorisation ends at midnight"),
        ("effective_at", "the authorisation begins at midnight"),
        ("suspended", "the suspension begins at midnight"),
        ("in_force", "the agreement comes into force at midnight"),
        ("until", "the agreement ends at midnight"),
    )
}
REASONS = {
    "expires_at": (None, AnswerReason.EXPIRED, AnswerReason.EXPIRED),
    "effective_at": (AnswerReason.NOT_YET_EFFECTIVE, None, None),
    "suspended": (None, AnswerReason.SUSPENDED, AnswerReason.SUSPENDED),
    "in_force": (AnswerReason.AGREEMENT_NOT_IN_FORCE, None, None),
    "until": (None, AnswerReason.AGREEMENT_NOT_IN_FORCE, AnswerReason.AGREEMENT_NOT_IN_FORCE),
}


def bounded(kind: str, at: datetime, zone: str) -> Knowledge:
    at = at.astimezone(UTC)
    forms = {
        "expires_at": held(authorisation(expires_at=at)),
        "effective_at": held(authorisation(effective_at=at)),
        "suspended": held(authorisation(StatusCode.SUSPENDED, since=at)),
    }
    dates = {
        "in_force": Interval(effective_at=at),
        "until": Interval(effective_at=START, until=at),
    }
    under = agreement(time_zone=zone, in_force=dates.get(kind, AGREEMENT.in_force))
    return world(under, holding=HeldList(forms.get(kind, held())))


@pytest.mark.parametrize(("kind", "at", "zone"), BOUNDS.values(), ids=BOUNDS.keys())
def test_boundary_is_half_open_to_the_second(kind: str, at: datetime, zone: str) -> None:
    knowledge = bounded(kind, at, zone)
    reasons = [
        recognise(asked(on=moment), knowledge=knowledge, known_at=NOW).reason
        for moment in moments(at)
    ]
    assert reasons == [one or AnswerReason.RECOGNISED for one in REASONS[kind]]


@pytest.mark.parametrize(("kind", "at", "zone"), BOUNDS.values(), ids=BOUNDS.keys())
def test_bare_date_is_the_whole_day_of_the_agreement(kind: str, at: datetime, zone: str) -> None:
    before, _, after = REASONS[kind]
    for shift, expected in ((-SECOND, "split"), (0 * SECOND, "whole"), (SECOND, "split next")):
        knowledge = bounded(kind, at + shift, zone)
        days = {
            day: recognise(asked(on=day), knowledge=knowledge, known_at=NOW).reason
            for day in (at.date() - DAY, at.date())
        }
        wanted = {
            # A second before midnight spoils the day before, a second after it the day itself.
            "split": (before or after, after),
            "whole": (before, after),
            "split next": (before, before or after),
        }[expected]
        assert tuple(days.values()) == tuple(one or AnswerReason.RECOGNISED for one in wanted)


def test_same_instant_is_the_same_in_every_offset() -> None:
    knowledge = having(authorisation(expires_at=NIGHT))
    for hours in (-12, 0, 8, 14):
        local = NIGHT.astimezone(timezone(timedelta(hours=hours)))
        for shift, reason in ((-SECOND, AnswerReason.RECOGNISED), (SECOND, AnswerReason.EXPIRED)):
            answer = recognise(asked(on=local + shift), knowledge=knowledge, known_at=NOW)
            assert answer.reason is reason


def test_day_without_a_midnight_begins_when_the_clock_jumps() -> None:
    # In Beirut, 2026-03-29 has no 00:00: clocks go from 24:00 to 01:00, at 22:00 UTC.
    jump = datetime(2026, 3, 28, 22, tzinfo=UTC)
    for shift, reason in (
        (0 * SECOND, AnswerReason.RECOGNISED),
        (SECOND, AnswerReason.NOT_YET_EFFECTIVE),
    ):
        knowledge = world(
            agreement(time_zone="Asia/Beirut"),
            holding=HeldList(held(authorisation(effective_at=jump + shift))),
        )
        question = asked(on=date(2026, 3, 29))
        assert recognise(question, knowledge=knowledge, known_at=NOW).reason is reason


FRESH = {
    "before next update the list is CURRENT": (NEXT, -SECOND, FreshnessClass.CURRENT, True),
    "at next update it is LATE and decides": (NEXT, 0 * SECOND, FreshnessClass.LATE, True),
    "after next update it is LATE": (NEXT, SECOND, FreshnessClass.LATE, True),
    "before the grace ends it is LATE": (UNUSABLE_FROM, -SECOND, FreshnessClass.LATE, True),
    "when the grace ends it is STALE": (UNUSABLE_FROM, 0 * SECOND, FreshnessClass.STALE, False),
    "after the grace it is STALE": (UNUSABLE_FROM, SECOND, FreshnessClass.STALE, False),
}


@pytest.mark.parametrize(("at", "shift", "condition", "decides"), FRESH.values(), ids=FRESH.keys())
def test_acc_9_list_decides_until_it_is_stale(
    at: datetime, shift: timedelta, condition: FreshnessClass, *, decides: bool
) -> None:
    answer = recognise(QUESTION, knowledge=world(), known_at=at + shift)
    assert answer.freshness.condition is condition
    assert (answer.verdict is Verdict.GRANT) is decides
    assert answer.verdict is not Verdict.NO_GRANT


def test_acc_9_clock_behind_an_accepted_list_leaves_everything_undetermined() -> None:
    behind = HEAD.received_at - timedelta(minutes=5, seconds=1)
    for code in (CODE, "XA0000000000", "XQ123456", "nonsense"):
        answer = recognise(asked(code=code), knowledge=world(), known_at=behind)
        assert answer.verdict is Verdict.UNDETERMINED
        assert answer.reason is AnswerReason.DATA_STALE
        assert "clock" in in_english(answer.sentence)
        assert [(rung.number, rung.passed) for rung in answer.rungs] == [(3, False)]
    assert recognise(QUESTION, knowledge=world(), known_at=behind + SECOND).verdict is Verdict.GRANT


def test_acc_10_unusable_operator_never_grants() -> None:
    answer = recognise(
        QUESTION, knowledge=having(unusable="the dates are out of order"), known_at=NOW
    )
    assert answer.verdict is Verdict.UNDETERMINED
    assert answer.reason is AnswerReason.OPERATOR_UNUSABLE
    assert "the dates are out of order" in in_english(answer.sentence)


def test_late_list_says_so_and_grants() -> None:
    answer = recognise(QUESTION, knowledge=world(), known_at=NEXT)
    assert answer.verdict is Verdict.GRANT
    assert "late" in in_english(answer.sentence)


def test_direction_that_was_not_given_is_not_judged_and_said_so() -> None:
    answer = recognise(QUESTION, knowledge=IMPORT_ONLY, known_at=NOW)
    assert answer.verdict is Verdict.GRANT
    assert "Only import is covered; the direction was not judged." in in_english(answer.sentence)


def test_role_that_was_not_given_is_not_judged_and_said_so() -> None:
    answer = recognise(QUESTION, knowledge=world(EXPORTERS), known_at=NOW)
    assert "Only EX is covered; the role was not judged." in in_english(answer.sentence)


def test_type_that_is_not_covered_is_told_with_those_that_are() -> None:
    bronze = having(authorisation(category="BRONZE"))
    answer = recognise(QUESTION, knowledge=bronze, known_at=NOW)
    assert "BRONZE of " in in_english(answer.sentence)
    assert ", which covers GOLD, SILVER of " in in_english(answer.sentence)


def test_date_beyond_the_list_is_answered_with_a_warning() -> None:
    answer = recognise(asked(on=UNUSABLE_FROM), knowledge=world(), known_at=NOW)
    assert answer.verdict is Verdict.GRANT
    assert "ask again on the date" in in_english(answer.sentence)


def test_grant_carries_measures_authorisation_and_contact() -> None:
    measures = (Measure(code=MeasureCode.EXP), Measure(code=MeasureCode.INSP))
    answer = recognise(QUESTION, knowledge=world(under_rules(measures=measures)), known_at=NOW)
    assert answer.measures == measures
    assert answer.authorisation is not None
    assert (answer.agreement, answer.partner) == ("XH-XA", "XA")
    assert answer.contact == "aeo@customs.example"
    assert len(answer.rungs) == len(LADDER)


def test_unknown_and_unconsented_operators_get_the_same_answer() -> None:
    unknown = recognise(asked(code="XA0000000000"), knowledge=world(), known_at=NOW)
    unconsented = recognise(asked(code="XA0000000000"), knowledge=listing(), known_at=NOW)
    assert unknown == unconsented


def test_reference_changes_with_what_the_answer_rests_on() -> None:
    base = recognise(QUESTION, knowledge=world(), known_at=NOW)
    later = recognise(QUESTION, knowledge=world(), known_at=NOW + SECOND)
    other_list = recognise(QUESTION, knowledge=headed(sequence=42), known_at=NOW)
    other_question = recognise(asked(role="IM"), knowledge=world(), known_at=NOW)
    references = {one.reference for one in (base, later, other_list, other_question)}
    assert len(references) == 4


def test_reference_does_not_change_with_the_wording() -> None:
    answer = recognise(QUESTION, knowledge=world(), known_at=NOW)
    new = Message("hint.perhaps", {"code": "new"})
    reworded = msgspec.structs.replace(answer, sentence=(new,), hints=(new,), evidence=())
    assert reference_of(QUESTION, reworded) == answer.reference


BAD_TIMES = {
    "a time without offset": (NOW.replace(tzinfo=None), "UTC", InvalidRequestError),
    "the day before those that may be asked about": (
        date(1899, 12, 31),
        "UTC",
        InvalidRequestError,
    ),
    "the day after those that may be asked about": (date(2100, 1, 1), "UTC", InvalidRequestError),
    "the last day of the calendar": (date.max, "UTC", InvalidRequestError),
    "a time before the calendar in UTC": (
        datetime(1, 1, 1, tzinfo=timezone(HOUR)),
        "UTC",
        InvalidRequestError,
    ),
    "a time without offset beside an unknown code": (
        NOW.replace(tzinfo=None),
        "UTC",
        InvalidRequestError,
    ),
    "an unknown time zone": (date(2026, 1, 1), "Xaland/Nowhere", ConfigError),
    "a time zone that is a path": (date(2026, 1, 1), "../../etc", ConfigError),
}


@pytest.mark.parametrize(("on", "zone", "error"), BAD_TIMES.values(), ids=BAD_TIMES.keys())
def test_time_that_cannot_be_used_is_refused(
    on: date | datetime, zone: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        recognise(asked(on=on), knowledge=world(agreement(time_zone=zone)), known_at=NOW)


@pytest.mark.parametrize("on", [date(1900, 1, 1), date(2099, 12, 31)])
def test_first_and_last_day_that_may_be_asked_about_are_answered(on: date) -> None:
    zone = "Pacific/Apia"
    answer = recognise(asked(on=on), knowledge=world(agreement(time_zone=zone)), known_at=NOW)
    assert answer.basis.valid_at == on


def test_territory_of_a_union_needs_each_prefix() -> None:
    union = agreement(
        territory=("XA", "XC"),
        rules=(
            msgspec.structs.replace(
                RULES, schemes=(IdentifierScheme(name="ID", pattern="^X[AC][0-9]{10}$"),)
            ),
        ),
    )
    member = held(id="XC1234567890", alternate_ids=(Identifier(scheme="LEI", value="L1"),))
    knowledge = world(union, holding=HeldList(member))
    answer = recognise(asked(code="XC1234567890"), knowledge=knowledge, known_at=NOW)
    assert answer.verdict is Verdict.GRANT


def an_agreement_of(*territory: str) -> Agreement:
    scheme = IdentifierScheme(name="TIN", pattern="^[A-Z]{2}[0-9]{9}$")
    rules = msgspec.structs.replace(RULES, schemes=(scheme,))
    return agreement(territory=territory, rules=(rules,))


def test_twin_prefixes_are_hints_and_never_matches() -> None:
    for listed, declared in (("GR", "EL"), ("EL", "GR"), ("GB", "XI"), ("XI", "GB")):
        holding = HeldList(held(id=f"{listed}123456789"))
        knowledge = world(an_agreement_of(listed, declared), holding=holding)
        answer = recognise(asked(code=f"{declared}123456789"), knowledge=knowledge, known_at=NOW)
        assert answer.reason is AnswerReason.NOT_LISTED
        assert any(listed in in_english(hint) for hint in answer.hints)
