"""Whether a verified, decoded list is accepted: section 5 of the protocol, as one pure function.

The rules, in this order; the first that speaks ends it, and the accepted state stays as it was:

1. ACC-5   seen before with this digest: answer as before - unless that answer was a refusal.
2. ACC-6   contradicts a list that was seen, by digest or by chain: hold, alarm.
           The stream waits for an officer: hold. Once it is open again, a FULL comes first.
3. ACC-7   lower than the accepted sequence, or than one that we acknowledged before we were
           restored from a backup, and never seen: refuse, alarm.
4. ACC-8   not higher than what is accepted, held or rejected: refuse. A DELTA whose base is
           neither the accepted list nor the newest held one: refuse, ask for a FULL.
5. ACC-9   issued in the future, before the accepted list, or with a next update that the agreement
           does not allow: refuse for now, judge afresh when it comes again.
6. ACC-10  operators out of order or twice, or too many unusable ones: refuse and name them.
           A DELTA that adds who is listed, or changes or removes who is not (SEQ-2): a gap.
7. ACC-11  another number of operators or another state root than signed: refuse, ask for a FULL.
8. ACC-13  a DELTA on the newest held list: it waits with it. A FULL with a state that an officer
           rejected: hold.
9. ACC-12  a mass change against the list before or the state of 24 hours before: hold. The first
           list of a new epoch is measured against the state of the epoch before (SEQ-3).
10. SEQ-3  more than 1,000 sequences ahead: hold. Holds come last, because a list that is wrong
           anyway shall be refused.

What is not here: size, signature and shape (ACC-0 to ACC-3) come before, in the feeds and in
`services`; that a list came too late to decide is no reason to refuse it (ACC-9): it raises the
floor and brings suspensions, and `freshness` says STALE.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from gateway.domain.acknowledgements import Outcome, Reason
from gateway.domain.agreements import Agreement, Review
from gateway.domain.decisions import (
    AcceptedHead,
    AcceptedState,
    Apply,
    Decision,
    Find,
    HeldChange,
    HeldHead,
    Hold,
    Incoming,
    ReasonCode,
    Refuse,
    Repeat,
    SeenList,
)
from gateway.domain.errors import WrongStreamError
from gateway.domain.identifiers import Checks
from gateway.domain.lists import ListHeader, ListKind, StatusList, Stream
from gateway.domain.mass_change import DayBefore, excess, turnover, turnover_of_the_day
from gateway.domain.profiles import Limits
from gateway.domain.restrictions import restricted_by
from gateway.domain.state_change import StateChange, lay_over
from gateway.domain.usability import marks_after, misplaced, rulebook_of, too_many

LONGEST_JUMP = 1_000
"""Sequences (SEQ-3)."""
MOST_NAMED = 1_000
"""Operators that one refusal names: the acknowledgement has to fit into a message."""


def require_stream(header: ListHeader, stream: Stream) -> None:
    """Check that a list belongs to the stream in which it came.

    Raises:
        WrongStreamError: Issuer, recipient, agreement, test indicator or epoch are another's.
    """
    claimed = header.stream
    # ACC-4: all five; a test list never reaches the production registry
    if claimed != stream:
        message = f"a list of stream {claimed}, not of {stream}"
        raise WrongStreamError(message, context={"claimed": str(claimed), "stream": str(stream)})


def base_of(
    header: ListHeader, head: AcceptedHead | None, held: HeldHead | None
) -> AcceptedHead | HeldHead | None:
    """Return the list whose state an incoming one is laid over (ACC-8, ACC-13).

    None for a first list, which is laid over nothing, and for a DELTA that fits nowhere.
    """
    if header.kind is ListKind.FULL:
        return head
    for base in (held, head):
        follows = base is not None and base.header.sequence == header.sequence - 1
        if follows and base is not None and base.list_digest == header.previous_digest:
            return base
    return None


def decide(
    state: AcceptedState,
    incoming: Incoming,
    *,
    agreement: Agreement,
    limits: Limits,
    now: datetime,
    checks: Checks,
) -> Decision:
    """Decide what becomes of a list that passed ACC-0 to ACC-4.

    Args:
        state: What was accepted and seen before.
        incoming: The list, with its digest computed here.
        agreement: Its rules, territory, spans of time, and when lists are held.
        limits: Clock skew, and how many operators may be unusable.
        now: The moment of this run.
        checks: Check digits by name, for identifier schemes.

    Raises:
        ConfigError: An identifier scheme of the agreement cannot be used.
    """
    return _place(state, incoming) or _judge(
        state, incoming, agreement=agreement, limits=limits, now=now, checks=checks
    )


def _place(  # noqa: PLR0911 - the rules in their order, on one page
    state: AcceptedState, incoming: Incoming
) -> Decision | None:
    """Judge a list by its place among those that were seen; none if it may go on."""
    header, head = incoming.list.header, state.head

    # ACC-5: the same list again changes nothing, unless it was refused: then it is judged afresh
    if settled := _settled(state, incoming):
        return Repeat(seen=settled)

    # ACC-6: two lists with one sequence, or two pasts: equivocation
    if contradictions := _contradictions(state, incoming):
        return Hold(reasons=contradictions, alarms=("equivocation",))
    # ACC-6: only an officer opens the stream again
    if state.held_since is not None:
        return Hold(reasons=(_reason(ReasonCode.STREAM_HELD, f"held since {state.held_since}"),))

    accepted = 0 if head is None else head.header.sequence
    # ACC-7: never seen and lower than what is accepted, or was before a backup: rollback
    if state.seen is None and header.sequence < max(accepted, state.floor):
        lower = _not_higher(ReasonCode.ROLLBACK, max(accepted, state.floor))
        return Refuse(reasons=(lower,), alarms=("rollback",))

    # ACC-8: this one was refused before, then overtaken; or its sequence was spent by a held list
    if header.sequence <= max(accepted, state.spent):
        overtaken = _not_higher(ReasonCode.OVERTAKEN, max(accepted, state.spent))
        return Refuse(reasons=(overtaken,))
    # ACC-6: after an officer opened the stream, only a FULL goes on
    if header.kind is ListKind.DELTA and state.reopened:
        gap = _reason(ReasonCode.GAP, "the stream was opened again", "header/kind")
        return Refuse(reasons=(gap,), full_wanted=True)
    # ACC-8: the base of a DELTA is the accepted list or the newest held one
    if header.kind is ListKind.DELTA and base_of(header, head, state.held) is None:
        gap = _reason(ReasonCode.GAP, f"accepted is {accepted}", "header/previousDigest")
        return Refuse(reasons=(gap,), full_wanted=True)
    return None


def _judge(  # noqa: PLR0911 - as above
    state: AcceptedState,
    incoming: Incoming,
    *,
    agreement: Agreement,
    limits: Limits,
    now: datetime,
    checks: Checks,
) -> Decision:
    """Judge a list by what it says."""
    header, head = incoming.list.header, _serving(state)

    # ACC-9: times
    if problems := time_problems(head, header, agreement, limits, now):
        return Refuse(reasons=problems, transient=True, alarms=_clock_alarm(head, limits, now))

    # ACC-10: one order, no id twice
    if wrong := misplaced(incoming.list.ids):
        return Refuse(reasons=_named(wrong))
    change = lay_over(state.base, incoming.list)
    # SEQ-2: who is added was not listed, who is changed or removed was
    if change.misfits:
        return Refuse(reasons=_named(_misfits(change)), full_wanted=True)
    marks = marks_after(
        state.judged,
        change,
        state.find,
        agreement=agreement,
        issued_at=header.issued_at,
        checks=checks,
    )
    alarms = _territory_alarm(marks, state.judged.marks)
    # ACC-10: a few unusable operators are marked; many mean that the list is not what it should be
    if excess := too_many(marks, change.quantity, limits):
        summary = _reason(ReasonCode.TOO_MANY_UNUSABLE, excess)
        return Refuse(reasons=(summary, *_named(list(marks.values()))), alarms=alarms)

    # ACC-11: the state is what was signed
    if problems := _state_problems(header, change):
        return Refuse(reasons=problems, full_wanted=True)

    rulebook = rulebook_of(agreement, header.issued_at)
    served = _laid_over_what_serves(state, incoming.list, change)
    # ACC-12, ACC-13, SEQ-3: verified and sound, but not without an officer
    if waits := _waits(state, header, served, agreement.review):
        restricts = agreement.review.restrict_held
        held = HeldChange(
            change=change,
            joins=_joins(state, header),
            unusable=marks,
            rulebook=rulebook,
            restricted=restricted_by(served.change, served.find) if restricts else {},
        )
        return Hold(reasons=waits, held=held, alarms=alarms)

    return Apply(change=change, unusable=marks, rulebook=rulebook, alarms=alarms)


class _Served(Struct, frozen=True):
    """What a list makes of the state that lookups are answered from until it is applied."""

    change: StateChange
    quantity: int
    """Operators in that state."""
    day: DayBefore | None
    find: Find


def _serving(state: AcceptedState) -> AcceptedHead | None:
    if state.head is None and state.predecessor is not None:
        return state.predecessor.head
    return state.head


def _laid_over_what_serves(
    state: AcceptedState, status_list: StatusList, change: StateChange
) -> _Served:
    before = state.predecessor
    # SEQ-3: the first list of an epoch takes the place of the state of the epoch before
    if before is not None:
        over = lay_over(before.base, status_list)
        return _Served(over, before.base.quantity, before.day, before.find)
    return _Served(change, state.base.quantity, state.day, state.find)


def _waits(
    state: AcceptedState, header: ListHeader, served: _Served, review: Review
) -> tuple[Reason, ...]:
    """Say why an officer has to see a sound list, or nothing."""
    # ACC-13: what stands on a held list waits with it
    if _joins(state, header):
        return (_reason(ReasonCode.BASE_HELD, f"list {header.sequence - 1} is held"),)
    # The first list of a stream is confirmed by the go-live approval.
    head = _serving(state)
    if head is None:
        return ()
    change = served.change
    # ACC-13: what an officer rejected does not come in by another list
    if change.root in state.rejected_roots:
        text = "an officer rejected a list with this state"
        return (_reason(ReasonCode.REJECTED_BEFORE, text, "header/stateRoot"),)
    measured = [turnover(change, served.quantity)]
    # ACC-12: in small steps it is a mass change too
    if served.day is not None:
        measured.append(turnover_of_the_day(change, served.day))
    told = dict.fromkeys(filter(None, (excess(one, review) for one in measured)))
    # ACC-12: more than the agreement lets pass unseen
    if told:
        return tuple(_reason(ReasonCode.MASS_CHANGE, text) for text in told)
    last = 0 if state.head is None else state.head.header.sequence
    # SEQ-3: a jump so far would lock the stream if it were a mistake
    if header.sequence - last > LONGEST_JUMP:
        jump = f"{header.sequence} follows {last}"
        return (_reason(ReasonCode.SEQUENCE_JUMP, jump, "header/sequence"),)
    return ()


def _joins(state: AcceptedState, header: ListHeader) -> bool:
    return isinstance(base_of(header, state.head, state.held), HeldHead)


def _misfits(change: StateChange) -> list[Reason]:
    text = "is added though it is listed, or changed or removed though it is not"
    return [_reason(ReasonCode.GAP, text, one) for one in change.misfits]


def _settled(state: AcceptedState, incoming: Incoming) -> SeenList | None:
    seen = state.seen
    if seen is None or seen.list_digest != incoming.list_digest:
        return None
    # ACC-5: what was refused may be right by now: another time, other rules, other limits
    if seen.acknowledgement.acknowledgement.outcome is Outcome.REFUSED:
        return None
    return seen


def _contradictions(state: AcceptedState, incoming: Incoming) -> tuple[Reason, ...]:
    header = incoming.list.header
    known = {seen.sequence: seen.list_digest for seen in (state.seen_previous, state.seen) if seen}
    if state.head is not None:
        known[state.head.header.sequence] = state.head.list_digest
    found = []
    # ACC-6: applied, held or refused: what was seen with this sequence is the list with it
    if known.get(header.sequence, incoming.list_digest) != incoming.list_digest:
        text = f"another list with this sequence was seen: {known[header.sequence]}"
        found.append(_reason(ReasonCode.EQUIVOCATION, text, "header/sequence"))
    before = header.sequence - 1
    # ACC-6: the chain names the list before as it was seen
    if known.get(before, header.previous_digest) != header.previous_digest:
        text = f"the list with sequence {before} was seen with digest {known[before]}"
        found.append(_reason(ReasonCode.EQUIVOCATION, text, "header/previousDigest"))
    return tuple(found)


def time_problems(
    head: AcceptedHead | None,
    header: ListHeader,
    agreement: Agreement,
    limits: Limits,
    now: datetime,
) -> tuple[Reason, ...]:
    """Say why the times of a list are wrong now, over the accepted one if there is one (ACC-9)."""
    issued, following = header.issued_at, header.next_update_at
    found = []
    # ACC-9: issued no later than now plus the tolerated skew
    if issued > now + limits.clock_skew:
        text = f"issued at {issued}, our clock says {now}"
        found.append(_reason(ReasonCode.ISSUED_IN_FUTURE, text, "header/issuedAt"))
    # ACC-9: not before the accepted list
    if head is not None and issued < head.header.issued_at:
        text = f"issued at {issued}, the accepted list at {head.header.issued_at}"
        found.append(_reason(ReasonCode.ISSUED_BEFORE_ACCEPTED, text, "header/issuedAt"))
    # ACC-9: within the agreement's maximum, and after issue
    if not issued < following <= issued + agreement.max_next_update:
        text = f"next update at {following}, issued at {issued}"
        found.append(_reason(ReasonCode.NEXT_UPDATE_INVALID, text, "header/nextUpdateAt"))
    return tuple(found)


def _clock_alarm(head: AcceptedHead | None, limits: Limits, now: datetime) -> tuple[str, ...]:
    """Tell that our own clock must be wrong: an accepted list lies in its future (ACC-9)."""
    behind = head is not None and head.header.issued_at > now + limits.clock_skew
    return ("our clock is behind the accepted list",) if behind else ()


def _state_problems(header: ListHeader, change: StateChange) -> tuple[Reason, ...]:
    count = change.quantity
    found = []
    # ACC-11: the number of operators
    if count != header.quantity:
        text = f"{count} operators are in the state, the header says {header.quantity}"
        found.append(_reason(ReasonCode.COUNT_MISMATCH, text, "header/quantity"))
    # ACC-11, STA-4: the root is computed here, never believed
    if change.root != header.state_root:
        text = f"computed {change.root}, the header says {header.state_root}"
        found.append(_reason(ReasonCode.ROOT_MISMATCH, text, "header/stateRoot"))
    return tuple(found)


def _territory_alarm(marks: Mapping[str, Reason], before: Mapping[str, Reason]) -> tuple[str, ...]:
    foreign = [
        operator_id
        for operator_id, reason in marks.items()
        if reason.code == ReasonCode.OPERATOR_TERRITORY and before.get(operator_id) != reason
    ]
    # ACC-10: foreign territory alarms, however few they are
    if foreign:
        return (f"foreign territory: {', '.join(foreign[:10])}",)
    return ()


def _named(reasons: Sequence[Reason]) -> tuple[Reason, ...]:
    return tuple(reasons[:MOST_NAMED])


def _not_higher(code: ReasonCode, sequence: int) -> Reason:
    return _reason(code, f"{sequence} is accepted or spent", "header/sequence")


def _reason(code: ReasonCode, text: str, pointer: str | None = None) -> Reason:
    return Reason(code=code, text=text, pointer=pointer)
