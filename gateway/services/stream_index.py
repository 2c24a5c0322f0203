"""The accepted list of one stream in memory: an operator is a few packed bytes, read on lookup.

An index never changes once it is made, so that any number of threads may use it; the index of the
next list shares what did not change.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import chain, groupby
from operator import attrgetter, itemgetter
from typing import Final, TypeVar

import msgspec
from msgspec import Struct

from gateway.domain.acknowledgements import Reason
from gateway.domain.decisions import AcceptedHead
from gateway.domain.errors import UnreadableRecordError
from gateway.domain.identifiers import normal_form
from gateway.domain.knowledge import HeldOperator
from gateway.domain.operators import KnownOperator
from gateway.ports.registry import OperatorBlock, OperatorChanges, RegisteredOperator
from gateway.services.pacing import Rest, no_rest, slices
from gateway.services.packed_records import LEAF, Kind, PackedRecords, pack

Value = TypeVar("Value")
Ids = tuple[str, ...]
"""A key, and the ids of the operators that it leads to, in byte order."""


class _Mark(Struct, frozen=True, array_like=True, gc=False):
    """Why an operator cannot be used (ACC-10)."""

    operator_id: str
    reason: Reason


_CANONICAL: Final = msgspec.json.Decoder(KnownOperator)
read_known: Final = _CANONICAL.decode
_pack: Final = msgspec.msgpack.Encoder().encode
"""What decisions rest on takes half the bytes of the canonical form, and is read faster."""
_BY_ID: Final = Kind(msgspec.msgpack.Decoder(KnownOperator).decode, attrgetter("id"))
_MARKS: Final = Kind(msgspec.json.Decoder(_Mark).decode, attrgetter("operator_id"))
_IDS: Final = Kind(msgspec.json.Decoder(Ids).decode, itemgetter(0))
_encode: Final = msgspec.json.Encoder().encode


class _Tables(Struct, frozen=True, kw_only=True):
    """What is known of a list."""

    operators: PackedRecords[KnownOperator]
    unusable: PackedRecords[_Mark]
    aliases: PackedRecords[Ids]
    """By the normal form of another identifier."""
    odd: PackedRecords[Ids]
    """By normal form, the ids that are not their own: all of them unusable (ACC-10)."""


class StreamIndex:
    """A `Holding` over packed records."""

    def __init__(
        self, head: AcceptedHead | None, tables: _Tables, restricted: AbstractSet[str] = frozenset()
    ) -> None:
        self._head = head
        self._tables = tables
        self._restricted = restricted
        self._find = tables.operators.find
        self._is_plain = not tables.odd and not tables.unusable

    @property
    def head(self) -> AcceptedHead | None:
        """The accepted list, or none."""
        return self._head

    @property
    def restricted(self) -> AbstractSet[str]:
        """The ids that a held list restricts (ACC-12)."""
        return self._restricted

    def __len__(self) -> int:
        """Return the number of operators."""
        return len(self._tables.operators)

    def find(self, operator_id: str) -> HeldOperator | None:
        """Return the operator with this id in normal form, or none; of twins the first."""
        if self._is_plain:
            # Most lists are, and every lookup comes by here.
            operator = self._find(operator_id)
            if operator is None:
                return None
            return HeldOperator(operator, None, operator_id in self._restricted)
        others = (self._tables.odd.find(operator_id) or ())[1:]
        twins = [held for one in sorted({operator_id, *others}) if (held := self._held(one))]
        return next((one for one in twins if one.unusable), twins[0]) if twins else None

    def find_by_identifier(self, identifier: str) -> tuple[HeldOperator, ...]:
        """Return the operators that carry another identifier with this normal form."""
        found = (self._held(operator_id) for operator_id in self.ids_of(identifier))
        return tuple(held for held in found if held is not None)

    def ids_of(self, identifier: str) -> Ids:
        """Return the ids of those operators, in byte order."""
        return (self._tables.aliases.find(identifier) or ())[1:]

    def under(self, restricted: AbstractSet[str]) -> "StreamIndex":
        """Return the same list with other restrictions (ACC-12)."""
        if restricted == self._restricted:
            return self
        return StreamIndex(self._head, self._tables, restricted)

    def amended(
        self, head: AcceptedHead, changes: OperatorChanges, *, rest: Rest = no_rest
    ) -> "StreamIndex":
        """Return the index of a later list.

        Args:
            head: Of that list.
            changes: Since the list of this index.
            rest: Called between slices of work that lookups beside it would have to wait for.

        Raises:
            UnreadableRecordError: An operator that came is not what the registry writes.
        """
        before = self._tables
        ended = chain.from_iterable(slices(changes.ended, LEAF, rest))
        left = [one for one in map(self._find, ended) if one is not None]
        new: list[KnownOperator] = []
        records: dict[str, bytes | None] = dict.fromkeys(changes.ended)
        marks = records.copy()
        for some in slices(changes.came, LEAF, rest):
            came = block_of(some)
            known = _read(came.operator_ids, came.canonical)
            new += known
            records.update((one.id, _pack(one)) for one in known)
            marks.update(_marked(came.unusable))
        ids = [one.id for one in new]
        tables = _Tables(
            operators=before.operators.changed(records, rest=rest),
            unusable=before.unusable.changed(marks, rest=rest),
            aliases=_regrouped(before.aliases, _aliases(left), _aliases(new)),
            odd=_regrouped(before.odd, _odd(one.id for one in left), _odd(ids)),
        )
        return StreamIndex(head, tables)

    def _held(self, operator_id: str) -> HeldOperator | None:
        operator = self._find(operator_id)
        if operator is None:
            return None
        mark = self._tables.unusable.find(operator_id)
        unusable = None if mark is None else mark.reason
        return HeldOperator(operator, unusable, operator_id in self._restricted)


def block_of(registered: Sequence[RegisteredOperator]) -> OperatorBlock:
    """Put operators beside each other."""
    return OperatorBlock(
        operator_ids=[one.operator_id for one in registered],
        canonical=[one.canonical for one in registered],
        unusable={one.operator_id: one.unusable for one in registered if one.unusable is not None},
    )


def make_index(head: AcceptedHead | None, blocks: Iterable[OperatorBlock]) -> StreamIndex:
    """Make the index of a list from its operators in byte order of id.

    Every operator is read once, so that none of an index that serves is unreadable.

    Raises:
        UnreadableRecordError: An operator is not what the registry writes.
    """
    marks: list[tuple[str, bytes]] = []
    aliases: list[tuple[str, str]] = []
    odd: list[tuple[str, str]] = []

    def checked() -> Iterator[tuple[Sequence[str], Sequence[bytes]]]:
        for block in blocks:
            ids = block.operator_ids
            known = _read(ids, block.canonical)
            aliases.extend(_aliases(known))
            marks.extend(_marked(block.unusable))
            joined = "".join(ids)
            if normal_form(joined) != joined:
                odd.extend(_odd(ids))
            yield ids, list(map(_pack, known))

    operators = pack(_BY_ID, checked())
    return StreamIndex(
        head,
        _Tables(
            operators=operators,
            unusable=_packed(_MARKS, sorted(marks)),
            aliases=_packed(_IDS, _grouped(aliases)),
            odd=_packed(_IDS, _grouped(odd)),
        ),
    )


def _read(ids: Sequence[str], canonical: Sequence[bytes]) -> list[KnownOperator]:
    """Read operators, all at once: half the time of one after the other."""
    if not ids:
        return []
    try:
        operators = _CANONICAL.decode_lines(b"\n".join(canonical))
        if [one.id for one in operators] == list(ids):
            return operators
        why = "another operator stands there"
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        why = str(error)
    raise UnreadableRecordError(f"an operator from {ids[0]} to {ids[-1]} cannot be read: {why}")


def _marked(reasons: Mapping[str, Reason]) -> Iterator[tuple[str, bytes]]:
    return ((key, _encode(_Mark(key, reason))) for key, reason in reasons.items())


def _aliases(operators: Iterable[KnownOperator]) -> Iterator[tuple[str, str]]:
    return (
        (normal_form(other.value), one.id)
        for one in operators
        if one.alternate_ids
        for other in one.alternate_ids
    )


def _odd(ids: Iterable[str]) -> Iterator[tuple[str, str]]:
    return ((form, one) for one in ids if (form := normal_form(one)) != one)


def _grouped(pairs: Iterable[tuple[str, str]]) -> Iterator[tuple[str, bytes]]:
    # One text each, because texts sort twice as fast as pairs; no normal form holds a NUL.
    unique = sorted(set(map("\0".join, pairs)))
    split = (one.split("\0", 1) for one in unique)
    for key, group in groupby(split, itemgetter(0)):
        yield key, _encode([key, *(one for _, one in group)])


def _regrouped(
    groups: PackedRecords[Ids], left: Iterable[tuple[str, str]], came: Iterable[tuple[str, str]]
) -> PackedRecords[Ids]:
    """Take pairs of a key and an id out, and put others in."""
    gone, new = set(left), set(came)
    keys = {key for key, _ in gone ^ new}
    stay = {(key, one) for key in keys for one in (groups.find(key) or ())[1:]} - gone
    new = {pair for pair in new if pair[0] in keys}
    return groups.changed({**dict.fromkeys(keys), **dict(_grouped(stay | new))})


def _packed(kind: Kind[Value], pairs: Iterable[tuple[str, bytes]]) -> PackedRecords[Value]:
    def blocks() -> Iterator[tuple[Sequence[str], Sequence[bytes]]]:
        for some in slices(pairs, LEAF):
            keys, records = zip(*some, strict=True)
            yield keys, records

    return pack(kind, blocks())
