"""Which list is due: FULL or DELTA, and why."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from gateway.domain.acknowledgements import Acknowledgement, Outcome, Reason
from gateway.domain.lists import ListHeader, ListKind, Stream
from gateway.domain.publishing import (
    CHAIN_AGE,
    CHAIN_LISTS,
    QUIET,
    Cause,
    Due,
    Footing,
    Full,
    IssuedState,
    Restore,
    Wish,
    find_due,
    find_full,
    full_interval,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PERIOD = timedelta(hours=24)
ROOT, OTHER_ROOT = "aa" * 32, "bb" * 32
STREAM = Stream(issuer="XA", recipient="XB", agreement="XA-XB", test=False, epoch=1)
STATE = IssuedState(
    sequence=8, change=1, rules="r", signer="s", full_sequence=5, full_issued_at=NOW
)


def header(sequence: int, root: str = ROOT) -> ListHeader:
    return ListHeader(
        version=1,
        list_id=f"XA-{sequence}",
        kind=ListKind.DELTA,
        issuer="XA",
        recipient="XB",
        agreement="XA-XB",
        test=False,
        epoch=1,
        sequence=sequence,
        previous_digest="cd" * 32,
        issued_at=NOW,
        next_update_at=NOW + PERIOD,
        state_root=root,
        quantity=3,
    )


def answer(
    sequence: int, outcome: Outcome = Outcome.APPLIED, *codes: str, root: str = ROOT
) -> Acknowledgement:
    return Acknowledgement(
        acknowledgement_id="1",
        stream=STREAM,
        sequence=sequence,
        list_digest="ef" * 32,
        outcome=outcome,
        revision=1,
        applied_sequence=sequence if outcome is Outcome.APPLIED else 6,
        applied_root=root,
        acknowledged_at=NOW,
        reasons=tuple(Reason(code=code, text="for the test") for code in codes),
    )


def footing(**changes: object) -> Footing:
    return replace(Footing(newest=header(8), state=STATE), **changes)


def full(
    at: Footing, *, wish: Wish = Wish.NOTHING, now: datetime = NOW, signer: str = "s"
) -> Full | None:
    return find_full(at, signer=signer, wish=wish, now=now, period=PERIOD)


def due(
    at: Footing,
    *,
    root: str = ROOT,
    now: datetime = NOW,
    wish: Wish = Wish.NOTHING,
    is_large: bool = False,
) -> Due | None:
    return find_due(
        at,
        full(at, wish=wish, now=now),
        root=root,
        is_large=is_large,
        wish=wish,
        now=now,
        period=PERIOD,
    )


def test_seq_1_the_first_list_is_full() -> None:
    assert due(Footing()) == Due(ListKind.FULL, Cause.FIRST)


def test_seq_2_without_the_list_before_it_as_issued_a_list_is_full() -> None:
    for state in (None, replace(STATE, sequence=7)):
        assert due(footing(state=state)) == Due(ListKind.FULL, Cause.BASE_UNKNOWN)


def test_pub_3_a_change_is_a_delta_and_nothing_is_nothing() -> None:
    assert due(footing()) is None
    assert due(footing(), root=OTHER_ROOT) == Due(ListKind.DELTA, Cause.CHANGED)


def test_pub_3_a_heartbeat_comes_half_a_period_before_the_next_update() -> None:
    half = NOW + PERIOD / 2
    assert due(footing(), now=half - timedelta(seconds=1)) is None
    assert due(footing(), now=half) == Due(ListKind.DELTA, Cause.RUNS_OUT)


def test_changes_as_large_as_the_whole_are_issued_whole() -> None:
    assert due(footing(), root=OTHER_ROOT, is_large=True) == Due(ListKind.FULL, Cause.LARGE)


def test_pub_4_under_another_key_the_next_list_is_full_and_at_once() -> None:
    assert full(footing(), signer="other") == Full(Cause.SIGNER, at_once=True)


@pytest.mark.parametrize("code", ["GAP", "ROOT_MISMATCH", "COUNT_MISMATCH", "EQUIVOCATION"])
def test_syn_5_a_partner_that_cannot_follow_gets_a_full_at_once(code: str) -> None:
    lost = footing(acknowledgement=answer(7, Outcome.REFUSED, code))
    assert full(lost) == Full(Cause.PARTNER_LOST, at_once=True)


def test_an_answer_from_before_the_newest_full_asks_for_nothing() -> None:
    assert full(footing(acknowledgement=answer(4, Outcome.REFUSED, "GAP"))) is None


@pytest.mark.parametrize("outcome", [Outcome.REJECTED, Outcome.REFUSED])
def test_acc_13_after_a_rejected_list_the_next_one_is_full_and_waits_for_a_reason(
    outcome: Outcome,
) -> None:
    rejected = footing(acknowledgement=answer(8, outcome))
    assert due(rejected) is None
    assert due(rejected, root=OTHER_ROOT) == Due(ListKind.FULL, Cause.PARTNER_REFUSED)


def test_a_held_list_does_not_stop_the_deltas() -> None:
    held = footing(acknowledgement=answer(8, Outcome.HELD))
    assert due(held, root=OTHER_ROOT) == Due(ListKind.DELTA, Cause.CHANGED)


def test_exc_4_a_root_that_differs_is_answered_with_a_full() -> None:
    differs = footing(acknowledgement=answer(7, root=OTHER_ROOT), applied=header(7))
    assert full(differs) == Full(Cause.ROOT_DIFFERS, at_once=True)
    same = footing(acknowledgement=answer(7), applied=header(7))
    assert full(same) is None


def test_seq_1_a_full_that_is_asked_for_comes_once_an_interval() -> None:
    asked = Wish.FULL_FOR_PARTNER
    assert full(footing(), wish=asked) == Full(Cause.ASKED, at_once=True)
    again = footing(state=replace(STATE, asked_at=NOW))
    interval = full_interval(PERIOD)
    assert full(again, wish=asked, now=NOW + interval - timedelta(seconds=1)) is None
    assert full(again, wish=asked, now=NOW + interval) == Full(Cause.ASKED, at_once=True)


def test_seq_1_so_does_a_full_for_a_partner_that_cannot_follow() -> None:
    lost = footing(
        acknowledgement=answer(7, Outcome.REFUSED, "GAP"), state=replace(STATE, asked_at=NOW)
    )
    assert full(lost) is None
    assert full(lost, now=NOW + full_interval(PERIOD)) is not None


def test_what_is_ordered_here_waits_for_no_interval() -> None:
    again = footing(state=replace(STATE, asked_at=NOW))
    assert full(again, wish=Wish.FULL) == Full(Cause.ORDERED, at_once=True)
    assert due(again, wish=Wish.LIST) == Due(ListKind.DELTA, Cause.ORDERED)


def test_a_long_or_old_chain_ends_with_a_full_when_there_is_a_reason_for_a_list() -> None:
    long = footing(newest=header(5 + CHAIN_LISTS), state=replace(STATE, sequence=5 + CHAIN_LISTS))
    assert due(long) is None
    assert due(long, root=OTHER_ROOT) == Due(ListKind.FULL, Cause.CHAIN)
    assert full(footing(), now=NOW + CHAIN_AGE) == Full(Cause.CHAIN, at_once=False)


def test_pub_6_a_list_that_only_the_partner_has_is_followed_by_a_full_at_once() -> None:
    ahead = answer(11)
    for at in (footing(unknown=ahead), Footing(unknown=ahead)):
        assert full(at) == Full(Cause.RESTORED, at_once=True)


def test_pub_6_after_a_restore_nothing_goes_out_before_the_partner_was_heard() -> None:
    assert footing().may_issue(NOW)
    unheard = footing(restore=Restore(restored_at=NOW, heard_at=None))
    assert not unheard.may_issue(NOW + timedelta(days=30))
    heard = footing(restore=Restore(restored_at=NOW, heard_at=NOW))
    assert not heard.may_issue(NOW + QUIET - timedelta(seconds=1))
    assert heard.may_issue(NOW + QUIET)
