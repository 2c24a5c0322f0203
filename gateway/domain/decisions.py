"""What `acceptance.decide` is given and what it answers (section 5)."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from gateway.domain.acknowledgements import Reason, SealedAcknowledgement
from gateway.domain.lists import ListHeader, StatusList, Stream


class ReasonCode(StrEnum):
    """Why a verified list was refused or held, or an operator marked; one meaning each."""

    ROLLBACK = "ROLLBACK"
    """ACC-7: lower than the accepted sequence and never seen."""
    EQUIVOCATION = "EQUIVOCATION"
    """ACC-6: another list with this sequence, or a chain that contradicts a seen list."""
    STREAM_HELD = "STREAM_HELD"
    """ACC-6: the stream waits for an officer."""
    GAP = "GAP"
    """ACC-8: the base of a DELTA is not the accepted list."""
    OVERTAKEN = "OVERTAKEN"
    """ACC-8: seen and refused before, and now not higher than the accepted sequence."""
    SEQUENCE_JUMP = "SEQUENCE_JUMP"
    """SEQ-3: more than 1,000 sequences ahead."""
    ISSUED_IN_FUTURE = "ISSUED_IN_FUTURE"
    ISSUED_BEFORE_ACCEPTED = "ISSUED_BEFORE_ACCEPTED"
    NEXT_UPDATE_INVALID = "NEXT_UPDATE_INVALID"
    """ACC-9: not after the issue, or further away than the agreement allows."""
    OPERATOR_ORDER = "OPERATOR_ORDER"
    """ACC-10, STA-7: not in strictly ascending byte order of id, or twice."""
    TOO_MANY_UNUSABLE = "TOO_MANY_UNUSABLE"
    ROOT_MISMATCH = "ROOT_MISMATCH"
    COUNT_MISMATCH = "COUNT_MISMATCH"
    OPERATOR_SCHEME = "OPERATOR_SCHEME"
    """ACC-10, per operator: the id is not in a scheme of the agreement, or not in normal form."""
    OPERATOR_TERRITORY = "OPERATOR_TERRITORY"
    OPERATOR_DATES = "OPERATOR_DATES"
    OPERATOR_TWIN = "OPERATOR_TWIN"
    """STA-1: two ids with one normal form."""


class SeenList(Struct, frozen=True, kw_only=True):
    """A list that passed ACC-4 before, whatever became of it (ACC-5)."""

    sequence: int
    list_digest: str
    acknowledgement: SealedAcknowledgement
    """The newest one."""
    transient: bool
    """Refused for a reason that may pass: judged afresh."""


class AcceptedHead(Struct, frozen=True, kw_only=True):
    """The list that is in force for a stream."""

    header: ListHeader
    list_digest: str
    received_at: datetime
    signer: str
    """Fingerprint of the certificate that signed."""


class AcceptedState(Struct, frozen=True, kw_only=True):
    """All that `decide` may know of what was before; read before the transaction."""

    stream: Stream
    head: AcceptedHead | None
    seen: SeenList | None
    """What was seen with the incoming list's sequence."""
    seen_previous: SeenList | None
    """What was seen with the sequence before it."""
    held_since: datetime | None = None
    """The stream waits for an officer since then."""


class Incoming(Struct, frozen=True, kw_only=True):
    """A verified, decoded list with what is known of its arrival."""

    list: StatusList
    list_digest: str
    document_digest: str
    """`Unverified.digest`."""
    received_at: datetime
    signer: str
    root: str
    """State root computed here (STA-4)."""


class Apply(Struct, frozen=True, kw_only=True, tag="apply"):
    """Write the list. Operators in `unusable` are stored and never grant (ACC-10)."""

    unusable: Mapping[str, Reason]
    reasons: tuple[Reason, ...] = ()
    alarms: tuple[str, ...] = ()


class Hold(Struct, frozen=True, kw_only=True, tag="hold"):
    """Keep the list aside until an officer decides; nothing of it acts."""

    reasons: tuple[Reason, ...]
    alarms: tuple[str, ...] = ()


class Refuse(Struct, frozen=True, kw_only=True, tag="refuse"):
    """Store nothing but that it was seen. A transient refusal is judged afresh (ACC-5, ACC-9)."""

    reasons: tuple[Reason, ...]
    transient: bool = False
    full_wanted: bool = False
    """SYN-5: ask for a FULL."""
    alarms: tuple[str, ...] = ()


class Repeat(Struct, frozen=True, kw_only=True, tag="repeat"):
    """Seen before with the same digest: answer the newest acknowledgement, change nothing."""

    seen: SeenList


Decision = Apply | Hold | Refuse | Repeat
