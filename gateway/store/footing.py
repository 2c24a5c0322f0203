"""What a stream's next list stands on: what was issued, and what the partner says it has."""

from sqlalchemy import ColumnElement, Connection, and_, exists, or_, select

from gateway.domain.acknowledgements import Acknowledgement
from gateway.domain.lists import ListHeader
from gateway.domain.publishing import Footing
from gateway.store import issued_states, restores
from gateway.store.json_text import from_json
from gateway.store.partner_answers import read_newest as read_newest_answer
from gateway.store.schema import publications
from gateway.store.schema import received_acknowledgements as received


def read_newest(
    connection: Connection, stream_id: int, *conditions: ColumnElement[bool]
) -> ListHeader | None:
    """Return the header of the list issued last of those that meet the conditions, or none."""
    header = connection.execute(
        select(publications.c.header)
        .where(publications.c.stream_id == stream_id, *conditions)
        .order_by(publications.c.sequence.desc())
        .limit(1)
    ).scalar_one_or_none()
    return None if header is None else from_json(header, ListHeader)


def read_footing(connection: Connection, stream_id: int) -> Footing:
    """Return what the next list of a stream stands on."""
    newest = read_newest(connection, stream_id)
    state = issued_states.read_state(connection, stream_id)
    sealed = read_newest_answer(connection, stream_id)
    answer = None if sealed is None else sealed.acknowledgement
    return Footing(
        newest=newest,
        state=state,
        acknowledgement=answer,
        applied=_applied(connection, stream_id, answer),
        unknown=_unknown(
            connection,
            stream_id,
            answer,
            newest=newest.sequence if newest else 0,
            settled=state.settled if state else 0,
        ),
        restore=restores.read(connection, stream_id),
    )


def _applied(
    connection: Connection, stream_id: int, answer: Acknowledgement | None
) -> ListHeader | None:
    if answer is None or answer.applied_sequence is None:
        return None
    header = connection.execute(
        select(publications.c.header).where(
            publications.c.stream_id == stream_id,
            publications.c.sequence == answer.applied_sequence,
        )
    ).scalar_one_or_none()
    return None if header is None else from_json(header, ListHeader)


def _unknown(
    connection: Connection,
    stream_id: int,
    answer: Acknowledgement | None,
    *,
    newest: int,
    settled: int,
) -> Acknowledgement | None:
    """Return the highest acknowledgement of a list that we do not have, or none.

    Looked for from our newest list on, and at the sequence of the newest answer: what lies below
    would have been found when it was the newest.
    """
    same_sequence: ColumnElement[bool] = and_(
        publications.c.stream_id == received.c.stream_id,
        publications.c.sequence == received.c.sequence,
    )
    issued = exists().where(same_sequence)
    as_issued = exists().where(same_sequence, publications.c.list_digest == received.c.list_digest)
    recent: ColumnElement[bool] = received.c.sequence >= newest
    if answer is not None and answer.sequence < newest:
        recent = or_(recent, received.c.sequence == answer.sequence)
    body = connection.execute(
        select(received.c.body)
        .where(
            received.c.stream_id == stream_id,
            received.c.sequence > settled,
            recent,
            # Below our newest, what is not there at all is what a restore lost: it was settled.
            or_(received.c.sequence > newest, issued),
            ~as_issued,
        )
        .order_by(received.c.sequence.desc(), received.c.revision.desc())
        .limit(1)
    ).scalar_one_or_none()
    return None if body is None else from_json(body, Acknowledgement)
