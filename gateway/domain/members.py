"""What is kept of each operator of a state, so that nothing is rebuilt that is known (STA-2).

A bucket keeps its members as two texts and not as an object a member: a million objects take
longer to make than a list takes to apply.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from hashlib import sha256

from msgspec import Struct

from gateway.domain.lists import ListedOperator
from gateway.domain.operators import Operator, StatusCode
from gateway.domain.state import EMPTY_BUCKET

WIRE_BYTES = 16
"""Of the SHA-256 over an operator's bytes as a feed carried them; empty where a feed has none."""
NO_WIRE = bytes(WIRE_BYTES)
_INACTIVE, _ACTIVE = b"\x00", b"\x01"
_DIGEST = slice(1, 33)
_WIRE = slice(33, 33 + WIRE_BYTES)
_LENGTH = 33 + WIRE_BYTES

Record = bytes
"""Whether the operator is active, its digest (STA-1), and the digest of its bytes on the wire."""


def record(listed: ListedOperator, wire: bytes = NO_WIRE) -> Record:
    """Return what is kept of an operator."""
    return (_ACTIVE if is_active(listed.operator) else _INACTIVE) + listed.digest + wire


def digest_of(kept: Record) -> bytes:
    """Return the operator's digest."""
    return kept[_DIGEST]


def wire_of(kept: Record) -> bytes:
    """Return the digest of the operator's bytes as they were carried."""
    return kept[_WIRE]


def was_active(kept: Record) -> bool:
    """Tell whether the operator held an active authorisation."""
    return kept[:1] == _ACTIVE


def is_active(operator: Operator) -> bool:
    """Tell whether an operator holds an active authorisation; dates are another matter."""
    return any(held.status.code is StatusCode.ACTIVE for held in operator.authorisations)


class Bucket(Struct, frozen=True, gc=False):
    """The members of a bucket in byte order of id."""

    ids: str = ""
    """One a line: no id holds a control character (STA-1)."""
    records: bytes = b""

    @classmethod
    def of(cls, members: Mapping[str, Record]) -> "Bucket":
        """Pack members, given in any order."""
        # Python orders texts by code point, which UTF-8 keeps: the byte order of STA-2.
        ids = sorted(members)
        return cls("\n".join(ids), b"".join(map(members.__getitem__, ids)))

    def members(self) -> dict[str, Record]:
        """Unpack the members, by id in byte order."""
        return dict(zip(self._ids(), _pieces(self.records), strict=True))

    def find(self, operator_id: str) -> Record | None:
        """Return what is kept of one member, without unpacking the others."""
        ids = self._ids()
        at = bisect_left(ids, operator_id)
        if ids[at : at + 1] != [operator_id]:
            return None
        return self.records[at * _LENGTH : (at + 1) * _LENGTH]

    def revised(self, changes: Mapping[str, Record | None]) -> "Bucket":
        """Return the bucket with some members put in, or taken out where nothing is kept."""
        ids, records = self._ids(), bytearray(self.records)
        for operator_id, kept in changes.items():
            at = bisect_left(ids, operator_id)
            there = int(ids[at : at + 1] == [operator_id])
            ids[at : at + there] = [operator_id] if kept else []
            records[at * _LENGTH : (at + there) * _LENGTH] = kept or b""
        return Bucket("\n".join(ids), bytes(records))

    def _ids(self) -> list[str]:
        return self.ids.split("\n") if self.ids else []

    @property
    def digest(self) -> bytes:
        """The digest of the bucket (STA-2)."""
        if not self.ids:
            return EMPTY_BUCKET
        digests = [piece[_DIGEST] for piece in _pieces(self.records)]
        return sha256(b"\x02" + b"".join(digests)).digest()


EMPTY = Bucket()


def all_members(buckets: Iterable[Bucket]) -> dict[str, Record]:
    """Unpack the members of many buckets."""
    found: dict[str, Record] = {}
    for bucket in buckets:
        found.update(bucket.members())
    return found


def _pieces(records: bytes) -> list[bytes]:
    return [records[at : at + _LENGTH] for at in range(0, len(records), _LENGTH)]
