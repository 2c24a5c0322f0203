"""Any decision that was given comes out again as it was, from the real store (ux: --known-at)."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

import pytest
from msgspec.structs import replace

from gateway.domain.agreements import Agreement, Direction, Interval
from gateway.domain.answers import Answer, AnswerReason, MatchKind, Question
from gateway.domain.blocks import HomeBlock
from gateway.domain.canonical import list_operator
from gateway.domain.lists import ListedOperator
from gateway.domain.operators import Identifier, StatusCode
from gateway.domain.profiles import FeedKind
from gateway.services.lookup import LookupDesk
from gateway.services.sync import SyncState
from tests.fakes.home import OFFICER, Home
from tests.fakes.partner_simulator import make_operator

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
QUESTIONS = {
    "operator that stays": Question(code="XB000001"),
    "the same, written otherwise": Question(code="xb 000-001"),
    "the same, on a day in the past": Question(code="XB000001", on=date(2025, 6, 1)),
    "the same, on a day before its authorisation": Question(code="XB000001", on=date(2024, 1, 1)),
    "the same, on a day to come": Question(code="XB000001", on=date(2026, 12, 31)),
    "the same, in a direction that is covered": Question(
        code="XB000001", direction=Direction.IMPORT
    ),
    "the same, in a direction that is not": Question(code="XB000001", direction=Direction.EXPORT),
    "the same, under another name": Question(code="XB000001", name="Somebody Else Ltd"),
    "operator that is suspended, removed and listed again": Question(code="XB000002"),
    "operator that is added later": Question(code="XB000040"),
    "other identifier that is lost later": Question(code="XB 7777 LOST"),
    "other identifier that moves to another operator": Question(code="XB 8888 MOVES"),
    "id that is not in normal form": Question(code="XB-000050"),
    "twin of one normal form": Question(code="XB000060"),
    "operator that home blocks, lets go and blocks for a week": Question(code="XB000003"),
    "the same, on a day of that week": Question(code="XB000003", on=date(2026, 12, 31)),
    "operator that is listed nowhere": Question(code="XB999999"),
    "code of no agreement": Question(code="XQ1"),
    "no code": Question(code="?"),
}


def _with_identifier(operator_id: str, value: str, *, on: datetime) -> ListedOperator:
    plain = make_operator(operator_id, on=on).operator
    return list_operator(
        replace(plain, alternate_ids=(Identifier(scheme="certificate", value=value),))
    )


def a_desk(home: Home) -> LookupDesk:
    store = home.store
    return LookupDesk(store.registry, store.history, store.profiles, {}, blocks=store.blocks)


class Past:
    """A stream over some days, and every answer that was given meanwhile."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.start = home.clock.now
        self.given: list[tuple[datetime, str, Answer]] = []
        self.desk = a_desk(home)
        self.many = [make_operator(f"XB{n:06d}", on=self.start) for n in range(200, 600)]

    def ask_all(self) -> None:
        self.desk.refresh()
        now = self.home.clock.now
        for name, question in QUESTIONS.items():
            self.given.append((now, name, self.desk.answer(question, now=now)))

    def receive(self, *operators: ListedOperator) -> None:
        self.home.partner.publish_next(*operators, *self.many)
        state = self.home.sync.run(self.home.profile, now=self.home.clock.now).state
        assert state is SyncState.APPLIED

    def cover(self, agreement: Agreement) -> None:
        self.home.profile = replace(self.home.profile, agreement=agreement)
        self.home.store.profiles.apply(self.home.profile, OFFICER, self.home.clock.now)

    def block(self, until: date | None = None) -> HomeBlock:
        end = None if until is None else datetime.combine(until, time(), UTC)
        interval = Interval(effective_at=self.home.clock.now, until=end)
        return self.home.store.blocks.put_in(
            "XB000003", interval, reason="open offence case", actor=OFFICER
        )

    def live(self) -> None:
        """Four lists, a change of the agreement, home blocks, and a long silence."""
        start, home = self.start, self.home
        first, second = (make_operator(f"XB00000{n}", on=start) for n in (1, 2))
        suspended = make_operator("XB000002", on=start, code=StatusCode.SUSPENDED)
        lost = _with_identifier("XB000003", "XB7777LOST", on=start)
        moves = _with_identifier("XB000004", "XB8888MOVES", on=start)
        moved = _with_identifier("XB000005", "XB8888MOVES", on=start)
        third, fourth, fifth = (make_operator(f"XB00000{n}", on=start) for n in (3, 4, 5))
        odd = make_operator("XB-000050", on=start)
        twins = (make_operator("XB000060", on=start), make_operator("XB-000060", on=start))
        self.ask_all()
        home.advance(HOUR)
        self.receive(first, second, lost, moves, fifth, odd, *twins)
        self.ask_all()
        home.advance(HOUR)
        block = self.block()
        self.ask_all()
        home.advance(SECOND)
        home.store.blocks.lift(block.id, reason="case closed", actor=OFFICER)
        self.ask_all()
        home.advance(SECOND)
        self.block(date(2027, 1, 1))
        self.ask_all()
        home.advance(SECOND)
        self.receive(first, suspended, third, fourth, moved, make_operator("XB000040", on=start))
        home.advance(HOUR)
        self.ask_all()
        rules = home.profile.agreement.rules[0]
        no_more = replace(home.profile.agreement, rules=(replace(rules, types=("AEOF",)),))
        kept = home.profile.agreement
        home.advance(SECOND)
        self.cover(no_more)
        home.advance(HOUR)
        self.ask_all()
        home.advance(SECOND)
        self.cover(kept)
        home.advance(HOUR)
        self.receive(first, third, fourth, moved, twins[0])
        home.advance(SECOND)
        self.ask_all()
        home.advance(timedelta(days=9))
        self.ask_all()
        home.advance(SECOND)
        self.receive(first, second, third, fourth, moved)
        home.advance(HOUR)
        self.ask_all()


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Past]:
    home = Home(tmp_path_factory.mktemp("home"), FeedKind.GRPC)
    made = Past(home)
    made.live()
    home.advance(timedelta(days=100))
    yield made
    home.close()


@pytest.mark.parametrize("name", QUESTIONS, ids=list(QUESTIONS))
def test_past_decision_comes_out_equal_down_to_its_reference(past: Past, name: str) -> None:
    fresh = a_desk(past.home)
    now = past.home.clock.now
    for moment, asked, given in past.given:
        if asked != name:
            continue
        again = fresh.answer_as_known(QUESTIONS[name], known_at=moment, now=now)
        assert again == given
        assert again.reference == given.reference


def test_replayed_past_is_no_monotony(past: Past) -> None:
    """The past that is replayed holds what it is meant to hold."""
    reasons = {given.reason for _, _, given in past.given}
    assert reasons >= {
        AnswerReason.RECOGNISED,
        AnswerReason.SUSPENDED,
        AnswerReason.NOT_LISTED,
        AnswerReason.DATA_MISSING,
        AnswerReason.DATA_STALE,
        AnswerReason.TYPE_NOT_COVERED,
        AnswerReason.NOT_YET_EFFECTIVE,
        AnswerReason.OPERATOR_UNUSABLE,
        AnswerReason.DIRECTION_NOT_COVERED,
        AnswerReason.NO_AGREEMENT,
        AnswerReason.LOCAL_BLOCK,
    }
    assert any(given.match is MatchKind.CROSS_WALK for _, _, given in past.given)


def test_valid_at_and_known_at_are_two_times(past: Past) -> None:
    """What was known then about a day, and what is known now about the same day."""
    question = Question(code="XB000002", on=past.start + 3 * HOUR)
    now, desk = past.home.clock.now, past.desk
    before = desk.answer_as_known(question, known_at=past.start + 2 * HOUR, now=now)
    after = desk.answer_as_known(question, known_at=past.start + 3 * HOUR, now=now)
    assert (before.valid_at, after.valid_at) == (question.on, question.on)
    assert before.reason is AnswerReason.RECOGNISED
    assert after.reason is AnswerReason.SUSPENDED
