from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.members import (
    EMPTY,
    NO_WIRE,
    Bucket,
    all_members,
    digest_of,
    record,
    was_active,
    wire_of,
)
from gateway.domain.operators import StatusCode
from gateway.domain.state import EMPTY_BUCKET, bucket_digest
from tests.contract.synthetic_lists import operator
from tests.fakes.operators import STEADY, TEXTS

RECORDS = st.builds(
    lambda flag, rest: flag + rest,
    st.sampled_from([b"\0", b"\1"]),
    st.binary(min_size=48, max_size=48),
)
MEMBERS = st.dictionaries(TEXTS, RECORDS, max_size=8)


def test_what_is_kept_of_an_operator_is_its_activity_its_digest_and_its_bytes() -> None:
    active, suspended = operator(1), operator(1, status=StatusCode.SUSPENDED)
    kept = record(active, b"w" * 16)
    assert (was_active(kept), digest_of(kept), wire_of(kept)) == (True, active.digest, b"w" * 16)
    kept = record(suspended)
    assert (was_active(kept), digest_of(kept), wire_of(kept)) == (False, suspended.digest, NO_WIRE)


def test_empty_bucket_has_nobody_and_the_digest_of_nothing() -> None:
    assert (EMPTY.members(), EMPTY.digest, Bucket.of({})) == ({}, EMPTY_BUCKET, EMPTY)


@STEADY
@given(members=MEMBERS)
def test_sta_2_bucket_gives_back_its_members_in_byte_order_of_id(members: dict[str, bytes]) -> None:
    bucket = Bucket.of(members)
    assert bucket.members() == members
    assert list(bucket.members()) == sorted(members, key=str.encode)


@STEADY
@given(members=MEMBERS)
def test_sta_2_digest_is_over_the_operator_digests_in_byte_order_of_id(
    members: dict[str, bytes],
) -> None:
    digests = [digest_of(members[one]) for one in sorted(members, key=str.encode)]
    expected = sha256(b"\x02" + b"".join(digests)).digest()
    assert Bucket.of(members).digest == expected == bucket_digest(digests)


def test_members_of_many_buckets_are_together() -> None:
    one, two = record(operator(1)), record(operator(2))
    assert all_members([Bucket.of({"1": one}), EMPTY, Bucket.of({"2": two})]) == {
        "1": one,
        "2": two,
    }


@given(MEMBERS, st.dictionaries(TEXTS, st.none() | RECORDS, max_size=8), st.data())
def test_a_revised_bucket_is_the_one_packed_from_the_revised_members(
    members: dict[str, bytes], changes: dict[str, bytes | None], data: st.DataObject
) -> None:
    if members:
        known = data.draw(st.dictionaries(st.sampled_from(sorted(members)), st.none() | RECORDS))
        changes = changes | known
    left = {one: kept for one, kept in {**members, **changes}.items() if kept}
    revised = Bucket.of(members).revised(changes)
    assert revised == Bucket.of(left)
    assert {one: revised.find(one) for one in {*members, *changes}} == {
        one: left.get(one) for one in {*members, *changes}
    }
