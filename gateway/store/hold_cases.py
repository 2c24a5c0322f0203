"""One hold under decision: what is read and written in the transaction that settles it."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct, structs
from sqlalchemy import Connection, func, select

from gateway.domain.acknowledgements import Outcome, Reason
from gateway.domain.canonical import list_operator
from gateway.domain.decisions import AcceptedHead
from gateway.domain.errors import ConflictError, InvalidRequestError, NotFoundError
from gateway.domain.grounds import Ground, rest_on
from gateway.domain.lists import Action, Change, ListHeader, ListKind, StatusList, Stream
from gateway.domain.members import Bucket
from gateway.domain.operators import Operator
from gateway.domain.state_change import StateChange, lay_over, touched_buckets
from gateway.ports.held_lists import HeldEntry, HoldRecord, Settled, Verdict
from gateway.store.audit_chain import append_event
from gateway.store.base_states import read_base, read_held_judged, read_judged, split_tree
from gateway.store.differences import Differences, compare
from gateway.store.held_pairs import ended_marks, held_pairs, pairs_of_state
from gateway.store.json_text import from_json
from gateway.store.registry_state import read_head
from gateway.store.registry_writes import Coming
from gateway.store.revisions import read_answers, revise_all, write_revisions
from gateway.store.schema import (
    accepted_lists,
    held_buckets,
    held_lists,
    holds,
    restrictions,
    streams,
)
from gateway.store.streams import StreamRow, move_stream


class Case(Struct, frozen=True, kw_only=True):
    """A hold with the stream that it is in."""

    record: HoldRecord
    stream_id: int
    head: AcceptedHead | None

    @property
    def newest(self) -> HeldEntry:
        """The newest held list."""
        return self.record.lists[-1]


def take_case(connection: Connection, verdict: Verdict) -> Case:
    """Read a hold and keep other processes from its stream until the transaction ends.

    Raises:
        NotFoundError: No such hold.
        ConflictError: It moved since the officers looked at it.
    """
    row = connection.execute(
        select(streams.c.id, streams.c.revision, streams.c.floor)
        .join(holds, holds.c.stream_id == streams.c.id)
        .where(holds.c.id == verdict.number)
    ).one_or_none()
    if row is None:
        raise _no_hold(verdict.number)
    record = read_record(connection, verdict.number)
    stream = StreamRow(id=row.id, revision=row.revision, floor=row.floor)
    move_stream(connection, record.stream, stream)
    # ACC-13: officers decide on what they saw
    if record.lists[-1].list_digest != verdict.newest_digest:
        text = f"hold {verdict.number} has moved: another list is the newest now"
        raise ConflictError(text, context={"hold": str(verdict.number)})
    return Case(record=record, stream_id=row.id, head=read_head(connection, row.id))


def take_open_case(connection: Connection, verdict: Verdict) -> Case:
    """Read a hold that nobody decided yet. Raises as `take_case`.

    Raises:
        InvalidRequestError: It has ended.
    """
    case = take_case(connection, verdict)
    if case.record.ended_at is not None:
        text = f"hold {verdict.number} has ended"
        raise InvalidRequestError(text, context={"hold": str(verdict.number)})
    return case


def read_record(connection: Connection, number: int) -> HoldRecord:
    """Return a hold.

    Raises:
        NotFoundError: No such hold.
    """
    row = connection.execute(
        select(
            holds.c.held_at,
            holds.c.ended_at,
            holds.c.ending,
            holds.c.released_as,
            holds.c.rolled_back_at,
            holds.c.tree.is_(None).label("stops_stream"),
            streams,
        )
        .join(streams, streams.c.id == holds.c.stream_id)
        .where(holds.c.id == number)
    ).one_or_none()
    if row is None:
        raise _no_hold(number)
    stream = Stream(
        issuer=row.issuer,
        recipient=row.recipient,
        agreement=row.agreement,
        test=row.test,
        epoch=row.epoch,
    )
    restricted: int = connection.execute(
        select(func.count()).where(
            restrictions.c.hold_id == number, restrictions.c.known_until.is_(None)
        )
    ).scalar_one()
    return HoldRecord(
        number=number,
        stream=stream,
        held_at=row.held_at,
        stops_stream=row.stops_stream,
        lists=_entries(connection, number),
        ended_at=row.ended_at,
        ending=None if row.ending is None else Outcome(row.ending),
        released_as=row.released_as,
        rolled_back_at=row.rolled_back_at,
        restrictions=restricted,
    )


def _entries(connection: Connection, number: int) -> tuple[HeldEntry, ...]:
    rows = connection.execute(
        select(
            held_lists.c.header,
            held_lists.c.list_digest,
            held_lists.c.document_digest,
            held_lists.c.received_at,
            held_lists.c.signer,
            held_lists.c.reasons,
        )
        .where(held_lists.c.hold_id == number)
        .order_by(held_lists.c.sequence, held_lists.c.received_at)
    )
    return tuple(
        HeldEntry(
            header=from_json(row.header, ListHeader),
            list_digest=row.list_digest,
            document_digest=row.document_digest,
            received_at=row.received_at,
            signer=row.signer,
            reasons=from_json(row.reasons, tuple[Reason, ...]),
        )
        for row in rows
    )


def differences_of(connection: Connection, case: Case) -> Differences:
    """Return what the release writes of operators."""
    pairs = list(held_pairs(connection, case.stream_id, case.record.number))
    coming = [list_operator(after) for _, after in pairs if after is not None]
    ending = [before.id for before, _ in pairs if before is not None]
    unusable = read_held_judged(connection, case.record.number).marks
    return compare(coming, ending, unusable, _marks(connection, case))


def _known_from(connection: Connection, case: Case, verdict: Verdict) -> datetime:
    newest: datetime | None = connection.execute(
        select(func.max(accepted_lists.c.known_from)).where(
            accepted_lists.c.stream_id == case.stream_id
        )
    ).scalar_one()
    return newest or verdict.now


def _no_hold(number: int) -> NotFoundError:
    return NotFoundError(f"no hold {number}", context={"hold": str(number)})


def _marks(connection: Connection, case: Case) -> Mapping[str, Reason]:
    if case.head is None:
        return {}
    return read_judged(connection, case.stream_id, case.head).marks


def held_state(connection: Connection, number: int) -> tuple[Sequence[bytes], Mapping[int, Bucket]]:
    """Return the tree of the newest held state, and its buckets that are not as accepted."""
    tree = connection.execute(select(holds.c.tree).where(holds.c.id == number)).scalar_one()
    table = held_buckets.c
    rows = connection.execute(
        select(table.number, table.ids, table.records).where(table.hold_id == number)
    )
    return split_tree(tree), {at: Bucket(ids, records) for at, ids, records in rows}


def is_contradicted(connection: Connection, case: Case) -> bool:
    """Tell whether the stream itself came to wait after this hold began: a later FULL goes on."""
    later = select(holds.c.id).where(
        holds.c.stream_id == case.stream_id,
        holds.c.tree.is_(None),
        holds.c.id > case.record.number,
    )
    return connection.execute(later.limit(1)).one_or_none() is not None


def coming_of(connection: Connection, case: Case, verdict: Verdict) -> Coming:
    """Return the state that a release brings into force."""
    newest = case.newest
    rulebook: str = connection.execute(
        select(holds.c.rulebook).where(holds.c.id == verdict.number)
    ).scalar_one()
    return Coming(
        header=newest.header,
        list_digest=newest.list_digest,
        document_digest=newest.document_digest,
        received_at=newest.received_at,
        signer=newest.signer,
        grounds=_grounds(case),
        rulebook=rulebook,
        number=1 if case.head is None else case.head.number + 1,
        known_from=max(verdict.now, _known_from(connection, case, verdict)),
    )


def _grounds(case: Case) -> tuple[Ground, ...]:
    """Return what the newest held state rests on: the accepted one, and each list of the hold."""
    grounds = () if case.head is None else case.head.grounds
    for entry in case.record.lists:
        grounds = rest_on(grounds, entry.header.kind, Ground(entry.signer, entry.received_at))
    return grounds


def state_before(connection: Connection, case: Case, verdict: Verdict) -> Coming:
    """Return the state before a release as one that comes into force again.

    Raises:
        InvalidRequestError: There was none.
    """
    number = case.record.released_as or 0
    row = connection.execute(
        select(accepted_lists).where(
            accepted_lists.c.stream_id == case.stream_id, accepted_lists.c.number == number - 1
        )
    ).one_or_none()
    if row is None:
        raise InvalidRequestError("before this release no list was accepted")
    return Coming(
        header=from_json(row.header, ListHeader),
        list_digest=row.list_digest,
        document_digest=row.document_digest,
        received_at=row.received_at,
        signer=row.signer,
        grounds=from_json(row.grounds, tuple[Ground, ...]),
        rulebook=row.rulebook,
        number=number + 1,
        known_from=max(verdict.now, _known_from(connection, case, verdict)),
    )


def change_back(
    connection: Connection, case: Case, released_as: int, header: ListHeader
) -> tuple[Differences, StateChange]:
    """Return what brings operators back to how they were before a release."""
    pairs = list(pairs_of_state(connection, case.stream_id, released_as))
    changes = [_change_back(before, after) for before, after in pairs]
    inverse = StatusList(structs.replace(header, kind=ListKind.DELTA), changes=changes)
    quantity = 0 if case.head is None else case.head.header.quantity
    base = read_base(connection, case.stream_id, quantity, touched_buckets(inverse))
    change = lay_over(base, inverse)
    now = _marks(connection, case)
    touched = {change.operator_id for change in changes}
    # As they were judged then: whoever was unusable is so again.
    marks = {one: mark for one, mark in now.items() if one not in touched}
    marks |= ended_marks(connection, case.stream_id, released_as)
    return compare(change.coming, change.before, marks, now), change


def _change_back(before: Operator | None, after: Operator | None) -> Change:
    if before is None:
        assert after is not None  # noqa: S101 - one of both is there
        return Change(Action.REMOVE, after.id)
    action = Action.ADD if after is None else Action.CHANGE
    return Change(action, before.id, list_operator(before))


def answer(
    connection: Connection,
    case: Case,
    verdict: Verdict,
    outcome: Outcome,
    applied: ListHeader | None,
) -> None:
    """Revise the answers to all lists of the hold, to be sent (EXC-4, ACC-15)."""
    number = verdict.number
    answers = read_answers(connection, case.stream_id, [number])[number]
    revisions = revise_all(answers, outcome, applied, verdict.revise)
    write_revisions(connection, case.stream_id, revisions, verdict.now)


def settle(
    connection: Connection, case: Case, verdict: Verdict, action: str, differences: Differences
) -> Settled:
    """Tell the audit trail, and return what was done."""
    facts = {
        "hold": str(verdict.number),
        "sequences": ",".join(str(entry.header.sequence) for entry in case.record.lists),
        "list_digest": verdict.newest_digest,
        "changed": str(differences.changed),
        **verdict.facts,
    }
    left: int = connection.execute(
        select(func.count()).where(
            restrictions.c.stream_id == case.stream_id, restrictions.c.known_until.is_(None)
        )
    ).scalar_one()
    head = read_head(connection, case.stream_id)
    append_event(
        connection,
        action=action,
        subject=str(case.record.stream),
        facts=facts,
        actor=verdict.actor,
        at=verdict.now,
    )
    return Settled(head=head, changed=differences.changed, restrictions=left)
