"""SIG-9 through the whole of home: a key is marked, and what rests on it decides nothing."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from gateway.domain.answers import Answer, AnswerReason, Question, Verdict
from gateway.domain.errors import CertificateError, StaleRevocationError
from gateway.domain.profiles import CompromisedKey, FeedKind, KeyUse
from gateway.services.doctor import Level
from gateway.services.doctor_keys import check_compromised
from gateway.services.lookup import LookupDesk
from gateway.services.sync import SyncState
from gateway.trust.pki import make_revocation_list
from tests.fakes.home import OFFICER, Home
from tests.fakes.partner_simulator import Keys, make_operator
from tests.fakes.wording import in_english

HOUR = timedelta(hours=1)
QUESTION = Question(code="XB000001")


class Marked:
    """Home and a partner with two keys, both registered."""

    def __init__(self, folder: Path, kind: FeedKind) -> None:
        self.home = Home(folder, kind)
        self.first = self.home.partner.keys
        self.second = Keys(folder / "second", "XB", self.home.clock.now)
        self.desk = LookupDesk(
            self.home.store.registry, self.home.store.history, self.home.store.profiles, {}
        )
        self.mark()
        self.home.partner.list_operators(make_operator("XB000001", on=self.home.clock.now))

    def mark(self, *marks: tuple[Keys, datetime]) -> None:
        """Apply the profile with these keys marked."""
        anchors = replace(
            self.first.anchors(KeyUse.LISTS),
            pinned=tuple(
                pem
                for keys in (self.first, self.second)
                for pem in keys.anchors(KeyUse.LISTS).pinned
            ),
            compromised=tuple(
                CompromisedKey(fingerprint=keys.lists.fingerprint, since=since, reason="stolen")
                for keys, since in marks
            ),
        )
        home = self.home
        others = tuple(each for each in home.profile.trust if each.use is not KeyUse.LISTS)
        home.profile = replace(home.profile, trust=(*others, anchors))
        home.store.profiles.apply(home.profile, OFFICER, home.clock.now)

    def full(self, keys: Keys) -> SyncState:
        self.home.partner.sign_with(keys)
        self.home.partner.publish_next()
        return self._sync()

    def delta(self, keys: Keys) -> SyncState:
        self.home.partner.sign_with(keys)
        self.home.partner.publish_heartbeat()
        return self._sync()

    def _sync(self) -> SyncState:
        state = self.home.sync.run(self.home.profile, now=self.home.clock.now).state
        self.home.advance(HOUR)
        return state

    def ask(self) -> Answer:
        self.desk.refresh()
        return self.desk.answer(QUESTION, now=self.home.clock.now)


@pytest.fixture(params=FeedKind)
def marked(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Marked]:
    marked = Marked(tmp_path, request.param)
    yield marked
    marked.home.close()


def test_sig_9_state_received_since_the_key_was_compromised_decides_nothing(
    marked: Marked,
) -> None:
    received = marked.home.clock.now
    assert marked.full(marked.first) is SyncState.APPLIED
    assert marked.ask().verdict is Verdict.GRANT
    marked.mark((marked.first, received))
    answer = marked.ask()
    assert (answer.verdict, answer.reason) == (Verdict.UNDETERMINED, AnswerReason.DATA_UNTRUSTED)
    assert "compromised since" in in_english(answer.sentence)
    assert "stolen" not in in_english(answer.sentence)


def test_sig_9_state_received_before_the_key_was_compromised_stays_good(marked: Marked) -> None:
    received = marked.home.clock.now
    marked.full(marked.first)
    marked.mark((marked.first, received + timedelta(seconds=1)))
    assert marked.ask().verdict is Verdict.GRANT


def test_sig_9_list_that_comes_since_is_refused_and_the_state_stays(marked: Marked) -> None:
    marked.full(marked.first)
    marked.mark((marked.first, marked.home.clock.now))
    with pytest.raises(CertificateError, match="is compromised since"):
        marked.full(marked.first)
    assert marked.ask().verdict is Verdict.GRANT


def test_sig_9_delta_under_another_key_heals_nothing_and_a_full_does(marked: Marked) -> None:
    received = marked.home.clock.now
    marked.full(marked.first)
    marked.mark((marked.first, received))
    assert marked.delta(marked.second) is SyncState.APPLIED
    assert marked.ask().reason is AnswerReason.DATA_UNTRUSTED
    assert marked.full(marked.second) is SyncState.APPLIED
    assert marked.ask().verdict is Verdict.GRANT


def test_sig_9_delta_of_the_compromised_key_taints_the_full_below_it(marked: Marked) -> None:
    marked.full(marked.first)
    stolen = marked.home.clock.now
    marked.delta(marked.second)
    marked.delta(marked.first)
    assert marked.ask().verdict is Verdict.GRANT
    marked.mark((marked.second, stolen))
    assert marked.ask().reason is AnswerReason.DATA_UNTRUSTED


def test_sig_9_replayed_decision_rests_on_the_marks_of_its_time(marked: Marked) -> None:
    received = marked.home.clock.now
    marked.full(marked.first)
    before = marked.home.clock.now
    given = marked.ask()
    marked.home.advance(HOUR)
    marked.mark((marked.first, received))
    marked.home.advance(HOUR)
    now = marked.home.clock.now
    again = marked.desk.answer_as_known(QUESTION, known_at=before, now=now)
    assert again.reference == given.reference
    replayed = marked.desk.answer_as_known(QUESTION, known_at=now, now=now)
    assert replayed.reason is AnswerReason.DATA_UNTRUSTED
    assert replayed.reference == marked.ask().reference


def test_sig_9_doctor_names_the_key_and_tells_whether_the_list_rests_on_it(marked: Marked) -> None:
    received = marked.home.clock.now
    marked.full(marked.first)
    now = marked.home.clock.now
    marked.mark((marked.first, received), (marked.second, received))
    registry = marked.home.store.registry
    tainting, idle = check_compromised([marked.home.profile], registry, now=now)
    assert (tainting.level, idle.level) == (Level.FAILED, Level.OK)
    assert "every decision is UNDETERMINED" in tainting.detail
    assert "stolen" in tainting.detail
    assert "nothing rests on it" in idle.detail


def test_sig_9_stale_revocation_list_is_borne_on_record_then_refused_until_a_newer_one(
    marked: Marked,
) -> None:
    home, keys = marked.home, marked.first
    others = tuple(each for each in home.profile.trust if each.use is not KeyUse.LISTS)

    def register_newest() -> None:
        crl = make_revocation_list(keys.folder, [], now=home.clock.now, days=1)
        anchors = replace(
            keys.anchors(KeyUse.LISTS),
            pinned=(),
            authorities=((keys.folder / "ca.pem").read_text("ascii"),),
            revocation_lists=(crl,),
            crl_grace=6 * HOUR,
        )
        home.profile = replace(home.profile, trust=(*others, anchors))

    def on_record() -> list[str]:
        events = home.store.audit.events()
        return [each.facts["ended_at"] for each in events if each.action == "list.crl_grace"]

    register_newest()
    assert marked.full(keys) is SyncState.APPLIED
    assert on_record() == []
    home.advance(24 * HOUR)
    assert marked.full(keys) is SyncState.APPLIED
    assert len(on_record()) == 1
    home.advance(6 * HOUR)
    with pytest.raises(StaleRevocationError):
        marked.full(keys)
    register_newest()
    assert marked.full(keys) is SyncState.APPLIED
    assert len(on_record()) == 1
