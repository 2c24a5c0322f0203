"""Transmissions: what travelled between home and a partner, and what is still to be sent.

What waits to be sent is tried again until the partner has it (ACC-15). A refusal that will not
pass by itself is tried so often, and then is `dead`: it waits for a person, in plain sight.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Final

from msgspec import Struct

from gateway.domain.acknowledgements import Acknowledgement
from gateway.domain.documents import Parts
from gateway.domain.errors import GatewayError
from gateway.domain.lists import Stream
from gateway.domain.refusals import REFUSALS

FIRST_RETRY: Final = timedelta(seconds=2)
LONGEST_RETRY: Final = timedelta(hours=1)
REFUSALS_UNTIL_DEAD: Final = 20
"""Half a day of pauses that double up to an hour: time to register a key or a caller."""


class Kind(StrEnum):
    """What travelled."""

    LIST = "list"
    ACKNOWLEDGEMENT = "acknowledgement"


class Movement(StrEnum):
    """Which way it went, and who called whom."""

    FETCHED = "fetched"
    """In: we asked for it."""
    RECEIVED = "received"
    """In: the partner brought it."""
    SERVED = "served"
    """Out: the partner asked for it."""
    SENT = "sent"
    """Out: we brought it."""

    @property
    def is_out(self) -> bool:
        """Tell whether it went from home to the partner."""
        return self in {Movement.SERVED, Movement.SENT}


class DeliveryState(StrEnum):
    """How far a transmission came."""

    WAITING = "waiting"
    """To be sent, now or at the next attempt."""
    DELIVERED = "delivered"
    """The receiver has the bytes. What became of them, the acknowledgement tells."""
    FAILED = "failed"
    """It ended without a delivery, and nobody has to look: another transmission took its place."""
    REFUSED = "refused"
    """It came whole, and home refused it."""
    DEAD = "dead"
    """The partner refuses it for a reason that does not pass: somebody has to look."""


UNDELIVERED: Final = frozenset({DeliveryState.WAITING, DeliveryState.DEAD})
"""What the partner does not have, and should."""


class Failure(Struct, frozen=True, kw_only=True):
    """Why an attempt failed, and when the next one is."""

    code: str
    """`GatewayError.code`."""
    why: str
    next_attempt_at: datetime | None = None
    """None: there will be none by itself."""


class Transmission(Struct, frozen=True, kw_only=True):
    """One list or acknowledgement on its way. `sequence` is None while nobody vouches for one."""

    stream: Stream
    kind: Kind
    movement: Movement
    sequence: int | None
    digest: str | None
    """Of a list `Unverified.digest`, of an acknowledgement SHA-256 of its bytes."""
    size: int
    """Bytes."""
    at: datetime
    failure: Failure | None = None

    @property
    def partner(self) -> str:
        """The administration at the other end: lists go to the recipient, answers come back."""
        is_to_recipient = self.movement.is_out is (self.kind is Kind.LIST)
        return self.stream.recipient if is_to_recipient else self.stream.issuer


class Delivery(Struct, frozen=True, kw_only=True):
    """A transmission as it stands in the log."""

    delivery_id: int
    transmission: Transmission
    """Its failure is that of the newest attempt."""
    state: DeliveryState
    attempts: int
    tried_at: datetime | None
    """The newest attempt."""
    redelivers: int | None
    """It repeats the bytes of this delivery, at the wish of a person."""
    answer: Acknowledgement | None
    """The acknowledgement that this is, or the newest one that answers this list."""
    verdict: str | None
    """Why a received list has no acknowledgement: the code with which it was refused."""
    request_id: str | None = None
    """Of the call that was the newest attempt (EXC-8); none through a folder."""


def list_transmission(
    stream: Stream,
    movement: Movement,
    parts: Parts | None,
    *,
    sequence: int | None = None,
    at: datetime,
    failure: Failure | None = None,
) -> Transmission:
    """Describe a list that moved, or that failed to: then there are no parts of it."""
    return Transmission(
        stream=stream,
        kind=Kind.LIST,
        movement=movement,
        sequence=sequence,
        digest=parts.digest if parts else None,
        size=parts.size if parts else 0,
        at=at,
        failure=failure,
    )


def received_acknowledgement(
    stream: Stream,
    document: bytes,
    *,
    sequence: int | None = None,
    at: datetime,
    failure: Failure | None = None,
) -> Transmission:
    """Describe an acknowledgement that a partner sent; if it was refused, why."""
    return Transmission(
        stream=stream,
        kind=Kind.ACKNOWLEDGEMENT,
        movement=Movement.RECEIVED,
        sequence=sequence,
        digest=sha256(document).hexdigest(),
        size=len(document),
        at=at,
        failure=failure,
    )


def failure_of(error: GatewayError, *, attempts: int, now: datetime) -> Failure:
    """Tell when to try again what failed after so many attempts before."""
    again = next_attempt(error.code, attempts=attempts, now=now)
    return Failure(code=error.code, why=error.message, next_attempt_at=again)


def next_attempt(code: str, *, attempts: int, now: datetime) -> datetime | None:
    """Tell when to try again, by the code of the failure; none: it is dead.

    A partner that cannot be reached is tried for ever, one that refuses only so often.
    """
    refusal = REFUSALS.get(code)
    # ACC-15: a refusal that does not pass ends in plain sight, not in an endless silence
    if refusal and not refusal.retryable and attempts + 1 >= REFUSALS_UNTIL_DEAD:
        return None
    return now + retry_after(attempts)


def retry_after(attempts: int) -> timedelta:
    """Double the pause with each attempt, up to an hour (SYN-3)."""
    doubled: int = 2 ** min(attempts, 12)
    return min(FIRST_RETRY * doubled, LONGEST_RETRY)
