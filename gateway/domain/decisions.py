"""What `acceptance.decide` is given and what it answers (section 5)."""

from collections.abc import Callable, Collection, Iterable, Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from gateway.domain.acknowledgements import Reason, SealedAcknowledgement
from gateway.domain.grounds import Ground
from gateway.domain.lists import ListHeader, StatusList, Stream
from gateway.domain.mass_change import DayBefore
from gateway.domain.operators import Operator
from gateway.domain.state_change import NOTHING, BaseState, StateChange

Find = Callable[[Collection[str] | None], Iterable[Operator]]
"""Returns those of the operators that are in the state before; none asks for all of them."""


def _find_nothing(ids: Collection[str] | None) -> Iterable[Operator]:
    del ids
    return ()


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
    MASS_CHANGE = "MASS_CHANGE"
    """ACC-12: more was removed, deactivated or added than the agreement lets pass unseen."""
    BASE_HELD = "BASE_HELD"
    """ACC-13: a DELTA on a held list, which waits with it."""
    REJECTED_BEFORE = "REJECTED_BEFORE"
    """ACC-13: an officer rejected a list with this state."""
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


class Judged(Struct, frozen=True, kw_only=True):
    """The marks of a state, and the rules under which they were given (ACC-10)."""

    marks: Mapping[str, Reason]
    """Why operators are unusable, by id."""
    rulebook: str | None
    """`usability.rulebook_of` then; none if nothing was judged yet."""


UNJUDGED = Judged(marks={}, rulebook=None)


class AcceptedHead(Struct, frozen=True, kw_only=True):
    """The list that is in force for a stream."""

    header: ListHeader
    list_digest: str
    received_at: datetime
    signer: str
    """Fingerprint of the certificate that signed."""
    grounds: tuple[Ground, ...]
    """Whose lists the state is made of, back to its last FULL (SIG-9)."""
    number: int = 0
    """The states of a stream are numbered as they came into force. Two may be of one list: when the
    release of another was rolled back."""


class HeldHead(Struct, frozen=True, kw_only=True):
    """The newest list that waits for an officer, with the state that it would bring."""

    header: ListHeader
    list_digest: str


class Predecessor(Struct, frozen=True, kw_only=True):
    """The state of an earlier epoch: it serves until the new one has an accepted list (SEQ-3)."""

    head: AcceptedHead
    base: BaseState
    """All of it."""
    day: DayBefore | None
    """As `AcceptedState.day`."""
    find: Find
    """Operators of the base."""


class AcceptedState(Struct, frozen=True, kw_only=True):
    """All that `decide` may know of what was before; read before the transaction."""

    stream: Stream
    head: AcceptedHead | None
    seen: SeenList | None
    """What was seen with the incoming list's sequence."""
    seen_previous: SeenList | None
    """What was seen with the sequence before it."""
    held_since: datetime | None = None
    """The stream itself waits for an officer since then (ACC-6)."""
    held: HeldHead | None = None
    """The newest held list (ACC-13)."""
    reopened: bool = False
    """An officer opened the stream again since the accepted list: only a FULL goes on (ACC-6)."""
    rejected_roots: AbstractSet[str] = frozenset()
    """States that officers rejected since the accepted list."""
    floor: int = 0
    """The accepted sequence that our own later acknowledgement proves (EXC-1)."""
    spent: int = 0
    """The highest sequence of a held or rejected list: no other list gets it (ACC-13)."""
    base: BaseState = NOTHING
    """What the incoming list is laid over; see `base_of`."""
    day: DayBefore | None = None
    """None if no list was applied in the last 24 hours."""
    judged: Judged = UNJUDGED
    """The marks of the base."""
    predecessor: Predecessor | None = None
    """Only while there is no head."""
    find: Find = _find_nothing
    """Operators of the base."""


class Known(Struct, frozen=True):
    """What a FULL is decoded against, so that operators that stayed as they are are not decoded."""

    base: BaseState
    revision: int | None
    """Of the stream, when it was read; none: nothing was."""


NOTHING_KNOWN = Known(NOTHING, None)


class Incoming(Struct, frozen=True, kw_only=True):
    """A verified, decoded list with what is known of its arrival."""

    list: StatusList
    list_digest: str
    document_digest: str
    """`Unverified.digest`."""
    received_at: datetime
    signer: str
    known: Known = NOTHING_KNOWN
    """What the list was decoded against."""


class Apply(Struct, frozen=True, kw_only=True, tag="apply"):
    """Write the change. Operators in `unusable` are stored and never grant (ACC-10)."""

    unusable: Mapping[str, Reason]
    change: StateChange
    rulebook: str
    """What operators were judged by; see `usability.rulebook_of`."""
    reasons: tuple[Reason, ...] = ()
    alarms: tuple[str, ...] = ()


class HeldChange(Struct, frozen=True, kw_only=True):
    """What a held list would change, kept until an officer decides (ACC-12, ACC-13)."""

    change: StateChange
    """Over the accepted state, or over the newest held list's."""
    joins: bool
    """A DELTA on the newest held list: the hold goes on with it. Else the hold is a new one."""
    unusable: Mapping[str, Reason]
    rulebook: str
    restricted: Mapping[str, str]
    """Accepted operators that the list suspends or revokes, with the status: they do not grant."""


class Hold(Struct, frozen=True, kw_only=True, tag="hold"):
    """Keep the list aside until an officer decides; of it only restrictions act."""

    reasons: tuple[Reason, ...]
    held: HeldChange | None = None
    """None: the stream itself waits, and no list is taken until an officer opens it (ACC-6)."""
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
