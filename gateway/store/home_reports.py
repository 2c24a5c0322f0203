"""Changes of single home operators: a repeated request is answered as it was (AIP-155)."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, insert, select

from gateway.domain.errors import InvalidRequestError
from gateway.domain.parties import Actor
from gateway.ports.home_programme import HomeRequest, Reported, ReportOutcome, Revise
from gateway.store import home_rows
from gateway.store.audit_chain import append_event
from gateway.store.json_text import from_json, to_json
from gateway.store.schema_publishing import home_requests
from gateway.store.streams import raise_version


def write_report(
    connection: Connection,
    operator_id: str,
    revise: Revise,
    actor: Actor,
    *,
    request: HomeRequest | None,
    facts: Mapping[str, str],
    now: datetime,
) -> Reported:
    """Change one operator as `revise` says, and remember the answer under the request's id.

    Raises:
        InvalidRequestError: The request's id was used for something else.
    """
    change = home_rows.begin_change(connection)
    answered = None if request is None else _find_answer(connection, request)
    if answered is not None:
        return answered
    before = home_rows.find_row(connection, operator_id)
    after = revise(before)
    reported = Reported.of(operator_id, before, after)
    outcome = reported.outcome
    if outcome is not ReportOutcome.UNCHANGED:
        home_rows.delete_operators(connection, [operator_id])
        if after is None:
            home_rows.note_removals(connection, [operator_id], change)
        else:
            home_rows.insert_operators(connection, [after], change)
        raise_version(connection, shown=True)
    if request is not None:
        connection.execute(
            insert(home_requests).values(
                request_id=request.id, digest=request.digest, result=to_json(reported), at=now
            )
        )
    append_event(
        connection,
        action="home.reported",
        subject=operator_id,
        facts={"outcome": outcome.value, **facts, **({"request": request.id} if request else {})},
        actor=actor,
        at=now,
    )
    return reported


def _find_answer(connection: Connection, request: HomeRequest) -> Reported | None:
    row = connection.execute(
        select(home_requests.c.digest, home_requests.c.result).where(
            home_requests.c.request_id == request.id
        )
    ).one_or_none()
    if row is None:
        return None
    if row.digest != request.digest:
        raise InvalidRequestError(
            f"request id {request.id} was used for another report",
            context={"field": "request_id"},
        )
    return from_json(row.result, Reported)
