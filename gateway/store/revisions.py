"""Newer answers to lists that were held: released, rejected, superseded (EXC-4, ACC-13)."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection, select, update

from gateway.domain.acknowledgements import Outcome, SealedAcknowledgement
from gateway.domain.lists import ListHeader
from gateway.ports.registry import Revise
from gateway.store.registry_state import sealed_from_columns
from gateway.store.registry_writes import write_acknowledgement, write_delivery
from gateway.store.schema import acknowledgements, held_lists, holds, seen_lists


class Revision(Struct, frozen=True, kw_only=True):
    """The newer answer to one list."""

    sequence: int
    list_digest: str
    sealed: SealedAcknowledgement


Answers = Mapping[int, list[SealedAcknowledgement]]
"""The newest answers to the lists of holds, by hold."""


def read_answers(connection: Connection, stream_id: int, hold_ids: Iterable[int]) -> Answers:
    """Return the newest answer to each list of some holds, by sequence."""
    found: dict[int, list[SealedAcknowledgement]] = {}
    for hold_id in hold_ids:
        rows = connection.execute(
            select(acknowledgements.c.body, acknowledgements.c.document)
            .select_from(held_lists)
            .join(
                seen_lists,
                (seen_lists.c.stream_id == stream_id)
                & (seen_lists.c.sequence == held_lists.c.sequence)
                & (seen_lists.c.list_digest == held_lists.c.list_digest),
            )
            .join(acknowledgements, acknowledgements.c.id == seen_lists.c.acknowledgement_id)
            .where(held_lists.c.hold_id == hold_id)
            .order_by(held_lists.c.sequence)
        )
        found[hold_id] = [sealed_from_columns(*row) for row in rows]
    return found


def read_open_answers(connection: Connection, stream_id: int) -> Answers:
    """Return the newest answers to the lists of all open holds of a stream."""
    open_holds = connection.execute(
        select(holds.c.id).where(holds.c.stream_id == stream_id, holds.c.ended_at.is_(None))
    ).scalars()
    return read_answers(connection, stream_id, list(open_holds))


def revise_all(
    answers: Iterable[SealedAcknowledgement],
    outcome: Outcome,
    applied: ListHeader | None,
    revise: Revise,
) -> list[Revision]:
    """Build the newer answers."""
    return [
        Revision(
            sequence=sealed.acknowledgement.sequence,
            list_digest=sealed.acknowledgement.list_digest,
            sealed=revise(sealed.acknowledgement, outcome, applied),
        )
        for sealed in answers
    ]


def write_revisions(
    connection: Connection, stream_id: int, revisions: Iterable[Revision], now: datetime
) -> None:
    """Keep newer answers and put them into the outbox (ACC-15)."""
    for revision in revisions:
        key = write_acknowledgement(connection, stream_id, revision.sealed)
        write_delivery(connection, stream_id, key, now)
        connection.execute(
            update(seen_lists)
            .where(
                seen_lists.c.stream_id == stream_id,
                seen_lists.c.sequence == revision.sequence,
                seen_lists.c.list_digest == revision.list_digest,
            )
            .values(outcome=revision.sealed.acknowledgement.outcome.value, acknowledgement_id=key)
        )
