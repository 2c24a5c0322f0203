"""Questions and answers to and from protobuf: the hot path of lookups."""

import re
from datetime import date, datetime
from typing import Final

from google.protobuf.timestamp_pb2 import Timestamp

from gateway.domain.agreements import Direction
from gateway.domain.answers import Answer, Freshness, FreshnessClass, Question, Verdict
from gateway.domain.errors import GatewayError, InvalidRequestError, SchemaViolationError
from gateway.domain.operators import ROLES
from gateway.entrypoints.error_catalogue import public_message, row_of
from gateway.exchange.grpc_feed.fields import find_instant_from_pb, moment_to_pb
from gateway.exchange.grpc_feed.operator_codec import authorisation_to_pb
from gateway.pb.mra.lookup.v1 import lookup_pb2 as pb

MAX_CODE = 70
MAX_NAME = 512
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
    code, role, name = message.code, message.role, message.name
    if not 0 < len(code) <= MAX_CODE:
        raise _invalid("code", f"must have 1 to {MAX_CODE} characters")
    if role and role not in ROLES:
        raise _invalid("role", f"is {role!r}, none of {' '.join(sorted(ROLES))}")
    if len(name) > MAX_NAME:
        raise _invalid("name", f"must have at most {MAX_NAME} characters")
    if message.direction not in DIRECTION_FROM_PB:
        raise _invalid("direction", f"has the value {message.direction}, which is not known")
    return Question(
        code=code,
        on=_on_from_pb(message),
        role=role or None,
        direction=DIRECTION_FROM_PB[message.direction],
        name=name or None,
    )


def _on_from_pb(message: pb.Question) -> date | datetime | None:
    kind = message.WhichOneof("on")
    if kind is None:
        return None
    if kind == "on_moment":
        try:
            return find_instant_from_pb(message, kind)
        except SchemaViolationError as error:
            raise InvalidRequestError(error.message, context=error.context) from error
    if not DAY.fullmatch(message.on_date):
        raise _invalid("on_date", "is not written YYYY-MM-DD")
    try:
        return date.fromisoformat(message.on_date)
    except ValueError as error:
        raise _invalid("on_date", "is no day of the calendar") from error


def answer_to_pb(answer: Answer, *, brief: bool = False) -> pb.Answer:
    """Write an answer; brief leaves out rungs, hints and the next step."""
    message = pb.Answer(
        verdict=VERDICT_TO_PB[answer.verdict],
        reason=answer.reason.value,
        sentence=answer.sentence,
        code=answer.code,
        normalised_code=answer.normalised_code,
        agreement=answer.agreement,
        partner=answer.partner,
        operator_id=answer.operator_id,
        operator_name=answer.operator_name,
        match=answer.match.value if answer.match else None,
        authorisation=authorisation_to_pb(answer.authorisation) if answer.authorisation else None,
        measures=[
            pb.Measure(code=measure.code.value, parameters=measure.parameters)
            for measure in answer.measures
        ],
        freshness=_freshness_to_pb(answer.freshness),
        known_at=moment_to_pb(answer.known_at),
        contact=answer.contact,
        rule_version=answer.rule_version,
        reference=answer.reference,
    )
    if isinstance(answer.valid_at, datetime):
        message.valid_at_moment.CopyFrom(moment_to_pb(answer.valid_at))
    else:
        message.valid_on_date = answer.valid_at.isoformat()
    if not brief:
        message.next_step = answer.next_step
        message.hints.extend(answer.hints)
        for rung in answer.rungs:
            message.rungs.add(
                number=rung.number,
                question=rung.question,
                passed=rung.passed,
                evidence=rung.evidence,
            )
    return message


def _freshness_to_pb(freshness: Freshness) -> pb.Freshness:
    return pb.Freshness(
        condition=CONDITION_TO_PB[freshness.condition],
        sequence=freshness.sequence,
        list_digest=bytes.fromhex(freshness.list_digest or ""),
        issued_at=_find_moment(freshness.issued_at),
        received_at=_find_moment(freshness.received_at),
        next_update_at=_find_moment(freshness.next_update_at),
        usable_until=_find_moment(freshness.usable_until),
        signer=freshness.signer,
    )


def _find_moment(moment: datetime | None) -> Timestamp | None:
    return None if moment is None else moment_to_pb(moment)


def error_to_pb(error: GatewayError) -> pb.ItemError:
    """Write why one question of a batch has no answer."""
    return pb.ItemError(reason=row_of(error).reason, message=public_message(error))


def _invalid(field: str, what: str) -> InvalidRequestError:
    return InvalidRequestError(f"{field} {what}", context={"field": field})
