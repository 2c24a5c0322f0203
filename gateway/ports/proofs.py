"""What a proof about the accepted state is made of (STA-5)."""

from typing import Protocol

from msgspec import Struct

from gateway.domain.decisions import AcceptedHead
from gateway.domain.lists import Stream


class OpenBucket(Struct, frozen=True, kw_only=True):
    """One bucket of the accepted state, with its way to the root."""

    head: AcceptedHead
    document: bytes | None
    """The signed head of the accepted list, as received; none if it never was."""
    members: tuple[bytes, ...]
    """Canonical forms, in byte order of operator id."""
    siblings: tuple[bytes, ...]
    """Beside the way from the bucket to the root, lowest first."""


class StateProofs(Protocol):
    """Contract: `tests/contract/proofs_suite.py`."""

    def keep_head(self, stream: Stream, list_digest: str, document: bytes) -> None:
        """Keep the signed head of a list, the first that came; nothing for an unknown stream."""
        ...

    def open_bucket(self, stream: Stream, number: int) -> OpenBucket | None:
        """Return a bucket of the accepted state, all of one moment; none if nothing is accepted."""
        ...
