"""Lists, their headers, and the streams in which they are numbered (section 2)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from msgspec import Struct, structs

from gateway.domain.operators import Operator

SCHEMA_VERSION = 1
"""The version written, and the highest that is read."""


class ListKind(StrEnum):
    """FULL carries every operator; DELTA what changed since sequence - 1 (empty: a heartbeat)."""

    FULL = "FULL"
    DELTA = "DELTA"


class Action(StrEnum):
    """What a DELTA says of one operator (UN/EDIFACT 1229: 2 add, 4 change, 3 remove)."""

    ADD = "2"
    CHANGE = "4"
    REMOVE = "3"


class Stream(Struct, frozen=True, kw_only=True, order=True):
    """The lists of one stream are numbered 1, 2, 3, ... (SEQ-1)."""

    issuer: str
    recipient: str
    agreement: str
    test: bool
    epoch: int

    def __str__(self) -> str:
        """Issuer, recipient, agreement, kind and epoch, for people and for file names."""
        kind = "test" if self.test else "production"
        return f"{self.issuer}-{self.recipient}-{self.agreement}-{kind}-{self.epoch}"

    def of_epoch(self, epoch: int) -> "Stream":
        """Return another epoch of it (SEQ-3)."""
        return structs.replace(self, epoch=epoch)


class ListHeader(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Everything signed about a list apart from its operators. Digests are lower-case hex."""

    version: int
    list_id: str
    kind: ListKind
    issuer: str
    recipient: str
    agreement: str
    test: bool
    epoch: int
    sequence: int
    previous_digest: str | None = None
    issued_at: datetime
    next_update_at: datetime
    state_root: str
    quantity: int

    @property
    def stream(self) -> Stream:
        """The stream that the header claims to belong to."""
        return Stream(
            issuer=self.issuer,
            recipient=self.recipient,
            agreement=self.agreement,
            test=self.test,
            epoch=self.epoch,
        )


class ListedOperator(Struct, frozen=True, gc=False):
    """An operator with its canonical form and digest, computed once and carried along (STA-1)."""

    operator: Operator
    canonical: bytes
    digest: bytes


class Change(Struct, frozen=True, gc=False):
    """One operator of a DELTA; a removal has only its id."""

    action: Action
    operator_id: str
    listed: ListedOperator | None = None


class StatusList(Struct, frozen=True):
    """A decoded list: `operators` for FULL, `changes` for DELTA, in the order received (STA-7)."""

    header: ListHeader
    operators: Sequence[ListedOperator] = ()
    changes: Sequence[Change] = ()
    order: Sequence[str] = ()
    """All ids of a FULL of which some operators are the accepted ones in the same bytes: those were
    not decoded again and do not stand in `operators`."""
    wires: Mapping[str, bytes] = {}
    """By operator id, what identifies the bytes that a feed carried it in; see `members`."""

    @property
    def ids(self) -> Sequence[str]:
        """The ids that the list names, in the order received."""
        if self.order:
            return self.order
        return [listed.operator.id for listed in self.operators] or [
            change.operator_id for change in self.changes
        ]
