"""Questions from protobuf, and the names of answers in it; `answer_writer` writes answers."""

import re
from datetime import date, datetime
from typing import Final

from gateway.domain.agreements import Direction
from gateway.domain.answers import FreshnessClass, Question, Verdict
from gateway.domain.errors import GatewayError, InvalidRequestError, SchemaViolationError
from gateway.domain.spans import FIRST_YEAR, LAST_YEAR
from gateway.entrypoints.error_catalogue import public_message, row_of
from gateway.entrypoints.lookup_limits import MAX_NAME, invalid, require_code, require_role
from gateway.exchange.grpc_feed.fields import find_instant_from_pb
from gateway.pb.mra.lookup.v1 import lookup_pb2 as pb

BEFORE_CODE: Final = 2
"""Bytes before a code of ASCII in a question: one that is no longer asks nothing else. Nearly all
questions are such, and every field that is not read is read faster."""
DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

VERDICT_TO_PB: dict[Verdict, pb.Verdict] = {
    Verdict.GRANT: pb.VERDICT_GRANT,
    Verdict.NO_GRANT: pb.VERDICT_NO_GRANT,
    Verdict.UNDETERMINED: pb.VERDICT_UNDETERMINED,
}
CONDITION_TO_PB: dict[FreshnessClass, pb.FreshnessClass] = {
    FreshnessClass.CURRENT: pb.FRESHNESS_CLASS_CURRENT,
    FreshnessClass.LATE: pb.FRESHNESS_CLASS_LATE,
    FreshnessClass.STALE: pb.FRESHNESS_CLASS_STALE,
    FreshnessClass.MISSING: pb.FRESHNESS_CLASS_MISSING,
}
DIRECTION_FROM_PB: dict[int, Direction | None] = {
    int(pb.DIRECTION_UNSPECIFIED): None,
    int(pb.DIRECTION_IMPORT): Direction.IMPORT,
    int(pb.DIRECTION_EXPORT): Direction.EXPORT,
}


def question_from_pb(message: pb.Question) -> Question:
    """Read a question.

    Raises:
        InvalidRequestError: A field is missing or malformed; the context names it.
    """
    code = message.code
    require_code(code, "question.code")
    if message.ByteSize() == len(code) + BEFORE_CODE:
        return Question(code=code)
    role, name, direction = message.role, message.name, message.direction
    if role:
        require_role(role, "question.role")
    if len(name) > MAX_NAME:
        raise _invalid("name", f"must have at most {MAX_NAME} characters")
    if direction not in DIRECTION_FROM_PB:
        raise _invalid("direction", f"has the value {direction}, which is not known")
    return Question(
        code=code,
        on=_on_from_pb(message),
        role=role or None,
        direction=DIRECTION_FROM_PB[direction],
        name=name or None,
        test=message.test,
    )


def _on_from_pb(message: pb.Question) -> date | datetime | None:
    kind = message.WhichOneof("on")
    on = None if kind is None else _read_on(message, kind)
    # Here too, so that of a batch it is one question's error.
    if on is not None and not FIRST_YEAR <= on.year <= LAST_YEAR:
        raise _invalid(str(kind), f"lies outside {FIRST_YEAR} to {LAST_YEAR}")
    return on


def _read_on(message: pb.Question, kind: str) -> date | datetime | None:
    if kind == "on_moment":
        try:
            return find_instant_from_pb(message, kind)
        except SchemaViolationError as error:
            raise InvalidRequestError(
                error.message, context={"field": f"question.{kind}"}
            ) from error
    if not DAY.fullmatch(message.on_date):
        raise _invalid("on_date", "is not written YYYY-MM-DD")
    try:
        return date.fromisoformat(message.on_date)
    except ValueError as error:
        raise _invalid("on_date", "is no day of the calendar") from error


def error_to_pb(error: GatewayError) -> pb.ItemError:
    """Write why one question of a batch has no answer."""
    return pb.ItemError(reason=row_of(error).reason, message=public_message(error))


def _invalid(field: str, what: str) -> InvalidRequestError:
    return invalid(f"question.{field}", what)
