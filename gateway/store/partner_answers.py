"""What partners answered to our lists (EXC-4), inside the transaction of whoever calls."""

from datetime import datetime
from hashlib import sha256

from sqlalchemy import Connection, Select, insert, select

from gateway.domain.acknowledgements import Acknowledgement, SealedAcknowledgement
from gateway.domain.deliveries import DeliveryState, Failure, Transmission, received_acknowledgement
from gateway.domain.errors import ContradictionError
from gateway.domain.lists import ListHeader, ListKind
from gateway.domain.parties import Actor, Role
from gateway.domain.standing import Roots, Standing, compare_roots
from gateway.store.audit_chain import append_event
from gateway.store.json_text import from_json, to_json
from gateway.store.registry_state import sealed_from_columns
from gateway.store.schema import publications, received_acknowledgements
from gateway.store.streams import add_stream, find_stream
from gateway.store.transmission_rows import add_ended

_received = received_acknowledgements.c


def keep_answer(
    connection: Connection, sealed: SealedAcknowledgement, now: datetime
) -> ContradictionError | None:
    """Keep an answer that is new; return why it is refused, after that was put on record."""
    answer = sealed.acknowledgement
    row = find_stream(connection, answer.stream)
    stream_id = add_stream(connection, answer.stream) if row is None else row.id
    known = _answers_to(connection, stream_id, answer)
    same = known.get(answer.revision)
    # EXC-4: one revision says one thing, also when a later one is known
    if same is not None and same != answer:
        return _refuse(connection, stream_id, sealed, now)
    # EXC-4, EXC-8: an older answer that arrives late changes nothing, nor does a repeated one
    if known and answer.revision <= max(known):
        return None
    key = connection.execute(
        insert(received_acknowledgements)
        .values(
            stream_id=stream_id,
            sequence=answer.sequence,
            list_digest=answer.list_digest,
            revision=answer.revision,
            acknowledged_at=answer.acknowledged_at,
            received_at=now,
            body=to_json(answer),
            document=sealed.document,
        )
        .returning(_received.id)
    ).scalar_one()
    add_ended(
        connection,
        stream_id,
        _as_transmission(sealed, now),
        DeliveryState.DELIVERED,
        received_acknowledgement_id=key,
    )
    _audit(connection, "acknowledgement.received", answer, {}, now)
    _alarm_if_root_differs(connection, stream_id, answer, now)
    return None


def read_newest(connection: Connection, stream_id: int) -> SealedAcknowledgement | None:
    """Return the newest answer by the partner's own time, of the answers that still count.

    Retries may arrive out of order, and the partner's clock may have been set back meanwhile: of
    one list the highest revision counts, whenever it was made (EXC-4).
    """
    later = received_acknowledgements.alias("later")
    is_replaced = (
        select(later.c.id)
        .where(
            later.c.stream_id == _received.stream_id,
            later.c.sequence == _received.sequence,
            later.c.list_digest == _received.list_digest,
            later.c.revision > _received.revision,
        )
        .exists()
    )
    answers = select(_received.body, _received.document).where(_received.stream_id == stream_id)
    # EXC-4: the highest revision counts
    answers = answers.where(~is_replaced)
    row = connection.execute(
        answers.order_by(
            _received.acknowledged_at.desc(), _received.sequence.desc(), _received.id.desc()
        ).limit(1)
    ).one_or_none()
    return None if row is None else sealed_from_columns(*row)


def read_standing(connection: Connection, stream_id: int) -> Standing:
    """Return what was issued in a stream and what the partner has of it."""
    newest = read_newest(connection, stream_id)
    answer = None if newest is None else newest.acknowledgement
    applied = answer.applied_sequence if answer else None
    return Standing(
        issued=_header(connection, stream_id, None),
        answer=answer,
        applied=None if applied is None else _header(connection, stream_id, applied),
        waiting_since=_issued_after(connection, stream_id, applied or 0),
        full_followed=answer is not None and _has_full(connection, stream_id, answer.sequence),
    )


def _answers_to(
    connection: Connection, stream_id: int, answer: Acknowledgement
) -> dict[int, Acknowledgement]:
    rows = connection.execute(
        select(_received.revision, _received.body).where(
            _received.stream_id == stream_id,
            _received.sequence == answer.sequence,
            _received.list_digest == answer.list_digest,
        )
    )
    return {row.revision: from_json(row.body, Acknowledgement) for row in rows}


def _refuse(
    connection: Connection, stream_id: int, sealed: SealedAcknowledgement, now: datetime
) -> ContradictionError:
    answer = sealed.acknowledgement
    error = ContradictionError(
        f"an acknowledgement of list {answer.sequence} with revision {answer.revision} "
        "was received before, and said something else",
        context={"sequence": str(answer.sequence), "revision": str(answer.revision)},
    )
    failure = Failure(code=error.code, why=error.message)
    refused = _as_transmission(sealed, now, failure)
    add_ended(connection, stream_id, refused, DeliveryState.REFUSED)
    facts = {"code": error.code, "document": sha256(sealed.document).hexdigest()}
    _audit(connection, "acknowledgement.refused", answer, facts, now)
    return error


def _as_transmission(
    sealed: SealedAcknowledgement, now: datetime, failure: Failure | None = None
) -> Transmission:
    answer = sealed.acknowledgement
    return received_acknowledgement(
        answer.stream, sealed.document, sequence=answer.sequence, at=now, failure=failure
    )


def _alarm_if_root_differs(
    connection: Connection, stream_id: int, answer: Acknowledgement, now: datetime
) -> None:
    if answer.applied_sequence is None:
        return
    own = _header(connection, stream_id, answer.applied_sequence)
    # EXC-4: an acknowledged root that is not the publisher's own raises an alarm
    if own is not None and compare_roots(answer, own) is Roots.DIFFERS:
        facts = {
            "applied_sequence": str(answer.applied_sequence),
            "applied_root": answer.applied_root or "",
            "own_root": own.state_root,
        }
        _audit(connection, "alarm.root_differs", answer, facts, now)


def _audit(
    connection: Connection,
    action: str,
    answer: Acknowledgement,
    facts: dict[str, str],
    now: datetime,
) -> None:
    append_event(
        connection,
        action=action,
        subject=str(answer.stream),
        facts={
            "sequence": str(answer.sequence),
            "list_digest": answer.list_digest,
            "outcome": answer.outcome.value,
            "revision": str(answer.revision),
            **facts,
        },
        actor=Actor(name=answer.stream.recipient, role=Role.GATEWAY),
        at=now,
    )


def _header(connection: Connection, stream_id: int, sequence: int | None) -> ListHeader | None:
    """Return the header of one list, or of the newest."""
    statement = select(publications.c.header).where(publications.c.stream_id == stream_id)
    if sequence is not None:
        statement = statement.where(publications.c.sequence == sequence)
    header = connection.execute(
        statement.order_by(publications.c.sequence.desc()).limit(1)
    ).scalar_one_or_none()
    return None if header is None else from_json(header, ListHeader)


def _issued_after(connection: Connection, stream_id: int, sequence: int) -> datetime | None:
    following = _headers_after(stream_id, sequence).limit(1)
    header = connection.execute(following).scalar_one_or_none()
    return None if header is None else from_json(header, ListHeader).issued_at


def _has_full(connection: Connection, stream_id: int, sequence: int) -> bool:
    following = connection.execute(_headers_after(stream_id, sequence)).scalars()
    return any(from_json(each, ListHeader).kind is ListKind.FULL for each in following)


def _headers_after(stream_id: int, sequence: int) -> Select[str]:
    return (
        select(publications.c.header)
        .where(publications.c.stream_id == stream_id, publications.c.sequence > sequence)
        .order_by(publications.c.sequence)
    )
