"""Errors as problem details (RFC 9457), from the one catalogue."""

from http import HTTPStatus
from typing import Any, Final

import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.types import ExceptionHandlersMap
from msgspec import Struct, json

from gateway.domain.errors import (
    GatewayError,
    InvalidRequestError,
    MethodError,
    NotFoundError,
    NothingShownError,
    TokenRefusedError,
)
from gateway.entrypoints.error_catalogue import public_message, row_of, wait_of
from gateway.exchange.request_ids import HEADER, current

MEDIA_TYPE: Final = "application/problem+json"


class Problem(Struct, frozen=True, kw_only=True, rename="camel"):
    """What an error looks like."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    next_step: str


def gateway_problem(request: Request[Any, Any, Any], error: GatewayError) -> Response[bytes]:
    """Answer an error of ours. The detail goes to the log, the public text to the caller."""
    row = row_of(error)
    structlog.get_logger().warning(
        "http.refused", code=row.reason, message=error.message, path=request.url.path
    )
    return _response(error)


def framework_problem(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """Answer what the framework refused: an unknown path says the same as an unknown stream."""
    status = error.status_code
    if status == HTTPStatus.NOT_FOUND:
        return _response(NotFoundError(error.detail))
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = (error.headers or {}).get("allow", "")
        return _response(MethodError(f"here is only {allowed}", context={"allow": allowed}))
    if status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return _response(InvalidRequestError(HTTPStatus(status).phrase.lower()))
    return unforeseen_problem(request, error)


def unforeseen_problem(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Answer a defect of ours: nothing of our inside is told."""
    structlog.get_logger().error("http.failed", path=request.url.path, exc_info=error)
    return _response(error)


HANDLERS: Final[ExceptionHandlersMap] = {
    GatewayError: gateway_problem,
    HTTPException: framework_problem,
    Exception: unforeseen_problem,
}


def problem_of(error: Exception) -> tuple[int, bytes]:
    """Return status and body of an error."""
    row = row_of(error)
    problem = Problem(
        type=row.problem_type,
        title=row.title,
        status=row.http_status,
        detail=public_message(error),
        code=row.reason,
        next_step=row.next_step,
    )
    return row.http_status, json.encode(problem)


def fields_of(error: Exception, request_id: str) -> dict[str, str]:
    """Return the header fields of a problem; it names its call, as every answer does (EXC-8)."""
    return {HEADER: request_id, "cache-control": "no-store"} | _what_helps(error)


def _response(error: Exception) -> Response[bytes]:
    status, body = problem_of(error)
    return Response(
        content=body,
        status_code=status,
        media_type=MEDIA_TYPE,
        headers=fields_of(error, current()),
    )


def _what_helps(error: Exception) -> dict[str, str]:
    """Return the fields that RFC 9110 and RFC 6750 ask for beside some statuses."""
    if isinstance(error, MethodError):
        return {"allow": error.context["allow"]}
    if isinstance(error, NothingShownError):
        # RFC 6750, 3.1: no error code for whoever shows nothing.
        return {"www-authenticate": "Bearer"}
    if isinstance(error, TokenRefusedError):
        return {"www-authenticate": 'Bearer error="invalid_token"'}
    wait = wait_of(error)
    return {} if wait is None else {"retry-after": str(wait)}
