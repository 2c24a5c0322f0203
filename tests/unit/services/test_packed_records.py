from collections.abc import Iterator, Mapping, Sequence
from operator import itemgetter

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.services.packed_records import Kind, PackedRecords, pack

Pair = tuple[str, int]
KIND = Kind(msgspec.json.Decoder(Pair).decode, itemgetter(0), 2)
KEYS = [first + second for first in "ABC" for second in "xyz\u00e9\U0001f6a2"]
CHANGES = st.dictionaries(st.sampled_from(KEYS), st.none() | st.integers(0, 9))


def record(key: str, value: int | None) -> bytes | None:
    return None if value is None else msgspec.json.encode((key, value))


def packed(values: Mapping[str, int], size: int) -> PackedRecords[Pair]:
    def blocks() -> Iterator[tuple[Sequence[str], Sequence[bytes]]]:
        keys = sorted(values)
        for start in range(0, len(keys), size):
            some = keys[start : start + size]
            yield some, [msgspec.json.encode((key, values[key])) for key in some]

    return pack(KIND, blocks())


def test_nothing_is_found_among_no_records() -> None:
    none = packed({}, 2)
    assert (len(none), none.find("Ax"), none.find("")) == (0, None, None)


@settings(deadline=None)  # a busy machine is no failure
@given(st.dictionaries(st.sampled_from(KEYS), st.integers(0, 9)), st.lists(CHANGES))
def test_packed_records_are_a_plain_map_whatever_changes(
    values: dict[str, int], history: list[dict[str, int | None]]
) -> None:
    mine = packed(values, 2)
    kept = [(mine, dict(values))]
    for changes in history:
        mine = mine.changed({key: record(key, value) for key, value in changes.items()})
        merged = {**values, **changes}
        values = {key: value for key, value in merged.items() if value is not None}
        kept.append((mine, values))
    # Also those of before: a lookup may still be reading them.
    for one, model in kept:
        assert len(one) == len(model)
        found = {key: pair[1] for key in KEYS if (pair := one.find(key)) is not None}
        assert found == model


def test_keys_with_equal_hashes_are_told_apart() -> None:
    # 5,000 in one leaf: some 190 pairs share 16 bits.
    values = {f"{number:04}": number for number in range(5_000)}
    one = packed(values, 5_000)
    assert all(one.find(key) == (key, value) for key, value in values.items())
    assert not any(one.find(f"{number}-") for number in range(5_000))


def test_keys_out_of_order_are_refused() -> None:
    # Bisection would not find them, and the operator would be "not listed".
    with pytest.raises(ValueError, match="not in order"):
        pack(KIND, [(["B", "A"], [b"", b""])])
    with pytest.raises(ValueError, match="not in order"):
        pack(KIND, [(["B"], [b""]), (["A"], [b""])])
