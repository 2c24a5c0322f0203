"""Accepting lists (section 5 of the protocol): decided on what was read, written in one go."""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from functools import partial

from msgspec import Struct, structs
from sqlalchemy import Connection, update

from gateway.domain.acceptance import base_of
from gateway.domain.acknowledgements import Outcome, SealedAcknowledgement
from gateway.domain.decisions import (
    NOTHING_KNOWN,
    AcceptedState,
    Apply,
    Decision,
    Find,
    HeldHead,
    Hold,
    Incoming,
    Known,
    Refuse,
    Repeat,
)
from gateway.domain.errors import ConflictError
from gateway.domain.grounds import Ground, rest_on
from gateway.domain.lists import ListHeader, Stream
from gateway.domain.operators import Operator
from gateway.domain.parties import Actor
from gateway.domain.state_change import touched_buckets
from gateway.ports.leases import Lease
from gateway.ports.registry import Accepted, Conclude, Decide, Revise
from gateway.store.audit_chain import append_event
from gateway.store.base_states import (
    find_accepted,
    find_held,
    read_base,
    read_day,
    read_held_base,
    read_held_judged,
    read_judged,
)
from gateway.store.current_lists import CurrentLists
from gateway.store.differences import NOTHING, Differences, compare
from gateway.store.epochs import close_before, find_predecessor, read_predecessor
from gateway.store.hold_writes import end_hold, lift_restrictions, restrict, write_hold
from gateway.store.leases import require_lease
from gateway.store.registry_state import Basis, read_basis, read_head
from gateway.store.registry_writes import (
    Coming,
    is_transient,
    reason_codes,
    write_acknowledgement,
    write_delivery,
    write_document,
    write_head,
    write_operators,
    write_seen,
    write_state,
)
from gateway.store.revisions import (
    Answers,
    Revision,
    read_open_answers,
    revise_all,
    write_revisions,
)
from gateway.store.schema import streams
from gateway.store.streams import StreamRow, add_stream, find_stream, move_stream, raise_version


class _Verdict(Struct, frozen=True, kw_only=True):
    """All that the transaction writes, computed before it begins."""

    decision: Apply | Hold | Refuse
    sealed: SealedAcknowledgement
    differences: Differences
    before: tuple[StreamRow, Stream] | None
    """The epoch that serves until this list is applied."""
    superseded: Mapping[int, list[Revision]]
    """By hold whose place the list takes, the newer answers to its lists (ACC-13)."""


class AcceptedLists(CurrentLists):
    """`ports.registry.Registry` on a database."""

    def accept(
        self,
        incoming: Incoming,
        decide: Decide,
        conclude: Conclude,
        revise: Revise,
        actor: Actor,
        *,
        lease: Lease | None = None,
    ) -> Accepted:
        """Decide on a list and write the outcome in one transaction, or nothing at all (ACC-14).

        Raises:
            ConflictError: Another process was first, or the list was decoded against another state
                than the accepted one; nothing was written.
            DatabaseUnavailableError: Nothing was written.
            StoreError: Nothing was written.
        """
        with self._database.read() as connection:
            basis = read_basis(connection, incoming)
            state = self._laid_under(connection, incoming, basis)
            before = find_predecessor(connection, state.stream) if state.head is None else None
            if before is not None:
                state = self._after(connection, state, before[0], incoming.received_at)
            waiting = {} if basis.row is None else read_open_answers(connection, basis.row.id)
        decision = decide(state)
        if isinstance(decision, Repeat):
            return Accepted(
                decision=decision, acknowledgement=decision.seen.acknowledgement, changed=0
            )
        verdict = _Verdict(
            decision=decision,
            sealed=conclude(state, decision),
            differences=_differences(decision, state),
            before=before,
            superseded=_superseded(incoming, decision, basis, waiting, revise),
        )
        with self._database.write() as connection:
            # SYN-1: a run that another one took over from writes nothing
            if lease is not None:
                require_lease(connection, lease)
            _write(connection, incoming, basis, verdict, actor)
        return Accepted(
            decision=decision, acknowledgement=verdict.sealed, changed=verdict.differences.changed
        )

    def known(self, stream: Stream) -> Known:
        """Return what a FULL of this stream is decoded against.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: It answers with an error.
        """
        with self._database.read() as connection:
            row = find_stream(connection, stream)
            head = None if row is None else read_head(connection, row.id)
            if row is None or head is None:
                return NOTHING_KNOWN
            base = read_base(connection, row.id, head.header.quantity, None)
            return Known(base, row.revision)

    def raise_floor(self, stream: Stream, sequence: int, actor: Actor, now: datetime) -> bool:
        """Refuse what is lower from now on (EXC-1); tell whether the floor moved. Audited.

        Raises:
            DatabaseUnavailableError: Nothing was written.
            StoreError: Nothing was written.
        """
        with self._database.write() as connection:
            row = find_stream(connection, stream)
            stream_id = add_stream(connection, stream) if row is None else row.id
            moved = connection.execute(
                update(streams)
                .where(streams.c.id == stream_id, streams.c.floor < sequence)
                .values(floor=sequence, revision=streams.c.revision + 1)
            )
            if moved.rowcount == 0:
                return False
            append_event(
                connection,
                action="alarm.restored",
                subject=str(stream),
                facts={"floor": str(sequence)},
                actor=actor,
                at=now,
            )
            return True

    def _laid_under(
        self, connection: Connection, incoming: Incoming, basis: Basis
    ) -> AcceptedState:
        """Complete the state with what the list is laid over, as far as the list needs it."""
        state, row, status_list = basis.state, basis.row, incoming.list
        if row is None:
            return state
        head, stream_id = state.head, row.id
        numbers = touched_buckets(status_list)
        base = base_of(status_list.header, head, state.held)
        if isinstance(base, HeldHead) and basis.hold_id is not None:
            hold_id = basis.hold_id

            quantity = base.header.quantity
            return structs.replace(
                state,
                base=read_held_base(connection, stream_id, hold_id, quantity, numbers),
                judged=read_held_judged(connection, hold_id),
                find=self._finder(partial(find_held, stream_id=stream_id, hold_id=hold_id)),
            )
        if base is None or head is None:
            return state
        known = incoming.known
        if known.revision is None:
            laid = read_base(connection, stream_id, head.header.quantity, numbers)
        elif known.revision == row.revision:
            laid = known.base
        else:
            # What was not decoded again is not known to be what is stored now.
            raise ConflictError(f"stream {state.stream} moved while a list was decoded")

        return structs.replace(
            state,
            base=laid,
            day=read_day(connection, stream_id, head, incoming.received_at),
            judged=read_judged(connection, stream_id, head),
            find=self._finder(partial(find_accepted, stream_id=stream_id)),
        )

    def _after(
        self, connection: Connection, state: AcceptedState, before: StreamRow, now: datetime
    ) -> AcceptedState:
        """Complete the state with that of the epoch before (SEQ-3)."""
        find = self._finder(partial(find_accepted, stream_id=before.id))
        predecessor = read_predecessor(connection, before, find, now)
        return structs.replace(state, predecessor=predecessor)

    def _finder(self, read: Callable[..., Iterable[Operator]]) -> Find:
        def find(ids: Collection[str] | None) -> Iterable[Operator]:
            with self._database.read() as connection:
                yield from read(connection, ids=ids)

        return find


def _differences(decision: Decision, state: AcceptedState) -> Differences:
    if not isinstance(decision, Apply):
        return NOTHING
    change = decision.change
    return compare(change.coming, change.before, decision.unusable, state.judged.marks)


def _superseded(
    incoming: Incoming,
    decision: Apply | Hold | Refuse,
    basis: Basis,
    waiting: Answers,
    revise: Revise,
) -> Mapping[int, list[Revision]]:
    """Return the holds whose place the list takes: all if it is applied, else that of a list."""
    head = basis.state.head
    applied: ListHeader | None
    match decision:
        case Apply():
            ending, applied = set(waiting), incoming.list.header
        case Hold(held=held) if held is not None and not held.joins and basis.hold_id is not None:
            ending, applied = {basis.hold_id}, None if head is None else head.header
        case _:
            return {}
    return {
        hold_id: revise_all(waiting[hold_id], Outcome.SUPERSEDED, applied, revise)
        for hold_id in sorted(ending)
    }


def _write(
    connection: Connection, incoming: Incoming, basis: Basis, verdict: _Verdict, actor: Actor
) -> None:
    """Write everything, or raise: the caller's transaction is then rolled back."""
    decision, head, now = verdict.decision, basis.state.head, incoming.received_at
    stream_id = move_stream(connection, basis.state.stream, basis.row)
    match decision:
        case Apply():
            coming = _coming(incoming, decision, basis)
            write_operators(connection, stream_id, verdict.differences, coming)
            write_state(connection, stream_id, decision.change.tree, decision.change.buckets)
            version = raise_version(connection)
            write_head(connection, stream_id, coming, version)
            # ACC-13: restrictions stay until the next applied list
            lift_restrictions(connection, stream_id, coming.known_from, version)
            if verdict.before is not None:
                row, stream = verdict.before
                # SEQ-3: what was measured against still serves; then its epoch is closed
                move_stream(connection, stream, row)
                close_before(connection, basis.state.stream, now, version)
        case Hold():
            joined = basis.stop_id
            if decision.held is not None:
                joined = basis.hold_id if decision.held.joins else None
            hold_id = write_hold(
                connection,
                stream_id,
                incoming,
                decision,
                over=0 if head is None else head.number,
                joined=joined,
            )
            version = raise_version(connection)
            if decision.held is not None:
                restricted = decision.held.restricted
                # ACC-12: restrictions act at once
                restrict(connection, stream_id, hold_id, restricted, now=now, version=version)
        case Refuse():
            pass
    for hold_id, revisions in verdict.superseded.items():
        end_hold(connection, hold_id, now, Outcome.SUPERSEDED, None)
        write_revisions(connection, stream_id, revisions, now)
    acknowledgement_id = write_acknowledgement(connection, stream_id, verdict.sealed)
    # ACC-15: the answer waits in the outbox until the partner has it
    write_delivery(connection, stream_id, acknowledgement_id, now)
    outcome = verdict.sealed.acknowledgement.outcome.value
    # ACC-5: seen, whatever became of it
    write_seen(
        connection,
        stream_id,
        incoming,
        outcome=outcome,
        transient=is_transient(decision),
        acknowledgement_id=acknowledgement_id,
    )
    # ACC-0: known by its bytes from now on
    if not basis.known_document:
        write_document(connection, stream_id, incoming)
    # ACC-14: audited in the same transaction
    append_event(
        connection,
        action=f"list.{outcome.lower()}",
        subject=str(basis.state.stream),
        facts={
            "sequence": str(incoming.list.header.sequence),
            "list_digest": incoming.list_digest,
            "document_digest": incoming.document_digest,
            "signer": incoming.signer,
            "changed": str(verdict.differences.changed),
            "reasons": reason_codes(decision.reasons),
            "alarms": ",".join(decision.alarms),
        },
        actor=actor,
        at=now,
    )


def _coming(incoming: Incoming, decision: Apply, basis: Basis) -> Coming:
    head = basis.state.head
    return Coming(
        header=incoming.list.header,
        list_digest=incoming.list_digest,
        document_digest=incoming.document_digest,
        received_at=incoming.received_at,
        signer=incoming.signer,
        grounds=rest_on(
            () if head is None else head.grounds,
            incoming.list.header.kind,
            Ground(incoming.signer, incoming.received_at),
        ),
        rulebook=decision.rulebook,
        number=1 if head is None else head.number + 1,
        # Never before the list that it replaces became known.
        known_from=max(incoming.received_at, basis.known_from or incoming.received_at),
    )
