"""Errors as problem details (RFC 9457), from the one catalogue."""

from http import HTTPStatus
from typing import Any, Final

import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.types import ExceptionHandlersMap
from msgspec import json

from gateway.domain.errors import GatewayError, InvalidRequestError, NotFoundError
from gateway.entrypoints.error_catalogue import public_message, row_of
from gateway.exchange.request_ids import HEADER, current

MEDIA_TYPE: Final = "application/problem+json"


def gateway_problem(request: Request[Any, Any, Any], error: GatewayError) -> Response[bytes]:
    """Answer an error of ours. The detail goes to the log, the public text to the caller."""
    row = row_of(error)
    structlog.get_logger().warning(
        "http.refused", code=row.reason, message=error.message, path=request.url.path
    )
    return _problem(error, row.http_status)


def framework_problem(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """Answer what the framework refused: an unknown path says the same as an unknown stream."""
    status = error.status_code
    if status == HTTPStatus.NOT_FOUND:
        return _problem(NotFoundError(error.detail), status)
    if status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return _problem(InvalidRequestError(HTTPStatus(status).phrase.lower()), status)
    return unforeseen_problem(request, error)


def unforeseen_problem(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Answer a defect of ours: nothing of our inside is told."""
    structlog.get_logger().error("http.failed", path=request.url.path, exc_info=error)
    return _problem(error, row_of(error).http_status)


HANDLERS: Final[ExceptionHandlersMap] = {
    GatewayError: gateway_problem,
    HTTPException: framework_problem,
    Exception: unforeseen_problem,
}


def _problem(error: Exception, status: int) -> Response[bytes]:
    row = row_of(error)
    document = {
        "type": row.problem_type,
        "title": row.title,
        "status": status,
        "detail": public_message(error),
        "code": row.reason,
        "nextStep": row.next_step,
    }
    return Response(
        content=json.encode(document),
        status_code=status,
        media_type=MEDIA_TYPE,
        # An error names its call, as every answer does (EXC-8).
        headers={HEADER: current(), "cache-control": "no-store"},
    )
