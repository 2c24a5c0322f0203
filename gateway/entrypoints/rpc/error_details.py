"""What a refusal tells beside its ErrorInfo, in the standard's own messages (AIP-193).

A client acts on them without knowing us: wait so long, correct that field, show this to a person.
"""

from collections.abc import Iterator

from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import BadRequest, LocalizedMessage, QuotaFailure, RetryInfo

from gateway.domain.errors import LimitExceededError, RequestError
from gateway.entrypoints.error_catalogue import wait_of
from gateway.entrypoints.error_row import Row
from gateway.entrypoints.wording import find_language


def details_of(error: BaseException, row: Row, message: str, language: str) -> Iterator[Message]:
    """Yield the details that fit an error, each kind once.

    Args:
        error: What is refused.
        row: Of the catalogue.
        message: What the caller is told in English.
        language: BCP 47, in which it wants to be told; empty: it did not say.
    """
    wait = wait_of(error)
    if wait is not None:
        yield RetryInfo(retry_delay=Duration(seconds=wait))
    if isinstance(error, LimitExceededError):
        subject = f"caller:{error.caller}"
        violation = QuotaFailure.Violation(subject=subject, description=error.limit)
        yield QuotaFailure(violations=[violation])
    if isinstance(error, RequestError) and row.shows_message and "field" in error.context:
        yield BadRequest(
            field_violations=[
                BadRequest.FieldViolation(
                    field=error.context["field"], description=message, reason=row.reason
                )
            ]
        )
    if language:
        spoken = find_language(language)
        text = spoken.find_text(f"error.{row.reason}")
        if text is not None:
            yield LocalizedMessage(locale=spoken.tag, message=text)
