"""Which list is due in a stream that we issue: FULL or DELTA, at once or when there is a reason.

A DELTA says what moved, so it rests on three things: that we know what the list before it said,
that the partner can follow from there, and that walking the chain costs less than a FULL.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Final

from msgspec import Struct, json

from gateway.domain.acknowledgements import Acknowledgement, Outcome
from gateway.domain.agreements import Disclosure
from gateway.domain.lists import Action, Change, ListHeader, ListKind
from gateway.domain.standing import FULL_WANTED, Roots, compare_roots

CHAIN_LISTS: Final = 500
"""DELTAs after which the next list is FULL: what a partner that starts anew, or was restored, has
to walk then takes about as long as a large FULL; and a body is erased only below a FULL (PUB-7)."""
CHAIN_AGE: Final = timedelta(days=30)
"""The same by age, for quiet streams: retention (90 days) always finds a FULL to erase below."""
SMALL_DELTA: Final = 100
"""Operators that a DELTA may always carry: below it, size is no reason for a FULL."""
LONGEST_INTERVAL: Final = timedelta(hours=1)
QUIET: Final = timedelta(minutes=1)
"""How long after a restore no acknowledgement may have come before lists go out again (PUB-6):
a partner hands over what waited for us oldest first, and the newest is the one that counts."""


class Cause(StrEnum):
    """Why a list is issued: shown by a preview, kept in the audit trail."""

    FIRST = "the first list"
    RESTORED = "the partner has a later list: this gateway was restored from a backup"
    BASE_UNKNOWN = "what the list before it said is not known here"
    SIGNER = "another key signs, or for another adapter"
    PARTNER_LOST = "the partner cannot follow"
    ROOT_DIFFERS = "the partner's root differs from ours"
    ASKED = "the partner asked for it"
    ORDERED = "ordered here"
    PARTNER_REFUSED = "the partner refused the list before"
    CHAIN = "many or old changes since the last FULL"
    LARGE = "the changes are about as large as the whole"
    CHANGED = "something changed"
    RUNS_OUT = "the list before it runs out"


_NEEDED_BY_PARTNER: Final = frozenset(
    {Cause.PARTNER_LOST, Cause.ROOT_DIFFERS, Cause.ASKED, Cause.PARTNER_REFUSED}
)


class Wish(StrEnum):
    """What is issued even if nothing changed."""

    NOTHING = "nothing"
    LIST = "a list"
    FULL = "a FULL"
    FULL_FOR_PARTNER = "a FULL that the partner asked for"


class IssuedState(Struct, frozen=True, kw_only=True):
    """What the list issued last was made from."""

    sequence: int
    change: int
    """The home programme's number of its last change then."""
    rules: str
    """Digest of what the agreement disclosed then (`rules_digest`)."""
    signer: str
    """The adapter that it was sealed for, and hex SHA-256 of the DER certificate that signed it."""
    full_sequence: int
    full_issued_at: datetime
    """The newest FULL."""
    asked_at: datetime | None = None
    """When the last FULL was issued because the partner needed one (SEQ-1)."""
    settled: int = 0
    """What partners acknowledged up to this sequence was settled after a restore (PUB-6)."""


class Restore(Struct, frozen=True, kw_only=True):
    """The database was restored, and nothing was issued in the stream since."""

    restored_at: datetime
    heard_at: datetime | None
    """When the last acknowledgement came since, a repeated one too."""


class Footing(Struct, frozen=True, kw_only=True):
    """What the next list of a stream stands on: what was issued, and what the partner has of it."""

    newest: ListHeader | None = None
    """The list issued last."""
    state: IssuedState | None = None
    acknowledgement: Acknowledgement | None = None
    """The partner's newest."""
    applied: ListHeader | None = None
    """Our list with the sequence that the partner says it has applied."""
    unknown: Acknowledgement | None = None
    """One for a list that we do not have: above our newest, or another with its sequence."""
    restore: Restore | None = None

    @property
    def base(self) -> IssuedState | None:
        """What a DELTA can be computed from: the state of exactly the list before it (SEQ-2)."""
        state, newest = self.state, self.newest
        return state if state and newest and state.sequence == newest.sequence else None

    @property
    def waits_for_partner(self) -> bool:
        """Tell whether nothing came from the partner since a restore."""
        return self.restore is not None and self.restore.heard_at is None

    def may_issue(self, now: datetime) -> bool:
        """Tell whether lists may go out, as far as restores are concerned (PUB-6)."""
        # PUB-6: after a restore no list goes out before the partner's acknowledgement was read
        if self.restore is not None:
            heard_at = self.restore.heard_at
            return heard_at is not None and now >= heard_at + QUIET
        return True


class Full(Struct, frozen=True):
    """The next list is FULL."""

    cause: Cause
    at_once: bool
    """Also if nothing changed and the last list does not run out."""


class Due(Struct, frozen=True):
    """A list to be issued."""

    kind: ListKind
    cause: Cause


def find_full(
    footing: Footing, *, signer: str, wish: Wish, now: datetime, period: timedelta
) -> Full | None:
    """Tell whether the next list has to be FULL, whatever changed, or none if a DELTA will do."""
    base = footing.base
    if base is None or footing.newest is None or footing.unknown is not None:
        return _begin(footing)
    # PUB-4: what the partner may not accept any more, or cannot get, is followed by a FULL
    if base.signer != signer:
        return Full(Cause.SIGNER, at_once=True)
    if wish is Wish.FULL:
        return Full(Cause.ORDERED, at_once=True)
    needed = _needed_by_partner(footing, base, wish)
    # SEQ-1: a FULL that the partner needs comes at most once an interval
    if base.asked_at is not None and now < base.asked_at + full_interval(period):
        needed = None
    if needed is not None:
        return needed
    # So that the chain stays short; when there is a reason for a list anyway.
    if (
        footing.newest.sequence - base.full_sequence >= CHAIN_LISTS
        or now >= base.full_issued_at + CHAIN_AGE
    ):
        return Full(Cause.CHAIN, at_once=False)
    return None


def find_due(
    footing: Footing,
    full: Full | None,
    *,
    root: str,
    is_large: bool,
    wish: Wish,
    now: datetime,
    period: timedelta,
) -> Due | None:
    """Tell which list is to be issued now, or none if the last one still says everything.

    Args:
        footing: What the list stands on.
        full: What `find_full` said.
        root: The root of what the partner would see.
        is_large: What moved since the list issued last is about as much as the whole.
        wish: What is asked for even if nothing changed.
        now: The moment of issue.
        period: The agreement's time between lists.
    """
    newest, cause = footing.newest, None
    # PUB-3: a heartbeat before the next update is due
    if wish is Wish.LIST or runs_out(newest, period, now):
        cause = Cause.ORDERED if wish is Wish.LIST else Cause.RUNS_OUT
    # PUB-3: a new list when something changed
    if newest is not None and newest.state_root != root:
        cause = Cause.CHANGED
    if full is not None:
        return Due(ListKind.FULL, full.cause) if full.at_once or cause else None
    if cause is Cause.CHANGED and is_large:
        return Due(ListKind.FULL, Cause.LARGE)
    return None if cause is None else Due(ListKind.DELTA, cause)


def runs_out(newest: ListHeader | None, period: timedelta, now: datetime) -> bool:
    """Tell whether a new list is needed before the next update is due (PUB-3).

    Half a period early, so that a partner that asks once a period finds it in time.
    """
    return newest is None or now >= newest.next_update_at - period / 2


def full_interval(period: timedelta) -> timedelta:
    """Return the shortest time between two FULLs that a partner needs (SEQ-1).

    A quarter of the agreement's period, an hour at most: a partner that loses its way twice waits
    no longer than that, and one that asks without end costs at most 24 FULLs a day.
    """
    return min(period / 4, LONGEST_INTERVAL)


def is_large(changes: Sequence[Change], quantity: int) -> bool:
    """Tell whether a DELTA carries so many operators that a FULL costs hardly more, and heals."""
    carried = sum(change.action is not Action.REMOVE for change in changes)
    return carried > SMALL_DELTA and carried * 2 > quantity


def is_needed_by_partner(cause: Cause) -> bool:
    """Tell whether a FULL with this cause counts against the interval of SEQ-1."""
    return cause in _NEEDED_BY_PARTNER


def rules_digest(disclosure: Disclosure) -> str:
    """Return what tells two rules of disclosure apart: under others everything is compared."""
    return sha256(json.encode(disclosure, order="sorted")).hexdigest()


def _begin(footing: Footing) -> Full:
    """Return why there is nothing that a DELTA could be computed from."""
    # PUB-6: what the partner has and we have not is gone on from with a FULL
    if footing.unknown is not None:
        return Full(Cause.RESTORED, at_once=True)
    # Sequence 1 is FULL (SEQ-1), and a DELTA's base is sequence - 1 as issued (SEQ-2).
    return Full(Cause.BASE_UNKNOWN if footing.newest else Cause.FIRST, at_once=True)


def _needed_by_partner(footing: Footing, base: IssuedState, wish: Wish) -> Full | None:
    # SEQ-1: a FULL asked for is a new list
    if wish is Wish.FULL_FOR_PARTNER:
        return Full(Cause.ASKED, at_once=True)
    answer, applied = footing.acknowledgement, footing.applied
    # What was answered before the newest FULL has been healed by it.
    if answer is None or answer.sequence < base.full_sequence:
        return None
    # EXC-4: an acknowledged root that is not ours
    if compare_roots(answer, applied) is Roots.DIFFERS:
        return Full(Cause.ROOT_DIFFERS, at_once=True)
    codes = {reason.code for reason in answer.reasons}
    # SYN-5: gap, wrong root, wrong chain
    if answer.outcome is Outcome.REFUSED and not FULL_WANTED.isdisjoint(codes):
        return Full(Cause.PARTNER_LOST, at_once=True)
    # ACC-13: a list that was rejected is followed by a FULL; one with the same root is held again
    if answer.outcome in {Outcome.REFUSED, Outcome.REJECTED}:
        return Full(Cause.PARTNER_REFUSED, at_once=False)
    return None
