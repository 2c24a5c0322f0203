"""Acknowledgements: the recipient's signed answer to one list (EXC-4)."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from gateway.domain.lists import Stream


class Outcome(StrEnum):
    """What became of a list."""

    APPLIED = "APPLIED"
    HELD = "HELD"
    REFUSED = "REFUSED"
    REJECTED = "REJECTED"
    SUPERSEDED = "SUPERSEDED"


class Reason(Struct, frozen=True, kw_only=True):
    """One reason, with a pointer to what it is about."""

    code: str
    """UPPER_SNAKE, from `acceptance.ReasonCode`."""
    text: str
    pointer: str | None = None
    """An operator id or a header field (`header/sequence`)."""


class Acknowledgement(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The answer to the list `sequence` of `stream`; the highest `revision` counts."""

    acknowledgement_id: str
    stream: Stream
    sequence: int
    list_digest: str
    outcome: Outcome
    revision: int
    applied_sequence: int | None = None
    """The accepted list after this decision; absent if there is none."""
    applied_root: str | None = None
    acknowledged_at: datetime
    reasons: tuple[Reason, ...] = ()


class SealedAcknowledgement(Struct, frozen=True, kw_only=True):
    """An acknowledgement with the bytes that were signed."""

    acknowledgement: Acknowledgement
    document: bytes
