"""A map from keys to values in hardly more bytes than its records take.

Records of neighbouring keys lie in one bytes object, a leaf, in no order. A leaf is found by
bisection over the first keys; the record in it by 16 bits of the key's hash, and then by the key
that is read from the record itself: no key is kept twice. What changes is a few leaves: a changed
map shares all others with the one before, and neither copies nor frees them.
"""

from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, chain
from typing import Final, Generic, TypeVar

from msgspec import Struct

from gateway.services.pacing import Rest, no_rest, slices

Value = TypeVar("Value")

LEAF: Final = 64
"""Smaller: more bytes a record. Larger: a change copies more."""
_HASH_BITS: Final = 0xFFFF
_LEAVES_BETWEEN_RESTS: Final = 16
"""Rewritten in half a millisecond."""


class Kind(Struct, Generic[Value], frozen=True):
    """How the records of a map are read."""

    read: Callable[[bytes], Value]
    key_of: Callable[[Value], str]
    leaf: int = LEAF
    """Records in a new leaf; twice as many are split."""


class _Leaf(Struct, frozen=True, gc=False):
    """Records one after the other."""

    records: bytes
    ends: "array[int]"
    """Where each begins, and the last one ends."""
    marks: str
    """A character for each: 16 bits of the hash of its key."""

    def search(self, key: str, kind: Kind[Value]) -> tuple[int, Value] | None:
        """Return the place of a key's record and what it says, or none."""
        records, ends, mark = self.records, self.ends, _mark(key)
        place = self.marks.find(mark)
        while place >= 0:
            value = kind.read(records[ends[place] : ends[place + 1]])
            if kind.key_of(value) == key:
                return place, value
            place = self.marks.find(mark, place + 1)
        return None

    def at(self, place: int) -> bytes:
        """Return the record at a place."""
        return self.records[self.ends[place] : self.ends[place + 1]]

    def spliced(self, gone: Iterable[int], came: Mapping[str, bytes]) -> "_Leaf":
        """Return the leaf without the records at some places, and with others at its end."""
        cuts = sorted(gone)
        ends = array("I", (0,))
        pieces, marks = [], []
        # What stays is copied by the run, not by the record: most leaves lose one of 64.
        for start, end in zip(
            (0, *(cut + 1 for cut in cuts)), (*cuts, len(self.marks)), strict=True
        ):
            pieces.append(self.records[self.ends[start] : self.ends[end]])
            marks.append(self.marks[start:end])
            shift = self.ends[start] - ends[-1]
            ends += array("I", [place - shift for place in self.ends[start + 1 : end + 1]])
        ends.extend(accumulate(map(len, came.values()), initial=ends.pop()))
        return _Leaf(
            b"".join((*pieces, *came.values())), ends, "".join((*marks, *map(_mark, came)))
        )


class PackedRecords(Generic[Value]):
    """Values by key. It never changes: any number of threads may read it.

    Args:
        kind: How its records are read.
        firsts: The lowest key of each leaf, rising; the first is empty.
        leaves: As many.
    """

    def __init__(self, kind: Kind[Value], firsts: list[str], leaves: list[_Leaf]) -> None:
        self._kind = kind
        self._firsts = firsts
        self._leaves = leaves

    def __len__(self) -> int:
        """Return the number of keys; walks the leaves."""
        return sum(len(leaf.marks) for leaf in self._leaves)

    def find(self, key: str) -> Value | None:
        """Return the value of a key, or none."""
        found = self._leaves[bisect_right(self._firsts, key) - 1].search(key, self._kind)
        return None if found is None else found[1]

    def changed(
        self, changes: Mapping[str, bytes | None], *, rest: Rest = no_rest
    ) -> "PackedRecords[Value]":
        """Return the map with other records of some keys; none takes a key out."""
        if not any(changes.values()) and not any(leaf.marks for leaf in self._leaves):
            # Nothing is in it, and nothing comes: so it is with marks and aliases nearly always.
            return self
        by_leaf: dict[int, dict[str, bytes | None]] = {}
        for key, record in changes.items():
            by_leaf.setdefault(bisect_right(self._firsts, key) - 1, {})[key] = record
        firsts: list[str] = []
        leaves: list[_Leaf] = []
        done = 0
        numbers = slices(sorted(by_leaf), _LEAVES_BETWEEN_RESTS, rest)
        for number in chain.from_iterable(numbers):
            firsts += self._firsts[done:number]
            leaves += self._leaves[done:number]
            for first, leaf in self._rewritten(number, by_leaf[number]):
                firsts.append(first)
                leaves.append(leaf)
            done = number + 1
        firsts += self._firsts[done:]
        leaves += self._leaves[done:]
        return PackedRecords(self._kind, firsts, leaves)

    def _rewritten(
        self, number: int, changes: Mapping[str, bytes | None]
    ) -> Iterator[tuple[str, _Leaf]]:
        """Yield what becomes of a leaf: itself, or several; nothing of an empty one."""
        first, kind = self._firsts[number], self._kind
        found = (self._leaves[number].search(key, kind) for key in changes)
        gone = (one[0] for one in found if one is not None)
        came = {key: record for key, record in changes.items() if record is not None}
        leaf = self._leaves[number].spliced(gone, came)
        count = len(leaf.marks)
        if count <= 2 * kind.leaf:
            # The first stays, so that every key has a leaf.
            if count or not number:
                yield first, leaf
            return
        pairs = sorted((kind.key_of(kind.read(one)), one) for one in map(leaf.at, range(count)))
        for start in range(0, count, kind.leaf):
            keys, records = zip(*pairs[start : start + kind.leaf], strict=True)
            yield keys[0] if start else first, _leaf(keys, records)


def pack(
    kind: Kind[Value], blocks: Iterable[tuple[Sequence[str], Sequence[bytes]]]
) -> PackedRecords[Value]:
    """Pack records whose keys come in rising order, in blocks as long as leaves are to be.

    Raises:
        ValueError: The keys do not rise.
    """
    firsts, leaves, last = [""], [_leaf((), ())], ""
    for keys, records in blocks:
        if keys[0] < last or list(keys) != sorted(keys):
            raise ValueError(f"the keys from {keys[0]} on are not in order")
        last = keys[-1]
        firsts.append(keys[0])
        leaves.append(_leaf(keys, records))
    return PackedRecords(kind, firsts, leaves)


def _leaf(keys: Sequence[str], records: Sequence[bytes]) -> _Leaf:
    ends = array("I", accumulate(map(len, records), initial=0))
    return _Leaf(b"".join(records), ends, "".join(map(_mark, keys)))


def _mark(key: str) -> str:
    return chr(hash(key) & _HASH_BITS)
