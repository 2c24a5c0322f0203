from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.state import (
    BUCKETS,
    EMPTY_BUCKET,
    StateTree,
    bucket_digest,
    bucket_of,
    fill_buckets,
    state_root,
)
from tests.fakes import second_opinion
from tests.fakes.operators import FEW, TEXTS, listed

IDS = st.lists(TEXTS, unique=True)


def test_sta_2_bucket_is_the_first_twelve_bits() -> None:
    for identifier in ("", "XA1", "示例", "𝔛"):
        bits = f"{int.from_bytes(sha256(identifier.encode()).digest()):0256b}"
        assert bucket_of(identifier) == int(bits[:12], 2)


def test_sta_2_empty_bucket_has_the_digest_of_its_tag() -> None:
    assert sha256(b"\x02").digest() == EMPTY_BUCKET


def test_sta_2_empty_state_has_a_root() -> None:
    level = EMPTY_BUCKET
    for _ in range(12):
        level = sha256(b"\x01" + level + level).digest()
    assert state_root([]) == level.hex() == second_opinion.root({})


@FEW
@given(IDS)
def test_sta_2_root_is_what_a_second_opinion_computes(identifiers: list[str]) -> None:
    forms = {identifier: identifier.encode() for identifier in identifiers}
    pairs = [(identifier, second_opinion.digest(0, form)) for identifier, form in forms.items()]
    assert StateTree.of_digests(pairs).root == second_opinion.root(forms)


def test_sta_2_bucket_holds_its_operators_in_byte_order_of_id() -> None:
    first, second, *_ = _of_one_bucket()
    digests = {first: b"1" * 32, second: b"2" * 32}
    for order in ((first, second), (second, first)):
        filled = fill_buckets((identifier, digests[identifier]) for identifier in order)
        assert filled == {bucket_of(first): [b"1" * 32, b"2" * 32]}


def test_sta_2_change_of_one_operator_moves_one_bucket_only() -> None:
    before = StateTree.of_digests([("XA1", b"1" * 32), ("XA2", b"2" * 32)])
    after = StateTree.of_digests([("XA1", b"3" * 32), ("XA2", b"2" * 32)])
    moved = [number for number in range(BUCKETS) if before.buckets[number] != after.buckets[number]]
    assert moved == [bucket_of("XA1")]
    assert after.buckets[bucket_of("XA1")] == bucket_digest([b"3" * 32])
    assert before.root != after.root


def test_sta_4_root_is_computed_from_the_operators_in_any_order() -> None:
    operators = listed("XA1", "XA2", "XA3")
    forms = {one.operator.id: one.canonical for one in operators}
    assert state_root(operators) == state_root(operators[::-1]) == second_opinion.root(forms)


def _of_one_bucket() -> list[str]:
    """Return ids of one bucket, in byte order."""
    wanted = bucket_of("XA0")
    return sorted(f"XA{number}" for number in range(20_000) if bucket_of(f"XA{number}") == wanted)
