from datetime import timedelta
from typing import Any

import pytest
from msgspec import structs

from gateway.domain.acceptance import LONGEST_JUMP, require_stream
from gateway.domain.acknowledgements import Outcome
from gateway.domain.decisions import Apply, Refuse, Repeat
from gateway.domain.errors import WrongStreamError
from gateway.domain.operators import StatusCode
from gateway.domain.state import state_root
from tests.fakes.headers import header
from tests.fakes.offered_lists import (
    ACCEPTED,
    ACCEPTED_DIGEST,
    DAY,
    ISSUED,
    NOW,
    application,
    first,
    head,
    hold,
    incoming,
    judge,
    offered,
    refusal,
    seen,
    state,
    told,
)
from tests.fakes.operators import listed, operator, plain_authorisation, plain_operator

FIVE = offered()
OTHER_FIVE = "55" * 32


def test_next_list_is_applied() -> None:
    assert application(judge(state(), FIVE)).unusable == {}


def test_first_list_of_a_stream_is_applied() -> None:
    assert application(judge(first(), offered(sequence=1, previousDigest=None))).unusable == {}


def test_list_without_operators_is_applied() -> None:
    assert application(judge(state(), offered([]))).unusable == {}


STREAMS: dict[str, Any] = {
    "issuer": "XB",
    "recipient": "XB",
    "agreement": "XH-XB",
    "test": True,
    "epoch": 2,
}


@pytest.mark.parametrize("field", STREAMS)
def test_acc_4_list_of_another_stream_is_refused_by_its(field: str) -> None:
    require_stream(header(), ACCEPTED.stream)
    with pytest.raises(WrongStreamError) as caught:
        require_stream(header(**{field: STREAMS[field]}), ACCEPTED.stream)
    assert set(caught.value.context) == {"claimed", "stream"}


def test_acc_4_test_list_never_reaches_a_production_stream() -> None:
    with pytest.raises(WrongStreamError, match="test"):
        require_stream(header(test=True), ACCEPTED.stream)


@pytest.mark.parametrize("outcome", [one for one in Outcome if one is not Outcome.REFUSED])
def test_acc_5_list_seen_with_this_digest_is_answered_as_before(outcome: Outcome) -> None:
    before = seen(FIVE.list.header, outcome)
    assert judge(state(seen=before), FIVE) == Repeat(seen=before)


def test_acc_5_accepted_list_is_answered_as_before_at_any_later_time() -> None:
    before = seen(ACCEPTED, Outcome.APPLIED)
    later = judge(state(seen=before, seen_previous=None), incoming(ACCEPTED), now=NOW + 365 * DAY)
    assert later == Repeat(seen=before)


def test_acc_5_refused_list_is_judged_afresh_and_may_be_applied() -> None:
    before = seen(FIVE.list.header, Outcome.REFUSED)
    assert application(judge(state(seen=before), FIVE)).unusable == {}


def test_acc_5_refused_list_is_judged_afresh_and_may_be_refused_again() -> None:
    delta = offered(kind="DELTA", sequence=7)
    before = seen(delta.list.header, Outcome.REFUSED)
    assert told(refusal(judge(state(seen=before), delta)).reasons) == [
        ("GAP", "header/previousDigest")
    ]


@pytest.mark.parametrize("outcome", list(Outcome))
def test_acc_6_another_list_with_a_seen_sequence_stops_the_stream(outcome: Outcome) -> None:
    before = seen(FIVE.list.header, outcome, digest=OTHER_FIVE)
    decision = hold(judge(state(seen=before), FIVE))
    assert told(decision.reasons) == [("EQUIVOCATION", "header/sequence")]
    assert OTHER_FIVE in decision.reasons[0].text
    assert decision.alarms == ("equivocation",)


def test_acc_6_another_list_with_the_accepted_sequence_stops_the_stream() -> None:
    twin = structs.replace(ACCEPTED, list_id="XA-XH-4b")
    decision = hold(judge(state(seen_previous=None), incoming(twin)))
    assert told(decision.reasons) == [("EQUIVOCATION", "header/sequence")]


@pytest.mark.parametrize("outcome", list(Outcome))
def test_acc_6_chain_that_contradicts_a_seen_list_stops_the_stream(outcome: Outcome) -> None:
    six = offered(sequence=6, previousDigest="66" * 32)
    decision = hold(judge(state(seen_previous=seen(FIVE.list.header, outcome)), six))
    assert told(decision.reasons) == [("EQUIVOCATION", "header/previousDigest")]
    assert decision.alarms == ("equivocation",)


def test_acc_6_chain_that_contradicts_the_accepted_list_stops_the_stream() -> None:
    decision = hold(judge(state(seen_previous=None), offered(previousDigest="44" * 32)))
    assert told(decision.reasons) == [("EQUIVOCATION", "header/previousDigest")]


def test_acc_6_chain_to_a_list_never_seen_is_no_contradiction() -> None:
    decision = judge(state(seen_previous=None), offered(sequence=9, previousDigest="88" * 32))
    assert application(decision).unusable == {}


def test_acc_6_equivocation_is_told_also_of_lists_lower_than_the_accepted() -> None:
    three = incoming(header(sequence=3, previousDigest="02" * 32))
    before = seen(three.list.header, Outcome.APPLIED, digest="33" * 32)
    decision = hold(judge(state(seen=before, seen_previous=None), three))
    assert told(decision.reasons) == [("EQUIVOCATION", "header/sequence")]


def test_acc_6_held_stream_waits_for_an_officer() -> None:
    decision = hold(judge(state(held_since=NOW - DAY), FIVE))
    assert told(decision.reasons) == [("STREAM_HELD", None)]
    assert decision.alarms == ()


def test_acc_6_held_stream_answers_what_it_answered_before() -> None:
    before = seen(FIVE.list.header, Outcome.HELD)
    assert judge(state(held_since=NOW - DAY, seen=before), FIVE) == Repeat(seen=before)


def test_acc_7_lower_list_never_seen_is_refused_as_a_rollback() -> None:
    three = incoming(header(sequence=3, previousDigest="02" * 32))
    decision = refusal(judge(state(seen_previous=None), three))
    assert told(decision.reasons) == [("ROLLBACK", "header/sequence")]
    assert decision.alarms == ("rollback",)
    assert not decision.transient


def test_acc_7_first_list_again_is_refused_as_a_rollback() -> None:
    one = incoming(header(sequence=1, previousDigest=None))
    assert told(refusal(judge(state(seen_previous=None), one)).reasons)[0][0] == "ROLLBACK"


def test_acc_8_changes_over_another_list_are_a_gap_and_a_full_list_is_asked_for() -> None:
    decision = refusal(judge(state(), offered(kind="DELTA", sequence=7)))
    assert told(decision.reasons) == [("GAP", "header/previousDigest")]
    assert decision.full_wanted


@pytest.mark.parametrize("sequence", [5, 6, 4 + LONGEST_JUMP])
def test_acc_8_full_list_with_any_higher_sequence_is_applied(sequence: int) -> None:
    offer = offered(
        sequence=sequence, previousDigest=ACCEPTED_DIGEST if sequence == 5 else "00" * 32
    )
    assert application(judge(state(), offer)).unusable == {}


def test_acc_8_refused_list_that_was_overtaken_is_refused() -> None:
    overtaken = offered(sequence=3, previousDigest="02" * 32)
    before = seen(overtaken.list.header, Outcome.REFUSED)
    decision = refusal(judge(state(seen=before, seen_previous=None), overtaken))
    assert told(decision.reasons) == [("OVERTAKEN", "header/sequence")]
    assert decision.alarms == ()


def test_acc_9_list_from_the_future_is_refused_for_now() -> None:
    decision = refusal(judge(state(), FIVE, now=ISSUED - timedelta(minutes=5, seconds=1)))
    assert told(decision.reasons) == [("ISSUED_IN_FUTURE", "header/issuedAt")]
    assert decision.transient
    assert not decision.full_wanted
    assert decision.alarms == ()


def test_acc_9_lead_of_the_issuers_clock_within_the_skew_is_tolerated() -> None:
    assert application(judge(state(), FIVE, now=ISSUED - timedelta(minutes=5))).unusable == {}


def test_acc_9_list_issued_before_the_accepted_one_is_refused() -> None:
    early = offered(issuedAt="2026-10-31T11:59:59Z", nextUpdateAt="2026-11-02T12:00:00Z")
    decision = refusal(judge(state(), early))
    assert told(decision.reasons) == [("ISSUED_BEFORE_ACCEPTED", "header/issuedAt")]
    assert decision.transient


def test_acc_9_list_issued_in_the_same_second_as_the_accepted_one_is_applied() -> None:
    same = offered(issuedAt="2026-10-31T12:00:00Z", nextUpdateAt="2026-11-02T12:00:00Z")
    assert application(judge(state(), same)).unusable == {}


NEXT_UPDATES = {
    "further off than the agreement allows": "2026-11-04T12:00:01Z",
    "at issue": "2026-11-01T12:00:00Z",
    "before issue": "2026-11-01T11:00:00Z",
}


@pytest.mark.parametrize("next_update", NEXT_UPDATES.values(), ids=NEXT_UPDATES)
def test_acc_9_next_update_is_refused(next_update: str) -> None:
    decision = refusal(judge(state(), offered(nextUpdateAt=next_update)))
    assert told(decision.reasons) == [("NEXT_UPDATE_INVALID", "header/nextUpdateAt")]
    assert decision.transient


def test_acc_9_next_update_at_the_agreements_maximum_is_taken() -> None:
    assert application(judge(state(), offered(nextUpdateAt="2026-11-04T12:00:00Z"))).unusable == {}


def test_acc_9_list_that_expired_on_its_way_is_applied() -> None:
    assert application(judge(state(), FIVE, now=NOW + 30 * DAY)).unusable == {}


def test_acc_9_our_clock_behind_the_accepted_list_alarms() -> None:
    ahead = structs.replace(ACCEPTED, issued_at=ISSUED, next_update_at=ISSUED + DAY)
    offer = offered(sequence=6, previousDigest="05" * 32)
    decision = refusal(judge(state(head=head(ahead)), offer, now=ISSUED - DAY))
    assert told(decision.reasons) == [("ISSUED_IN_FUTURE", "header/issuedAt")]
    assert decision.alarms == ("our clock is behind the accepted list",)


def test_acc_10_operators_out_of_order_are_refused_and_named() -> None:
    decision = refusal(judge(state(), offered(listed("XA0000000002", "XA0000000001"))))
    assert told(decision.reasons) == [("OPERATOR_ORDER", "XA0000000001")]


def test_acc_10_operator_that_stands_twice_is_refused_and_named() -> None:
    once = listed("XA0000000001")
    again = operator(plain_operator("XA0000000001", roles=["IM"]))
    twice = [*once, structs.replace(once[0], operator=again)]
    decision = refusal(judge(state(), offered(twice)))
    assert told(decision.reasons) == [("OPERATOR_ORDER", "XA0000000001")]
    assert "twice" in decision.reasons[0].text


def test_sta_7_order_is_that_of_utf_8_bytes() -> None:
    # UTF-16 would have it the other way round: U+FF21 above the surrogates of U+1D4D0.
    assert application(judge(state(), offered(listed("XA\uff21", "XA\U0001d4d0")))).unusable
    decision = refusal(judge(state(), offered(listed("XA\U0001d4d0", "XA\uff21"))))
    assert told(decision.reasons) == [("OPERATOR_ORDER", "XA\uff21")]


def test_acc_10_few_unusable_operators_do_not_hold_back_the_list() -> None:
    ids = ["XA1", "XA2", "XA3", "XA4", "XA5"]
    decision = application(judge(state(), offered(listed("XA0000000001", *ids))))
    assert list(decision.unusable) == ids
    assert decision.unusable["XA3"].code == "OPERATOR_SCHEME"
    assert decision.unusable["XA3"].pointer == "XA3"


def test_acc_10_more_unusable_operators_than_the_floor_refuse_a_small_list() -> None:
    ids = ["XA1", "XA2", "XA3", "XA4", "XA5", "XA6"]
    decision = refusal(judge(state(), offered(listed("XA0000000001", *ids))))
    assert told(decision.reasons) == [
        ("TOO_MANY_UNUSABLE", None),
        *(("OPERATOR_SCHEME", one) for one in ids),
    ]


@pytest.mark.parametrize(("bad", "kind"), [(8, Apply), (9, Refuse)])
def test_acc_10_share_of_unusable_operators_counts_in_a_large_list(
    bad: int, kind: type[Apply | Refuse]
) -> None:
    good = [f"XA{number:010d}" for number in range(800 - bad)]
    offer = offered(listed(*good, *(f"XA1{number:010d}" for number in range(bad))))
    assert isinstance(judge(first(), offer), kind)


def test_acc_10_operator_of_a_foreign_territory_alarms_also_when_the_list_is_applied() -> None:
    decision = application(judge(state(), offered(listed("XA0000000001", "XC0000000001"))))
    assert told(list(decision.unusable.values())) == [("OPERATOR_TERRITORY", "XC0000000001")]
    assert decision.alarms == ("foreign territory: XC0000000001",)


def test_acc_10_operators_of_a_foreign_territory_alarm_also_when_the_list_is_refused() -> None:
    foreign = [f"XC000000000{number}" for number in range(6)]
    decision = refusal(judge(state(), offered(listed(*foreign))))
    assert decision.reasons[0].code == "TOO_MANY_UNUSABLE"
    assert decision.alarms == (f"foreign territory: {', '.join(foreign)}",)


def test_acc_10_suspension_of_one_is_not_held_back_by_another_that_is_unusable() -> None:
    suspended = plain_authorisation(
        status={"code": "SUSPENDED", "effectiveAt": "2026-11-01T00:00:00Z"}
    )
    plain = plain_operator("XA0000000001", authorisations=[suspended])
    assert operator(plain).authorisations[0].status.code is StatusCode.SUSPENDED
    assert isinstance(judge(state(), offered(listed("XA0000000001", "XA2"))), Apply)


def test_acc_11_another_number_of_operators_is_refused() -> None:
    decision = refusal(judge(state(), offered(quantity=4)))
    assert told(decision.reasons) == [("COUNT_MISMATCH", "header/quantity")]
    assert decision.full_wanted


def test_acc_11_another_state_root_is_refused() -> None:
    decision = refusal(judge(state(), offered(stateRoot="00" * 32)))
    assert told(decision.reasons) == [("ROOT_MISMATCH", "header/stateRoot")]
    assert decision.full_wanted


def test_sta_4_root_is_computed_here_and_never_believed() -> None:
    signed = offered()
    other = listed("XA0000000001", "XA0000000002", "XA0000000004")
    swapped = incoming(signed.list.header, other)
    decision = refusal(judge(state(), swapped))
    assert told(decision.reasons) == [("ROOT_MISMATCH", "header/stateRoot")]
    assert state_root(other) in decision.reasons[0].text


def test_seq_3_jump_of_more_than_a_thousand_sequences_is_held() -> None:
    offer = offered(sequence=5 + LONGEST_JUMP, previousDigest="00" * 32)
    decision = hold(judge(state(), offer))
    assert told(decision.reasons) == [("SEQUENCE_JUMP", "header/sequence")]


def test_seq_3_jump_with_a_wrong_list_is_refused_and_does_not_stop_the_stream() -> None:
    offer = offered(sequence=5 + LONGEST_JUMP, previousDigest="00" * 32, quantity=4)
    assert isinstance(judge(state(), offer), Refuse)


def test_seq_3_first_list_that_is_accepted_may_have_any_sequence() -> None:
    offer = offered(sequence=5 + LONGEST_JUMP, previousDigest="00" * 32)
    assert application(judge(first(), offer)).unusable == {}


def test_first_rule_that_speaks_ends_it() -> None:
    everything_wrong = offered(
        listed("XC2", "XC1"), kind="DELTA", sequence=3, quantity=9, stateRoot="00" * 32,
        previousDigest="02" * 32, issuedAt="2027-01-01T00:00:00Z",
    )  # fmt: skip
    assert told(refusal(judge(state(seen_previous=None), everything_wrong)).reasons) == [
        ("ROLLBACK", "header/sequence")
    ]
