"""The state root: 4,096 buckets of operators under a perfect binary Merkle tree (STA-2).

A change of one operator costs its bucket and 12 nodes above it, however many operators there are.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256

from gateway.domain.lists import ListedOperator

BUCKETS = 4096
DEPTH = 12
"""Levels of nodes above the buckets: 2**12 buckets."""


def bucket_of(operator_id: str) -> int:
    """Return the number of an operator's bucket: the first 12 bits of SHA-256 over its id."""
    start = sha256(operator_id.encode()).digest()
    return start[0] << 4 | start[1] >> 4


def bucket_digest(digests: Iterable[bytes]) -> bytes:
    """Return the digest of a bucket from its operator digests, in byte order of operator id."""
    return sha256(b"\x02" + b"".join(digests)).digest()


def node_digest(left: bytes, right: bytes) -> bytes:
    """Return the digest of a node from those of its children."""
    return sha256(b"\x01" + left + right).digest()


EMPTY_BUCKET = bucket_digest(())


class StateTree:
    """The bucket digests of a state, and everything that follows from them."""

    def __init__(self, buckets: Sequence[bytes]) -> None:
        if len(buckets) != BUCKETS:
            raise ValueError(f"{len(buckets)} bucket digests, not {BUCKETS}")
        self.buckets = tuple(buckets)

    @classmethod
    def of_digests(cls, pairs: Iterable[tuple[str, bytes]]) -> "StateTree":
        """Build the tree of a whole state from operator ids with their digests, in any order."""
        members = fill_buckets(pairs)
        return cls(
            [
                bucket_digest(members[number]) if number in members else EMPTY_BUCKET
                for number in range(BUCKETS)
            ]
        )

    @classmethod
    def of(cls, operators: Iterable[ListedOperator]) -> "StateTree":
        """Build the tree of a whole state from its operators, in any order."""
        return cls.of_digests((listed.operator.id, listed.digest) for listed in operators)

    @property
    def root(self) -> str:
        """The state root as hex."""
        return self.levels()[-1][0].hex()

    def levels(self) -> list[tuple[bytes, ...]]:
        """Return all levels of the tree, from the buckets to the root."""
        levels = [self.buckets]
        while len(level := levels[-1]) > 1:
            levels.append(tuple(map(node_digest, level[::2], level[1::2])))
        return levels

    def siblings(self, bucket: int) -> tuple[bytes, ...]:
        """Return the 12 digests beside the way from a bucket to the root, lowest first."""
        return tuple(level[bucket >> height ^ 1] for height, level in enumerate(self.levels()[:-1]))


def fill_buckets(pairs: Iterable[tuple[str, bytes]]) -> dict[int, list[bytes]]:
    """Return the operator digests of each bucket that has any, in byte order of operator id."""
    # STA-2: byte order of the id; Python orders texts by code point, which UTF-8 keeps.
    pairs = sorted(pairs)
    members: dict[int, list[bytes]] = {}
    for operator_id, digest in pairs:
        # As `bucket_of`, in place: a million calls would cost as much as the hashing.
        start = sha256(operator_id.encode()).digest()
        members.setdefault(start[0] << 4 | start[1] >> 4, []).append(digest)
    return members


def state_root(operators: Iterable[ListedOperator]) -> str:
    """Return the root of the state that these operators are, as hex (STA-4)."""
    return StateTree.of(operators).root
