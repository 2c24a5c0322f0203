"""DELTA lists, mass changes and holds: ACC-8, ACC-12, ACC-13, over a state with 200 operators."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec import structs

from gateway.domain.acknowledgements import Outcome
from gateway.domain.agreements import Review
from gateway.domain.canonical import list_digest
from gateway.domain.decisions import (
    UNJUDGED,
    AcceptedState,
    Decision,
    HeldHead,
    Incoming,
    Judged,
    Predecessor,
)
from gateway.domain.lists import Action, Change, ListedOperator, ListHeader, StatusList
from gateway.domain.mass_change import DayBefore, Presence
from gateway.domain.operators import Operator
from gateway.domain.state import state_root
from gateway.domain.state_change import NOTHING, BaseState, lay_over
from gateway.domain.usability import rulebook_of
from tests.fakes.headers import header
from tests.fakes.offered_lists import (
    ACCEPTED,
    ACCEPTED_DIGEST,
    AGREEMENT,
    DAY,
    ISSUED,
    NOW,
    application,
    head,
    hold,
    judge,
    refusal,
    seen,
    state,
    told,
)
from tests.fakes.operators import listed, operator, plain_authorisation, plain_operator

IDS = [f"XA{number:010d}" for number in range(200)]
ALL = listed(*IDS)


def suspended(*ids: str, code: str = "SUSPENDED") -> list[ListedOperator]:
    status = {"code": code, "effectiveAt": "2026-11-01T00:00:00Z"}
    held = plain_authorisation(status=status)
    return [_listed(plain_operator(one, authorisations=[held])) for one in ids]


def _listed(plain: dict[str, Any]) -> ListedOperator:
    from gateway.domain.canonical import list_operator  # noqa: PLC0415

    return list_operator(operator(plain))


def base_of(operators: list[ListedOperator]) -> BaseState:
    change = lay_over(NOTHING, StatusList(header(), operators))
    return BaseState(change.tree, change.buckets, change.quantity)


def find_in(operators: list[ListedOperator]) -> Any:  # noqa: ANN401 - a function
    def find(ids: Any) -> list[Operator]:  # noqa: ANN401 - ids or none
        return [one.operator for one in operators if ids is None or one.operator.id in ids]

    return find


def accepted(operators: list[ListedOperator] = ALL, **changes: Any) -> AcceptedState:  # noqa: ANN401
    """Return the state in which these operators are accepted with sequence 4."""
    fields: dict[str, Any] = {
        "base": base_of(operators),
        "find": find_in(operators),
        "judged": Judged(marks={}, rulebook=rulebook_of(AGREEMENT, ISSUED)),
    }
    return state(**(fields | changes))


def offered(content: StatusList, of: ListHeader) -> Incoming:
    status_list = structs.replace(content, header=of)
    return Incoming(
        list=status_list,
        list_digest=list_digest(of),
        document_digest="dd" * 32,
        received_at=NOW,
        signer="aa" * 32,
    )


def full(operators: list[ListedOperator], **claims: Any) -> Incoming:  # noqa: ANN401
    fields = {
        "previousDigest": ACCEPTED_DIGEST,
        "stateRoot": state_root(operators),
        "quantity": len(operators),
    } | claims
    of = header(**fields)
    return offered(StatusList(of, operators), of)


def delta(
    *changes: Change,
    resulting: list[ListedOperator],
    **claims: Any,  # noqa: ANN401
) -> Incoming:
    fields = {
        "kind": "DELTA",
        "previousDigest": ACCEPTED_DIGEST,
        "stateRoot": state_root(resulting),
        "quantity": len(resulting),
    } | claims
    of = header(**fields)
    return offered(StatusList(of, changes=changes), of)


def removal(*ids: str) -> list[Change]:
    return [Change(Action.REMOVE, one) for one in ids]


def without(*ids: str) -> list[ListedOperator]:
    return [one for one in ALL if one.operator.id not in ids]


def test_acc_8_delta_on_the_accepted_list_is_applied() -> None:
    offer = delta(*removal(IDS[3]), resulting=without(IDS[3]))
    assert application(judge(accepted(), offer)).change.removed == [IDS[3]]


def test_acc_8_empty_delta_is_a_heartbeat_and_applied() -> None:
    assert application(judge(accepted(), delta(resulting=ALL))).change.changed == 0


def test_acc_8_delta_over_a_list_that_was_never_seen_is_a_gap() -> None:
    offer = delta(resulting=ALL, sequence=6, previousDigest="55" * 32)
    decision = refusal(judge(accepted(seen_previous=None), offer))
    assert told(decision.reasons) == [("GAP", "header/previousDigest")]
    assert decision.full_wanted


def test_acc_8_first_list_that_is_a_delta_is_a_gap() -> None:
    offer = delta(resulting=[], sequence=2, previousDigest="01" * 32)
    decision = refusal(judge(state(head=None, seen_previous=None), offer))
    assert told(decision.reasons) == [("GAP", "header/previousDigest")]


def test_seq_2_delta_that_removes_an_unlisted_operator_is_a_gap() -> None:
    decision = refusal(judge(accepted(), delta(*removal("XA9999999999"), resulting=ALL)))
    assert told(decision.reasons) == [("GAP", "XA9999999999")]
    assert decision.full_wanted


def test_acc_10_delta_out_of_order_is_refused() -> None:
    offer = delta(*removal(IDS[4], IDS[3]), resulting=without(IDS[3], IDS[4]))
    decision = refusal(judge(accepted(), offer))
    assert told(decision.reasons) == [("OPERATOR_ORDER", IDS[3])]


def test_acc_11_delta_with_a_wrong_root_is_refused_and_a_full_list_is_asked_for() -> None:
    decision = refusal(judge(accepted(), delta(*removal(IDS[3]), resulting=ALL)))
    assert {code for code, _ in told(decision.reasons)} == {"COUNT_MISMATCH", "ROOT_MISMATCH"}
    assert decision.full_wanted


def test_acc_10_delta_that_brings_a_twin_marks_both() -> None:
    (twin,) = listed("XA-0000000007")
    offer = delta(
        Change(Action.ADD, "XA-0000000007", twin),
        resulting=sorted([*ALL, twin], key=lambda one: one.operator.id),
    )
    marks = application(judge(accepted(), offer)).unusable
    assert {one: mark.code for one, mark in marks.items()} == {
        "XA-0000000007": "OPERATOR_TWIN",
        "XA0000000007": "OPERATOR_TWIN",
    }


def test_acc_10_delta_that_takes_a_twin_away_leaves_the_other_usable() -> None:
    (twin,) = listed("XA-0000000007")
    before = sorted([*ALL, twin], key=lambda one: one.operator.id)
    first = application(judge(state(head=None, seen_previous=None), full(before))).unusable
    judged = Judged(marks=first, rulebook=rulebook_of(AGREEMENT, ISSUED))
    offer = delta(*removal("XA-0000000007"), resulting=ALL)
    assert application(judge(accepted(before, judged=judged), offer)).unusable == {}


def test_acc_10_all_operators_are_judged_again_under_other_rules() -> None:
    judged = Judged(marks={}, rulebook="of other rules")
    bad = listed(*IDS[:-1], "XAX")
    (before, offer) = (accepted(bad, judged=judged), delta(resulting=bad))
    assert list(application(judge(before, offer)).unusable) == ["XAX"]


@pytest.mark.parametrize("count", [20, 21])
def test_acc_12_mass_removal_is_held_above_the_share_and_the_floor(count: int) -> None:
    decision = judge(accepted(), full(ALL[count:]))
    if count <= 20:
        # A tenth of 200 is not more than the share.
        assert application(decision).change.removed == IDS[:count]
        return
    held = hold(decision)
    assert told(held.reasons) == [("MASS_CHANGE", None)]
    assert "21 operators are removed or deactivated" in held.reasons[0].text


def test_acc_12_small_list_may_change_by_less_than_the_floor() -> None:
    few = ALL[:30]
    assert application(judge(accepted(few), full(few[19:]))).change.removed == IDS[:19]
    assert hold(judge(accepted(few), full(few[20:]))) is not None


def test_acc_12_mass_deactivation_is_held_and_restricts_at_once() -> None:
    out = suspended(*IDS[:30])
    held = hold(judge(accepted(), full([*out, *ALL[30:]]))).held
    assert held is not None
    assert held.restricted == dict.fromkeys(IDS[:30], "SUSPENDED")


def test_acc_12_restrictions_wait_too_where_the_agreement_says_so() -> None:
    agreement = structs.replace(AGREEMENT, review=Review(restrict_held=False))
    offer = full([*suspended(*IDS[:30]), *ALL[30:]])
    held = hold(judge(accepted(), offer, agreement=agreement)).held
    assert held is not None
    assert held.restricted == {}


def test_acc_12_removal_restricts_nobody() -> None:
    held = hold(judge(accepted(), full(ALL[30:]))).held
    assert held is not None
    assert held.restricted == {}


def test_acc_12_mass_addition_is_held() -> None:
    held = hold(judge(accepted(ALL[:100]), full(ALL)))
    assert "100 operators are added" in held.reasons[0].text


def test_acc_12_emptied_list_is_held_however_few_it_had() -> None:
    held = hold(judge(accepted(ALL[:2]), full([])))
    assert told(held.reasons) == [("MASS_CHANGE", None)]
    assert "empty" in held.reasons[0].text


def test_acc_12_first_list_is_confirmed_by_going_live() -> None:
    first = state(head=None, seen_previous=None)
    assert application(judge(first, full(ALL))).change.added == 200


def test_acc_12_mass_removal_in_small_steps_is_held_against_the_day_before() -> None:
    # 15 were removed earlier today; 10 more are not much of 185, but 25 are of 200.
    gone = {one: Presence(active_then=True, active_now=None) for one in IDS[:15]}
    day = DayBefore(quantity=200, ended=gone, came=frozenset())
    before, offer = ALL[15:], full(ALL[25:])
    assert application(judge(accepted(before), offer)).change.removed == IDS[15:25]
    held = hold(judge(accepted(before, day=day), offer))
    assert "25 operators are removed or deactivated, of 200 in 24 hours before" in (
        held.reasons[0].text
    )


def test_acc_12_mass_addition_in_small_steps_is_held_against_the_day_before() -> None:
    day = DayBefore(quantity=100, ended={}, came=frozenset(IDS[100:115]))
    held = hold(judge(accepted(ALL[:115], day=day), full(ALL[:125])))
    assert "25 operators are added, of 100 in 24 hours before" in held.reasons[0].text


def test_acc_12_what_was_suspended_and_came_back_within_the_day_is_no_loss() -> None:
    was = {one: Presence(active_then=True, active_now=True) for one in IDS[:100]}
    day = DayBefore(quantity=200, ended=was, came=frozenset(IDS[:100]))
    assert application(judge(accepted(day=day), full(ALL[10:]))).change.removed == IDS[:10]


def test_acc_12_share_and_floor_are_the_agreements() -> None:
    strict = structs.replace(AGREEMENT, review=Review(mass_change_share=0.01, mass_change_floor=3))
    assert hold(judge(accepted(), full(ALL[3:]), agreement=strict)) is not None
    assert application(judge(accepted(), full(ALL[2:]), agreement=strict)) is not None


HELD = header(
    sequence=5,
    previousDigest=ACCEPTED_DIGEST,
    stateRoot=state_root(ALL[50:]),
    quantity=150,
)
HELD_DIGEST = list_digest(HELD)


def waiting(**changes: Any) -> AcceptedState:  # noqa: ANN401
    """Return the state in which list 5 is held, laid over for a list 6 that follows it."""
    fields: dict[str, Any] = {
        "held": HeldHead(header=HELD, list_digest=HELD_DIGEST),
        "spent": 5,
        "seen_previous": seen(HELD, Outcome.HELD),
        "base": base_of(ALL[50:]),
    }
    return accepted(**(fields | changes))


def six(*changes: Change, resulting: list[ListedOperator]) -> Incoming:
    return delta(*changes, resulting=resulting, sequence=6, previousDigest=HELD_DIGEST)


def test_acc_13_delta_on_the_held_list_joins_it() -> None:
    decision = hold(judge(waiting(), six(*removal(IDS[60]), resulting=[*ALL[50:60], *ALL[61:]])))
    assert told(decision.reasons) == [("BASE_HELD", None)]
    assert decision.held is not None
    assert decision.held.joins


def test_acc_13_root_of_a_delta_on_the_held_list_is_checked_over_the_held_state() -> None:
    decision = refusal(judge(waiting(), six(*removal(IDS[60]), resulting=ALL)))
    assert "ROOT_MISMATCH" in {code for code, _ in told(decision.reasons)}


def test_acc_13_delta_on_the_accepted_list_while_another_is_held_is_refused() -> None:
    late = delta(resulting=ALL)
    decision: Decision = judge(waiting(seen_previous=seen(ACCEPTED, Outcome.APPLIED)), late)
    assert told(refusal(decision).reasons) == [("OVERTAKEN", "header/sequence")]


def test_acc_13_full_list_is_judged_against_the_accepted_state_and_may_end_the_hold() -> None:
    offer = full(ALL[1:], sequence=6, previousDigest=HELD_DIGEST)
    assert application(judge(waiting(base=base_of(ALL)), offer)).change.removed == IDS[:1]


def test_acc_13_full_list_that_is_a_mass_change_too_replaces_the_hold() -> None:
    offer = full(ALL[60:], sequence=6, previousDigest=HELD_DIGEST)
    held = hold(judge(waiting(base=base_of(ALL)), offer)).held
    assert held is not None
    assert not held.joins


def test_acc_13_sequence_of_a_rejected_list_is_spent() -> None:
    rejected = accepted(spent=7, seen_previous=None)
    decision = refusal(judge(rejected, full(ALL, sequence=6, previousDigest="55" * 32)))
    assert told(decision.reasons) == [("OVERTAKEN", "header/sequence")]


def test_acc_13_state_that_an_officer_rejected_is_held_again() -> None:
    rejected = accepted(
        spent=5,
        rejected_roots=frozenset({state_root(ALL[5:])}),
        seen_previous=seen(HELD, Outcome.REJECTED),
    )
    offer = full(ALL[5:], sequence=6, previousDigest=HELD_DIGEST)
    assert told(hold(judge(rejected, offer)).reasons) == [("REJECTED_BEFORE", "header/stateRoot")]
    other = full(ALL[4:], sequence=6, previousDigest=HELD_DIGEST)
    assert application(judge(rejected, other)) is not None


def test_acc_6_opened_stream_goes_on_with_a_full_list_only() -> None:
    opened = accepted(reopened=True)
    decision = refusal(judge(opened, delta(resulting=ALL)))
    assert told(decision.reasons) == [("GAP", "header/kind")]
    assert decision.full_wanted
    assert application(judge(opened, full(ALL))) is not None


def test_acc_7_list_below_a_raised_floor_is_a_rollback() -> None:
    restored = accepted(floor=9)
    decision = refusal(judge(restored, full(ALL, sequence=8, previousDigest="77" * 32)))
    assert told(decision.reasons) == [("ROLLBACK", "header/sequence")]
    assert decision.alarms == ("rollback",)
    nine = full(ALL, sequence=9, previousDigest="88" * 32)
    assert application(judge(restored, nine)) is not None


def test_seq_3_jump_is_held_with_what_it_would_change() -> None:
    offer = full(ALL[1:], sequence=2000, previousDigest="99" * 32)
    held = hold(judge(accepted(seen_previous=None), offer, now=NOW + timedelta(0)))
    assert told(held.reasons) == [("SEQUENCE_JUMP", "header/sequence")]
    assert held.held is not None
    assert head().received_at <= NOW + DAY


def new_epoch(**changes: Any) -> AcceptedState:  # noqa: ANN401
    """Return the state before the first list of an epoch, while 200 operators serve."""
    before = Predecessor(head=head(), base=base_of(ALL), day=None, find=find_in(ALL))
    fields: dict[str, Any] = {
        "head": None,
        "base": NOTHING,
        "find": find_in([]),
        "judged": UNJUDGED,
        "predecessor": structs.replace(before, **changes),
    }
    return state(**fields)


def first(operators: list[ListedOperator], **claims: Any) -> Incoming:  # noqa: ANN401
    """Return FULL 1 of an epoch."""
    return full(operators, **({"sequence": 1, "previousDigest": None} | claims))


def test_seq_3_the_first_list_of_an_epoch_is_applied_whole() -> None:
    decision = application(judge(new_epoch(), first(without(*IDS[:10]))))
    assert decision.change.quantity == 190
    assert len(decision.change.coming) == 190


def test_seq_3_an_epoch_begins_with_a_full() -> None:
    begins = delta(resulting=[], sequence=1, previousDigest=None)
    assert told(refusal(judge(new_epoch(), begins)).reasons) == [("GAP", "header/previousDigest")]


def test_seq_3_the_first_list_of_an_epoch_is_measured_against_the_state_that_serves() -> None:
    held = hold(judge(new_epoch(), first(without(*IDS[:30]))))
    assert [reason.code for reason in held.reasons] == ["MASS_CHANGE"]
    assert "30 operators are removed" in (held.reasons[0].text or "")
    assert held.held is not None
    assert held.held.change.quantity == 170


def test_seq_3_an_empty_first_list_of_an_epoch_is_held() -> None:
    held = hold(judge(new_epoch(), first([])))
    assert "the list is empty" in (held.reasons[0].text or "")


def test_seq_3_the_first_list_of_an_epoch_is_measured_against_the_day_before_too() -> None:
    gone = Presence(active_then=True, active_now=None)
    ended = {f"XA9{number:09d}": gone for number in range(25)}
    day = DayBefore(quantity=225, ended=ended, came=set())
    held = hold(judge(new_epoch(day=day), first(ALL)))
    assert "24 hours before" in (held.reasons[0].text or "")


def test_seq_3_a_held_first_list_of_an_epoch_restricts_the_operators_that_serve() -> None:
    operators = [*suspended(*IDS[:30]), *ALL[30:]]
    held = hold(judge(new_epoch(), first(operators)))
    assert held.held is not None
    assert held.held.restricted == dict.fromkeys(IDS[:30], "SUSPENDED")


def test_seq_3_a_jump_is_counted_from_the_beginning_of_the_epoch() -> None:
    held = hold(judge(new_epoch(), first(ALL, sequence=1_001, previousDigest="05" * 32)))
    assert [reason.code for reason in held.reasons] == ["SEQUENCE_JUMP"]
    application(judge(new_epoch(), first(ALL, sequence=1_000, previousDigest="05" * 32)))


def test_acc_9_the_first_list_of_an_epoch_is_not_older_than_the_list_that_serves() -> None:
    claims = {"issuedAt": "2026-10-31T11:59:59Z", "nextUpdateAt": "2026-11-01T11:59:59Z"}
    older = refusal(judge(new_epoch(), first(ALL, **claims)))
    assert [reason.code for reason in older.reasons] == ["ISSUED_BEFORE_ACCEPTED"]


def test_acc_13_a_state_rejected_in_a_new_epoch_does_not_come_in_by_another_list() -> None:
    rejected = structs.replace(new_epoch(), rejected_roots=frozenset({state_root(ALL)}))
    held = hold(judge(rejected, first(ALL)))
    assert [reason.code for reason in held.reasons] == ["REJECTED_BEFORE"]
