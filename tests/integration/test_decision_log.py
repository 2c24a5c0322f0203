"""Decisions logged while lists, profiles and seconds pass come out equal years later."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from random import Random

import pytest
from msgspec.structs import replace

from gateway.config.check_digits import CHECKS
from gateway.domain.answers import AnswerReason, Question
from gateway.domain.canonical import list_operator
from gateway.domain.lists import ListedOperator
from gateway.domain.logged_decisions import LoggedDecision
from gateway.domain.operators import Identifier, StatusCode
from gateway.domain.parties import Caller, Purpose
from gateway.domain.profiles import FeedKind
from gateway.ports.decision_log import Wanted
from gateway.services.decision_recorder import DecisionRecorder, Rule
from gateway.services.lookup import LookupDesk
from gateway.services.past_knowledge import PastKnowledge
from gateway.services.replay import ReplayDesk
from gateway.services.sync import SyncState
from gateway.store.decision_log import make_decision_log, open_decision_log
from tests.fakes.home import OFFICER, Home
from tests.fakes.partner_simulator import make_operator

MINUTE = timedelta(minutes=1)
OPERATORS = 300
DECISIONS = 10_000
LATER_LISTS = 50
CODES = [f"XB{number:06d}" for number in range(OPERATORS)]


class Years:
    """One partner's lists, and what a border system was told of them."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.start = home.clock.now
        self.random = Random(2026)
        url = f"sqlite:///{home.file}"
        make_decision_log(url)
        self.log = open_decision_log(url)
        self.record = DecisionRecorder(self.log, Rule.REQUIRED, tell=lambda _: None, room=DECISIONS)
        store = home.store
        self.desk = LookupDesk(
            store.registry, store.history, store.profiles, CHECKS, begins=self.record.begins
        )
        self.desk.refresh()
        self.border = Caller(
            name="border", fingerprint="0" * 64, purposes=(Purpose.LOOKUP,), added_at=home.clock.now
        )
        self.given = 0
        self.gone: tuple[str, ...] = ()
        self.listed = {code: self._operator(code) for code in CODES}

    def receive(self) -> None:
        """Take a list with a few changes: at most two operators are lost at a time (ACC-12)."""
        *lost, came, went = self.random.sample(CODES, 4)
        active = [code for code in CODES if code not in {*self.gone, *lost, came, went}]
        listed = {code: self._operator(code) for code in self.random.sample(active, 10)}
        listed |= {code: self._operator(code, StatusCode.SUSPENDED) for code in lost}
        self.gone = (went,)
        self.listed = {**self.listed, **listed, came: self._operator(came)}
        self._publish({code: one for code, one in self.listed.items() if code != went})

    def be_held(self) -> None:
        """Take a list that suspends so many that it waits for an officer."""
        many = {code: self._operator(code, StatusCode.SUSPENDED) for code in CODES[:100]}
        self._publish({**self.listed, **many}, SyncState.HELD)

    def _publish(
        self, listed: dict[str, ListedOperator], state: SyncState = SyncState.APPLIED
    ) -> None:
        self.home.partner.publish_next(*listed.values())
        run = self.home.sync.run(self.home.profile, now=self.home.clock.now)
        assert run.state is state

    def ask(self, times: int) -> None:
        questions = [self._question() for _ in range(times)]
        answers = self.desk.answer_batch(questions, now=self.home.clock.now)
        self.record.keep_all(self.border, questions, answers)
        assert self.record.flush()
        self.given += times

    def cover(self, *types: str) -> None:
        agreement = self.home.profile.agreement
        rules = replace(agreement.rules[0], types=types)
        self.home.profile = replace(self.home.profile, agreement=replace(agreement, rules=(rules,)))
        self.home.store.profiles.apply(self.home.profile, OFFICER, self.home.clock.now)

    def live(self) -> None:
        self.ask(1000)
        for step in range(9):
            self.home.advance(MINUTE)
            self.receive()
            # In the same second, before this process has taken the list, and after it.
            self.ask(300)
            self.desk.refresh()
            self.ask(400)
            if step in TURNS:
                TURNS[step](self)
                self.ask(100)
                self.desk.refresh()
            self.home.advance(MINUTE)
            self.ask(200)
        self.home.advance(timedelta(days=9))
        self.ask(DECISIONS - self.given)

    def logged(self) -> list[LoggedDecision]:
        return [one.decision for one in self.log.select(Wanted(limit=DECISIONS + 1))]

    def replays(self) -> ReplayDesk:
        store = self.home.store
        past = PastKnowledge(past=store.history, profiles=store.profiles, checks=CHECKS)
        return ReplayDesk(self.log, past)

    def _question(self) -> Question:
        random = self.random
        code = random.choice([*CODES, "XB-7-LOST", "ZZ1", "XB999999", "?", "ZZLOCALBLOCK"])
        return Question(
            code=random.choice((code, code.lower(), f" {code}")),
            test=code == "ZZLOCALBLOCK",
            name=random.choice((None, None, f"Synthetic Trading {code}", "Zebra Shipping")),
            on=random.choice((None, None, date(2025, 6, 1), self.home.clock.now - 40 * MINUTE)),
        )

    def _operator(self, code: str, status: StatusCode = StatusCode.ACTIVE) -> ListedOperator:
        number = int(code[2:])
        operator = make_operator(code, on=self.start, code=status).operator
        if number % 10 == 0:
            other = Identifier(scheme="certificate", value=f"XB7LOST{self.random.randint(0, 9)}")
            operator = replace(operator, alternate_ids=(other,))
        return list_operator(operator)


TURNS: dict[int, Callable[[Years], None]] = {
    2: lambda years: years.cover("AEOF"),
    4: lambda years: years.cover("AEOS"),
    6: Years.be_held,
}


@pytest.fixture(scope="module")
def years(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Years]:
    home = Home(tmp_path_factory.mktemp("home"), FeedKind.GRPC)
    made = Years(home)
    made.live()
    for _ in range(LATER_LISTS):
        # Changes of one day add up (ACC-12).
        home.advance(timedelta(hours=6))
        made.receive()
    yield made
    made.log.close()
    home.close()


def test_ten_thousand_decisions_come_out_equal_after_fifty_more_lists(years: Years) -> None:
    logged = years.logged()
    assert len(logged) == DECISIONS
    unequal = [one for one in years.replays().replay_all(logged) if not one.is_equal]
    assert unequal == []


def test_what_is_replayed_is_no_monotony(years: Years) -> None:
    logged = years.logged()
    assert {one.reason for one in logged} >= {
        AnswerReason.RECOGNISED,
        AnswerReason.SUSPENDED,
        AnswerReason.NOT_LISTED,
        AnswerReason.DATA_MISSING,
        AnswerReason.DATA_STALE,
        AnswerReason.NAME_CONFLICT,
        AnswerReason.RESTRICTED_PENDING_REVIEW,
        AnswerReason.TYPE_NOT_COVERED,
        AnswerReason.NO_AGREEMENT,
        AnswerReason.LOCAL_BLOCK,
    }
    # More than one snapshot in one second: the case that a time alone cannot tell apart.
    moments = {(one.known_at, one.snapshot) for one in logged}
    assert len(moments) > len({moment for moment, _ in moments})
    assert len({one.snapshot for one in logged}) > 10


def test_decisions_that_rest_on_broken_or_foreign_words_come_out_different(years: Years) -> None:
    replays = years.replays()
    granted = next(one for one in years.logged() if one.reason is AnswerReason.RECOGNISED)
    assert replays.replay(granted).is_equal
    forged = replace(granted, reason=AnswerReason.SUSPENDED, digest="0" * 64)
    replayed = replays.replay(forged)
    assert not replayed.is_equal
    assert [one.fact for one in replayed.differences] == ["reason"]
    reworded = replays.replay(replace(granted, digest="0" * 64))
    assert (reworded.is_equal, reworded.differences) == (False, ())
