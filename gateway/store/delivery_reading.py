"""Rows of the delivery log as deliveries, with the acknowledgement that each is or got."""

from typing import Any

from sqlalchemy import Connection, Row, Select, select

from gateway.domain.acknowledgements import Acknowledgement
from gateway.domain.deliveries import (
    Delivery,
    DeliveryState,
    Failure,
    Kind,
    Movement,
    Transmission,
)
from gateway.domain.lists import Stream
from gateway.store.json_text import from_json
from gateway.store.schema import (
    acknowledgements,
    evidence,
    received_acknowledgements,
    seen_documents,
    seen_lists,
    streams,
)
from gateway.store.schema_deliveries import transmissions


def select_deliveries() -> Select[Any]:
    """Return the statement whose rows `read_delivery` reads."""
    return (
        select(
            transmissions,
            streams.c.issuer,
            streams.c.recipient,
            streams.c.agreement,
            streams.c.test,
            streams.c.epoch,
            acknowledgements.c.body.label("ours"),
            received_acknowledgements.c.body.label("theirs"),
        )
        .join(streams, streams.c.id == transmissions.c.stream_id)
        .outerjoin(acknowledgements, acknowledgements.c.id == transmissions.c.acknowledgement_id)
        .outerjoin(
            received_acknowledgements,
            received_acknowledgements.c.id == transmissions.c.received_acknowledgement_id,
        )
    )


def read_delivery(connection: Connection, row: Row[Any]) -> Delivery:
    """Return the delivery of one row; what answers a list is looked up."""
    sequence, answer, verdict = row.sequence, None, None
    if body := row.ours or row.theirs:
        answer = from_json(body, Acknowledgement)
    elif row.kind == Kind.LIST and Movement(row.movement).is_out:
        answer = _partners_answer(connection, row)
    elif row.kind == Kind.LIST and row.digest is not None:
        answer = _own_answer(connection, row)
        verdict = None if answer else _verdict(connection, row)
        sequence = answer.sequence if answer else sequence
    return Delivery(
        delivery_id=row.id,
        transmission=_transmission(row, sequence),
        state=DeliveryState(row.state),
        attempts=row.attempts,
        tried_at=row.tried_at,
        redelivers=row.redelivers,
        answer=answer,
        verdict=verdict,
        request_id=row.request_id,
    )


def read_stream(row: Row[Any]) -> Stream:
    """Return the stream of one row."""
    return Stream(
        issuer=row.issuer,
        recipient=row.recipient,
        agreement=row.agreement,
        test=row.test,
        epoch=row.epoch,
    )


def _transmission(row: Row[Any], sequence: int | None) -> Transmission:
    failure = None
    if row.code is not None:
        failure = Failure(code=row.code, why=row.why or "", next_attempt_at=row.next_attempt_at)
    return Transmission(
        stream=read_stream(row),
        kind=Kind(row.kind),
        movement=Movement(row.movement),
        sequence=sequence,
        digest=row.digest,
        size=row.size,
        at=row.at,
        failure=failure,
    )


def _partners_answer(connection: Connection, row: Row[Any]) -> Acknowledgement | None:
    received = received_acknowledgements.c
    body = connection.execute(
        select(received.body)
        .where(received.stream_id == row.stream_id, received.sequence == row.sequence)
        # The highest revision counts (EXC-4).
        .order_by(received.revision.desc(), received.id.desc())
        .limit(1)
    ).scalar_one_or_none()
    return None if body is None else from_json(body, Acknowledgement)


def _own_answer(connection: Connection, row: Row[Any]) -> Acknowledgement | None:
    """Return the newest answer to the list that came as these bytes."""
    body = connection.execute(
        select(acknowledgements.c.body)
        .join(seen_lists, seen_lists.c.acknowledgement_id == acknowledgements.c.id)
        .join(
            seen_documents,
            (seen_documents.c.stream_id == seen_lists.c.stream_id)
            & (seen_documents.c.sequence == seen_lists.c.sequence)
            & (seen_documents.c.list_digest == seen_lists.c.list_digest),
        )
        .where(
            seen_documents.c.stream_id == row.stream_id,
            seen_documents.c.document_digest == row.digest,
        )
    ).scalar_one_or_none()
    return None if body is None else from_json(body, Acknowledgement)


def _verdict(connection: Connection, row: Row[Any]) -> str | None:
    verdict: str | None = connection.execute(
        select(evidence.c.verdict).where(
            evidence.c.partner == row.issuer, evidence.c.digest == row.digest
        )
    ).scalar_one_or_none()
    return verdict
