"""What a sync does when lists do not lead on, and when home was restored (EXC-1, EXC-2, SYN-5)."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.domain.acknowledgements import Acknowledgement, Outcome
from gateway.domain.errors import (
    InvalidRequestError,
    SignatureError,
    TransportError,
    UnknownSignerError,
)
from gateway.domain.profiles import FeedKind
from gateway.domain.transport_faults import TransportFault
from gateway.exchange.kinds import make_feeds
from gateway.services.sync import SyncResult, SyncState
from tests.fakes.home import OFFICER, Home
from tests.fakes.partner_simulator import Keys, make_operator


@pytest.fixture(params=list(FeedKind))
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path, request.param)
    made.partner.list_operators(
        *(make_operator(f"XB{n:06d}", on=made.clock.now) for n in range(1, 31))
    )
    made.partner.publish()
    yield made
    made.close()


def run(home: Home) -> SyncResult:
    return home.sync.run(home.profile, now=home.clock.now)


def alarms(home: Home) -> list[str]:
    actions = [event.action for event in home.store.audit.events()]
    return [action for action in actions if action.startswith("alarm.")]


def publish_another(home: Home) -> None:
    home.advance(timedelta(hours=1))
    home.partner.publish_next()


def test_exc_2_changes_are_asked_for_since_the_accepted_list(home: Home) -> None:
    run(home)
    publish_another(home)
    run(home)
    assert home.partner.asked_since == [0, 1]


def test_exc_2_every_list_between_is_taken_in_order(home: Home) -> None:
    run(home)
    home.partner.changes = []
    for _ in range(3):
        publish_another(home)
        home.partner.changes.append(home.partner.offered())
    result = run(home)
    assert (result.state, result.sequence, result.lists) == (SyncState.APPLIED, 4, 3)
    answers = home.partner.opened_acknowledgements(home.keys)
    assert [answer.sequence for answer in answers] == [1, 2, 3, 4]


def test_exc_2_behind_a_refused_list_nothing_is_taken(home: Home) -> None:
    run(home)
    publish_another(home)
    home.partner.claims = {"issued_at": home.clock.now + timedelta(days=9)}
    home.partner.publish()
    refused = home.partner.offered()
    home.partner.claims = {}
    publish_another(home)
    home.partner.changes = [refused, home.partner.offered()]
    result = run(home)
    assert (result.state, result.sequence, result.lists) == (SyncState.REFUSED, 2, 1)


def test_exc_2_what_came_whole_before_a_link_broke_is_taken(home: Home) -> None:
    def broken() -> Iterator[object]:
        yield offered
        raise TransportError("connection reset", TransportFault.TRUNCATED)

    run(home)
    publish_another(home)
    offered = home.partner.offered()
    publish_another(home)
    home.partner.changes = broken()  # type: ignore[assignment]  # breaks off
    with pytest.raises(TransportError):
        run(home)
    home.partner.changes = None
    assert run(home).sequence == 3
    assert home.partner.asked_since == [0, 1, 2]


def test_syn_7_a_newer_head_without_lists_is_no_answer(home: Home) -> None:
    home.partner.changes = []
    with pytest.raises(TransportError, match="sent none"):
        run(home)


def test_acc_7_an_older_head_is_judged_all_the_same(home: Home) -> None:
    home.partner.previous_digest = "ab" * 32
    home.partner.sequence = 5
    home.partner.publish()
    run(home)
    home.advance(timedelta(hours=1))
    home.partner.sequence = 3
    home.partner.publish()
    result = run(home)
    assert (result.state, result.reasons) == (SyncState.REFUSED, ("ROLLBACK",))


def test_syn_5_a_gap_is_healed_by_a_full_in_the_same_run(home: Home) -> None:
    run(home)
    home.advance(timedelta(hours=1))
    home.partner.changes = [home.partner.publish_delta(5)]
    publish_another(home)
    home.partner.full = home.partner.offered()
    result = run(home)
    assert (result.state, result.sequence) == (SyncState.APPLIED, 6)
    assert home.partner.fulls_asked == 1
    assert alarms(home) == []


def test_syn_5_a_wrong_root_is_healed_by_a_full(home: Home) -> None:
    run(home)
    publish_another(home)
    home.partner.claims = {"state_root": "ab" * 32}
    home.partner.publish()
    home.partner.changes = [home.partner.offered()]
    home.partner.claims = {}
    publish_another(home)
    home.partner.full = home.partner.offered()
    assert run(home).state is SyncState.APPLIED
    assert home.partner.fulls_asked == 1


def test_syn_5_a_full_that_fails_too_is_an_alarm_told_once(home: Home) -> None:
    run(home)
    home.advance(timedelta(hours=1))
    delta = home.partner.publish_delta(5)
    home.partner.claims = {"state_root": "ab" * 32}
    home.partner.publish_next()
    home.partner.changes, home.partner.full = [delta], home.partner.offered()
    result = run(home)
    assert (result.state, result.reasons) == (SyncState.REFUSED, ("ROOT_MISMATCH",))
    assert alarms(home) == ["alarm.full_failed"]
    head = home.store.registry.find_head(home.profile.receives)
    assert head is not None
    assert head.header.sequence == 1
    home.advance(timedelta(minutes=1))
    fetches = home.partner.fetches
    assert run(home).state is SyncState.WAITS
    assert alarms(home) == ["alarm.full_failed"]
    assert (home.partner.fulls_asked, home.partner.fetches) == (1, fetches)


@pytest.fixture
def waiting(home: Home) -> Home:
    """Home after a FULL that failed: list 1 is accepted, 6 was refused."""
    run(home)
    home.advance(timedelta(hours=1))
    delta = home.partner.publish_delta(5)
    home.partner.claims = {"state_root": "ab" * 32}
    home.partner.publish_next()
    home.partner.changes, home.partner.full = [delta], home.partner.offered()
    run(home)
    home.partner.claims, home.partner.changes = {}, None
    return home


def test_syn_5_a_stream_that_waits_for_an_officer_still_delivers_answers(waiting: Home) -> None:
    assert [
        answer.sequence for answer in waiting.partner.opened_acknowledgements(waiting.keys)
    ] == [
        1,
        5,
        6,
    ]
    stream = waiting.profile.receives
    assert waiting.store.overview.waiting(stream).needs_officer
    failed = waiting.waits.find(stream)
    assert failed is not None
    assert (failed.since, failed.sequence) == (waiting.clock.now, 6)


def test_syn_5_a_newer_full_heals_a_stream_that_waits(waiting: Home) -> None:
    publish_another(waiting)
    result = run(waiting)
    assert (result.state, result.sequence) == (SyncState.APPLIED, 7)
    assert waiting.waits.find(waiting.profile.receives) is None
    assert waiting.partner.fulls_asked == 1
    assert run(waiting).state is SyncState.UNCHANGED


def test_syn_5_a_full_behind_a_delta_that_leads_nowhere_heals_a_stream_that_waits(
    waiting: Home,
) -> None:
    waiting.advance(timedelta(hours=1))
    delta = waiting.partner.publish_delta(8)
    waiting.partner.publish_next()
    waiting.partner.changes = [delta, waiting.partner.offered()]
    result = run(waiting)
    assert (result.state, result.sequence, result.lists) == (SyncState.APPLIED, 9, 2)
    assert waiting.waits.find(waiting.profile.receives) is None
    assert waiting.partner.fulls_asked == 1


def test_syn_5_a_newer_list_that_leads_nowhere_is_looked_at_once(waiting: Home) -> None:
    waiting.advance(timedelta(hours=1))
    waiting.partner.publish_delta(8)
    first = waiting.waits.find(waiting.profile.receives)
    assert run(waiting).state is SyncState.REFUSED
    fetches = waiting.partner.fetches
    for _ in range(3):
        waiting.advance(timedelta(minutes=1))
        assert run(waiting).state is SyncState.WAITS
    assert (waiting.partner.fulls_asked, waiting.partner.fetches) == (1, fetches)
    failed = waiting.waits.find(waiting.profile.receives)
    assert first is not None
    assert failed is not None
    assert (failed.since, failed.sequence) == (first.since, 8)


def test_syn_5_an_officer_opens_the_stream_and_a_full_is_asked_for_again(waiting: Home) -> None:
    stream = waiting.profile.receives
    delta = waiting.partner.publish_delta(8)
    waiting.partner.publish_next()
    waiting.partner.changes, waiting.partner.full = [delta], waiting.partner.offered()
    waiting.waits.end(stream, "they have mended it", OFFICER, waiting.clock.now)
    assert waiting.waits.find(stream) is None
    assert run(waiting).state is SyncState.APPLIED
    assert waiting.partner.fulls_asked == 2
    told = [event for event in waiting.store.audit.events() if event.action == "stream.resumed"]
    assert [event.facts for event in told] == [{"reason": "they have mended it"}]
    with pytest.raises(InvalidRequestError):
        waiting.waits.end(stream, "again", OFFICER, waiting.clock.now)


def test_syn_5_a_full_that_is_not_the_partners_is_an_alarm(home: Home, tmp_path: Path) -> None:
    run(home)
    home.advance(timedelta(hours=1))
    delta = home.partner.publish_delta(5)
    head = home.partner._sealed
    home.partner.sign_with(Keys(tmp_path / "stranger", "XB", home.clock.now))
    home.partner.publish_next()
    home.partner.full, home.partner.changes = home.partner.offered(), [delta]
    home.partner._sealed = head
    with pytest.raises((UnknownSignerError, SignatureError)):
        run(home)
    assert alarms(home) == ["alarm.full_failed"]
    assert home.waits.find(home.profile.receives) is not None


def test_syn_5_where_nothing_can_be_asked_for_the_full_comes_later(home: Home) -> None:
    run(home)
    home.advance(timedelta(hours=1))
    home.partner.changes = [home.partner.publish_delta(5)]
    result = run(home)
    assert (result.state, result.reasons) == (SyncState.REFUSED, ("GAP",))
    assert alarms(home) == []


def own_answer(home: Home, *, keys: Keys | None = None, **changes: object) -> bytes:
    values: dict[str, object] = {
        "acknowledgement_id": "XB-XA-P1-9",
        "stream": home.profile.receives,
        "sequence": 9,
        "list_digest": "cd" * 32,
        "outcome": Outcome.APPLIED,
        "revision": 1,
        "applied_sequence": 9,
        "applied_root": "ef" * 32,
        "acknowledged_at": home.clock.now,
    }
    keys = keys or home.keys
    sealer = make_feeds(keys.lists, keys.acknowledgements)[home.profile.kind].sealer
    return sealer.seal_acknowledgement(Acknowledgement(**(values | changes)))  # type: ignore[arg-type]  # a test's own values


def test_exc_1_home_finds_that_it_was_restored_and_asks_for_a_full(home: Home) -> None:
    run(home)
    home.partner.shows_held = own_answer(home)
    home.partner.sequence, home.partner.previous_digest = 10, "ab" * 32
    home.advance(timedelta(hours=1))
    home.partner.publish()
    home.partner.full = home.partner.offered()
    result = run(home)
    assert (result.state, result.sequence) == (SyncState.APPLIED, 10)
    assert (home.floors.raised, home.partner.fulls_asked) == ([9], 1)
    home.advance(timedelta(minutes=1))
    assert run(home).state is SyncState.UNCHANGED
    assert home.floors.raised == [9]


def test_exc_1_a_restored_home_without_any_list_takes_up_too(home: Home) -> None:
    home.partner.shows_held = own_answer(home)
    home.partner.full = home.partner.offered()
    run(home)
    assert home.floors.raised == [9]


def test_exc_1_a_later_revision_of_the_same_list_is_a_restore_too(home: Home) -> None:
    run(home)
    home.advance(timedelta(minutes=1))
    home.partner.shows_held = own_answer(home, sequence=1, revision=2, applied_sequence=1)
    home.partner.full = home.partner.offered()
    run(home)
    assert home.floors.raised == [1]


@pytest.mark.parametrize("sequence", [1, 9], ids=["of an earlier list", "made before ours"])
def test_exc_1_an_answer_that_came_late_is_no_restore(home: Home, sequence: int) -> None:
    before = home.clock.now - timedelta(hours=1)
    earlier = own_answer(home, sequence=sequence, applied_sequence=sequence, acknowledged_at=before)
    run(home)
    home.partner.shows_held = earlier
    assert run(home).state is SyncState.UNCHANGED
    assert home.floors.raised == []


def test_exc_1_an_answer_that_is_not_ours_proves_nothing(home: Home, tmp_path: Path) -> None:
    run(home)
    stranger = Keys(tmp_path / "stranger", "XA", home.clock.now)
    for shown in (
        own_answer(home, keys=stranger),
        b"nonsense",
        own_answer(home, keys=home.partner.keys),
    ):
        home.partner.shows_held = shown
        assert run(home).state is SyncState.UNCHANGED
    assert home.floors.raised == []


def test_exc_1_an_answer_of_another_stream_proves_nothing(home: Home) -> None:
    run(home)
    home.advance(timedelta(minutes=1))
    home.partner.shows_held = own_answer(home, stream=home.profile.sends)
    assert run(home).state is SyncState.UNCHANGED
    assert home.floors.raised == []
