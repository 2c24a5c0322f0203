"""Lookups when parts of the machinery are gone: real databases, taken away and given back."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, closing
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from gateway.config.check_digits import CHECKS
from gateway.domain.agreements import IdentifierScheme, Lifecycle
from gateway.domain.answers import Answer, AnswerReason, FreshnessClass, Question, Verdict
from gateway.domain.errors import DatabaseUnavailableError, DecisionLogFullError, StoreError
from gateway.domain.parties import Caller, Purpose
from gateway.ports.decision_log import Wanted
from gateway.services.decision_recorder import DecisionRecorder, Rule
from gateway.services.lookup import LookupDesk
from gateway.services.past_knowledge import PastKnowledge
from gateway.services.replay import ReplayDesk
from gateway.store.decision_log import DecisionTable, make_decision_log, open_decision_log
from gateway.store.engines import Store, open_store
from gateway.store.versioning import upgrade
from tests.contract.profiles_suite import write_version
from tests.contract.registry_suite import accept
from tests.contract.synthetic_lists import GATEWAY, NOW, OTHER_STREAM, incoming
from tests.fakes.home import make_agreement
from tests.fakes.lookup_ports import profile
from tests.fakes.partner_simulator import make_operator
from tests.fakes.wording import in_english
from tests.postgres_server import PostgresServer

ROOM = 5
QUESTION = Question(code="XB000001")
UNKNOWN = Question(code="XB999999")
SINCE = NOW + timedelta(hours=1)
"""When the list came in."""
BORDER = Caller(name="border", fingerprint="0" * 64, purposes=(Purpose.LOOKUP,), added_at=NOW)


class Site:
    """A lookup process, as far as it decides and logs."""

    def __init__(self, store: Store, log: DecisionTable, rule: Rule = Rule.REQUIRED) -> None:
        self.log = log
        self.told: list[StoreError | None] = []
        self.record = DecisionRecorder(log, rule, tell=self.told.append, room=ROOM)
        self.desk = LookupDesk(
            store.registry, store.history, store.profiles, CHECKS, begins=self.record.begins
        )
        self.now = SINCE
        self.desk.refresh()

    def ask(self, question: Question = QUESTION) -> Answer:
        return self.record.keep(BORDER, question, self.desk.answer(question, now=self.now))

    def logged(self) -> int:
        return len(self.log.select(Wanted(limit=100)))


def fill(store: Store) -> None:
    store.profiles.apply(profile(make_agreement()), GATEWAY, NOW)
    accept(store, incoming(1, [make_operator("XB000001", on=NOW)]))


def add_other(store: Store) -> None:
    scheme = IdentifierScheme(name="XC code", pattern="^XC[0-9]{6}$")
    rules = replace(make_agreement().rules[0], schemes=(scheme,))
    other = make_agreement(id="XA-XC", partner="XC", territory=("XC",), rules=(rules,))
    store.profiles.apply(profile(other), GATEWAY, NOW)
    accept(store, incoming(1, [make_operator("XC000001", on=NOW)], stream=OTHER_STREAM))


class Borrowed:
    """A PostgreSQL database that can be taken away."""

    def __init__(self, server: PostgresServer, url: str) -> None:
        self._server = server
        self.url = url

    def taken_away(self) -> AbstractContextManager[None]:
        return self._server.taken_away(self.url)


@pytest.fixture
def borrowed(postgres: PostgresServer) -> Iterator[Borrowed]:
    with postgres.database() as url:
        upgrade(url)
        make_decision_log(url)
        yield Borrowed(postgres, url)


@pytest.fixture
def store(borrowed: Borrowed) -> Iterator[Store]:
    with open_store(borrowed.url, clock=lambda: NOW) as opened:
        fill(opened)
        yield opened


@pytest.fixture
def log(borrowed: Borrowed) -> Iterator[DecisionTable]:
    opened = open_decision_log(borrowed.url)
    yield opened
    opened.close()


@pytest.mark.postgres
def test_with_the_database_gone_decisions_go_on_until_the_log_is_full_and_none_is_lost(
    borrowed: Borrowed, store: Store, log: DecisionTable
) -> None:
    site = Site(store, log)
    assert site.ask().verdict is Verdict.GRANT
    assert site.record.flush()
    with borrowed.taken_away():
        site.desk.refresh()
        assert (site.desk.ready, site.desk.reachable) == (True, False)
        assert site.ask().verdict is Verdict.GRANT
        # What the answer rests on grows old, and says so.
        site.now = SINCE + timedelta(hours=25)
        assert site.ask().freshness.condition is FreshnessClass.LATE
        site.now = SINCE + timedelta(days=8)
        assert site.ask().reason is AnswerReason.DATA_STALE
        assert not site.record.flush()
        site.ask()
        site.ask()
        with pytest.raises(DecisionLogFullError):
            site.ask()
        assert site.record.figures.refused == 1
    site.desk.refresh()
    assert site.desk.reachable
    assert site.record.flush()
    site.ask()
    assert site.record.flush()
    assert site.logged() == 7
    assert [error is None for error in site.told] == [False, True]


@pytest.mark.postgres
def test_with_best_effort_decisions_go_on_for_good_and_those_not_logged_have_no_reference(
    borrowed: Borrowed, store: Store, log: DecisionTable
) -> None:
    site = Site(store, log, Rule.BEST_EFFORT)
    with borrowed.taken_away():
        given = [site.ask() for _ in range(ROOM + 3)]
        assert {one.verdict for one in given} == {Verdict.GRANT}
        assert [not one.reference for one in given] == [False] * ROOM + [True] * 3
        assert not site.record.flush()
    assert site.record.flush()
    assert site.logged() == ROOM
    assert site.record.figures.lost == 3


@pytest.mark.postgres
def test_without_an_index_nothing_is_answered_least_of_all_not_listed(
    borrowed: Borrowed, store: Store, log: DecisionTable
) -> None:
    with borrowed.taken_away():
        site = Site(store, log)
        assert (site.desk.ready, site.desk.reachable) == (False, False)
        for question in (QUESTION, UNKNOWN):
            with pytest.raises(DatabaseUnavailableError):
                site.ask(question)
    site.desk.refresh()
    assert (site.desk.ready, site.desk.reachable) == (True, True)
    assert site.ask().verdict is Verdict.GRANT
    assert site.ask(UNKNOWN).reason is AnswerReason.NOT_LISTED


def test_a_full_disk_refuses_decisions_and_loses_none_that_was_given(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/home.db"
    upgrade(url)
    log = open_decision_log(url)
    with open_store(url, clock=lambda: NOW) as store:
        fill(store)
        site = Site(store, log)
        # As small as the file is now: the real error of the real library, without a real full disk.
        with log._database.write() as connection:
            connection.exec_driver_sql("PRAGMA max_page_count = 1")
        full = 0
        for number in range(200):
            site.now = SINCE + timedelta(seconds=number)
            site.ask()
            if not site.record.flush():
                break
            full += 1
        for _ in range(ROOM - 1):
            site.ask()
        with pytest.raises(DecisionLogFullError):
            site.ask()
        assert isinstance(site.told[-1], DatabaseUnavailableError)
        assert site.logged() == full
        with log._database.write() as connection:
            connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
        assert site.record.flush()
        assert site.logged() == full + ROOM
    log.close()


def a_broken_profile_leaves_one_partner_undetermined(store: Store, log: DecisionTable) -> None:
    """Whatever it granted before the damage, and whatever its earlier version says."""
    suspended = replace(make_agreement(), state=Lifecycle.SUSPENDED)
    store.profiles.apply(profile(suspended), GATEWAY, NOW)
    store.profiles.apply(profile(make_agreement()), GATEWAY, NOW)
    add_other(store)
    site = Site(store, log)
    assert site.ask().verdict is Verdict.GRANT
    was = write_version(store, "XA-XB", 3, '{"kind": "pigeon"}')
    # Something moves, as it does every day.
    accept(store, incoming(2, [make_operator("XC000001", on=NOW)], stream=OTHER_STREAM))
    site.now = SINCE + timedelta(hours=2)
    site.desk.refresh()
    broken, unknown = site.ask(), site.ask(UNKNOWN)
    for one in (broken, unknown):
        assert (one.verdict, one.reason) == (Verdict.UNDETERMINED, AnswerReason.DATA_MISSING)
        assert (one.agreement, one.partner) == ("XA-XB", "XB")
    assert "is damaged" in in_english(broken.sentence)
    assert site.ask(Question(code="XC000001")).verdict is Verdict.GRANT
    assert list(site.desk.unreadable) == ["XA-XB"]
    assert [one.agreement for one in site.desk.data(now=site.now) if one.is_missed] == ["XA-XB"]
    known_at = site.now - timedelta(seconds=1)
    then = site.desk.answer_as_known(QUESTION, known_at=known_at, now=site.now)
    assert then.reason is AnswerReason.DATA_MISSING
    assert site.record.flush()
    past = PastKnowledge(past=store.history, profiles=store.profiles, checks=CHECKS)
    replays = ReplayDesk(log, past)
    logged = {one.decision.reason: one.decision for one in log.select(Wanted())}
    assert replays.replay(logged[AnswerReason.DATA_MISSING]).is_equal
    write_version(store, "XA-XB", 3, was)
    accept(store, incoming(3, [make_operator("XC000001", on=NOW)], stream=OTHER_STREAM))
    site.now = SINCE + timedelta(hours=3)
    site.desk.refresh()
    assert not site.desk.unreadable
    assert site.ask().verdict is Verdict.GRANT
    # Mended or not: what was decided on damaged data comes out as it was.
    assert replays.replay(logged[AnswerReason.DATA_MISSING]).is_equal


def test_a_broken_profile_leaves_only_its_partner_undetermined_on_sqlite(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/home.db"
    upgrade(url)
    with (
        open_store(url, clock=lambda: NOW) as store,
        closing(open_decision_log(url)) as log,
    ):
        fill(store)
        a_broken_profile_leaves_one_partner_undetermined(store, log)


@pytest.mark.postgres
def test_a_broken_profile_leaves_only_its_partner_undetermined_on_postgresql(
    store: Store, log: DecisionTable
) -> None:
    a_broken_profile_leaves_one_partner_undetermined(store, log)


def test_one_partner_whose_data_is_broken_is_undetermined_and_all_others_go_on(
    tmp_path: Path,
) -> None:
    url = f"sqlite:///{tmp_path}/home.db"
    upgrade(url)
    log = open_decision_log(url)
    with open_store(url, clock=lambda: NOW) as store:
        fill(store)
        add_other(store)
        with store._database.write() as connection:
            connection.exec_driver_sql(
                "UPDATE operator_versions SET canonical = x'7b22' WHERE operator_id = 'XB000001'"
            )
        site = Site(store, log)
        broken = site.ask()
        assert (broken.verdict, broken.reason) == (Verdict.UNDETERMINED, AnswerReason.DATA_MISSING)
        assert site.ask(Question(code="XC000001")).verdict is Verdict.GRANT
        assert [one.agreement for one in site.desk.data(now=site.now) if one.is_missed] == ["XA-XB"]
        assert site.record.flush()
        past = PastKnowledge(past=store.history, profiles=store.profiles, checks=CHECKS)
        replays = ReplayDesk(log, past)
        for one in log.select(Wanted()):
            assert replays.replay(one.decision).is_equal
    log.close()
