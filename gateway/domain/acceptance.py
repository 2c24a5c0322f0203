"""Whether a verified, decoded list is accepted: section 5 of the protocol, as one pure function.

The rules, in this order; the first that speaks ends it, and the accepted state stays as it was:

1. ACC-5   seen before with this digest: answer as before - unless that answer was a refusal.
2. ACC-6   contradicts a list that was seen, by digest or by chain: hold, alarm.
           The stream waits for an officer: hold.
3. ACC-7   lower than the accepted sequence and never seen: refuse, alarm.
4. ACC-8   a DELTA whose base is not the accepted list: refuse, ask for a FULL (in this release:
           every DELTA). A FULL that is not higher than the accepted list: refuse.
5. ACC-9   issued in the future, before the accepted list, or with a next update that the agreement
           does not allow: refuse for now, judge afresh when it comes again.
6. ACC-10  operators out of order or twice, or too many unusable ones: refuse and name them.
7. ACC-11  another number of operators or another state root than signed: refuse, ask for a FULL.
8. SEQ-3   more than 1,000 sequences ahead: hold. Last, because a list that is wrong anyway shall
           be refused and not stop the stream.

What is not here: size, signature and shape (ACC-0 to ACC-3) come before, in the feeds and in
`services`; that a list came too late to decide is no reason to refuse it (ACC-9): it raises the
floor and brings suspensions, and `freshness` says STALE. ACC-12 and ACC-13 come later.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from gateway.domain.acknowledgements import Outcome, Reason
from gateway.domain.agreements import Agreement
from gateway.domain.decisions import (
    AcceptedHead,
    AcceptedState,
    Apply,
    Decision,
    Hold,
    Incoming,
    ReasonCode,
    Refuse,
    Repeat,
    SeenList,
)
from gateway.domain.errors import WrongStreamError
from gateway.domain.identifiers import Checks
from gateway.domain.lists import ListHeader, ListKind, Stream
from gateway.domain.profiles import Limits
from gateway.domain.usability import mark_unusable, misplaced, too_many

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


def decide(  # noqa: C901, PLR0911 - the rules in their order, on one page
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
        incoming: The list, with digest and root computed here.
        agreement: Its rules, territory and spans of time.
        limits: Clock skew, and how many operators may be unusable.
        now: The moment of this run.
        checks: Check digits by name, for identifier schemes.

    Raises:
        ConfigError: An identifier scheme of the agreement cannot be used.
    """
    header, head, operators = incoming.list.header, state.head, incoming.list.operators

    # ACC-5: the same list again changes nothing, unless it was refused: then it is judged afresh
    if settled := _settled(state, incoming):
        return Repeat(seen=settled)

    # ACC-6: two lists with one sequence, or two pasts: equivocation
    if contradictions := _contradictions(state, incoming):
        return Hold(reasons=contradictions, alarms=("equivocation",))
    # ACC-6: only an officer opens the stream again
    if state.held_since is not None:
        return Hold(reasons=(_reason(ReasonCode.STREAM_HELD, f"held since {state.held_since}"),))

    # ACC-7: never seen and lower than what is accepted: rollback
    if state.seen is None and head is not None and header.sequence < head.header.sequence:
        return Refuse(reasons=(_not_higher(ReasonCode.ROLLBACK, head),), alarms=("rollback",))

    # ACC-8: the base of a DELTA is the accepted list; this release applies none
    if header.kind is ListKind.DELTA:
        gap = _reason(ReasonCode.GAP, "changes are not applied yet", "header/kind")
        return Refuse(reasons=(gap,), full_wanted=True)
    # ACC-8: a FULL has a higher sequence; this one was refused before, then overtaken
    if head is not None and header.sequence <= head.header.sequence:
        return Refuse(reasons=(_not_higher(ReasonCode.OVERTAKEN, head),))

    # ACC-9: times
    if problems := _time_problems(head, header, agreement, limits, now):
        return Refuse(reasons=problems, transient=True, alarms=_clock_alarm(head, limits, now))

    # ACC-10: one order, no id twice
    if wrong := misplaced(operators):
        return Refuse(reasons=_named(wrong))
    marks = mark_unusable(operators, agreement=agreement, issued_at=header.issued_at, checks=checks)
    alarms = _territory_alarm(marks)
    # ACC-10: a few unusable operators are marked; many mean that the list is not what it should be
    if excess := too_many(marks, len(operators), limits):
        summary = _reason(ReasonCode.TOO_MANY_UNUSABLE, excess)
        return Refuse(reasons=(summary, *_named(list(marks.values()))), alarms=alarms)

    # ACC-11: the state is what was signed
    if problems := _state_problems(incoming):
        return Refuse(reasons=problems, full_wanted=True)

    # SEQ-3: a jump so far would lock the stream if it were a mistake
    if head is not None and header.sequence - head.header.sequence > LONGEST_JUMP:
        jump = f"{header.sequence} follows {head.header.sequence}"
        return Hold(reasons=(_reason(ReasonCode.SEQUENCE_JUMP, jump, "header/sequence"),))

    return Apply(unusable=marks, alarms=alarms)


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


def _time_problems(
    head: AcceptedHead | None,
    header: ListHeader,
    agreement: Agreement,
    limits: Limits,
    now: datetime,
) -> tuple[Reason, ...]:
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


def _state_problems(incoming: Incoming) -> tuple[Reason, ...]:
    header, count = incoming.list.header, len(incoming.list.operators)
    found = []
    # ACC-11: the number of operators
    if count != header.quantity:
        text = f"{count} operators came, the header says {header.quantity}"
        found.append(_reason(ReasonCode.COUNT_MISMATCH, text, "header/quantity"))
    # ACC-11, STA-4: the root is computed here, never believed
    if incoming.root != header.state_root:
        text = f"computed {incoming.root}, the header says {header.state_root}"
        found.append(_reason(ReasonCode.ROOT_MISMATCH, text, "header/stateRoot"))
    return tuple(found)


def _territory_alarm(marks: Mapping[str, Reason]) -> tuple[str, ...]:
    foreign = [
        operator_id
        for operator_id, reason in marks.items()
        if reason.code == ReasonCode.OPERATOR_TERRITORY
    ]
    # ACC-10: foreign territory alarms, however few they are
    if foreign:
        return (f"foreign territory: {', '.join(foreign[:10])}",)
    return ()


def _named(reasons: Sequence[Reason]) -> tuple[Reason, ...]:
    return tuple(reasons[:MOST_NAMED])


def _not_higher(code: ReasonCode, head: AcceptedHead) -> Reason:
    return _reason(code, f"accepted is {head.header.sequence}", "header/sequence")


def _reason(code: ReasonCode, text: str, pointer: str | None = None) -> Reason:
    return Reason(code=code, text=text, pointer=pointer)
