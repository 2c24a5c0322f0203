"""Errors to gRPC statuses with details, by the catalogue (section 9)."""

import time
from typing import Final, NoReturn

import grpc
import structlog

from gateway.domain.errors import BusyError, GatewayError, LimitExceededError
from gateway.entrypoints.error_catalogue import public_message, row_of
from gateway.entrypoints.error_row import Row
from gateway.entrypoints.rpc.error_details import details_of
from gateway.exchange.grpc_feed.refusals import DETAILS_KEY, details_to_bytes
from gateway.exchange.request_ids import HEADER, current

log: structlog.stdlib.BoundLogger = structlog.get_logger()


QUIET: Final = 10.0
"""Seconds for which a method's refusals of one kind are told once, where callers ask too much."""
_told: Final[dict[tuple[str, str], float]] = {}


class Refusal(grpc.Status):
    """Status, public text and details, as `ServicerContext.abort_with_status` takes them.

    Args:
        error: What is refused or has failed.
        language: BCP 47, in which the caller asked to be told; empty if it did not.
    """

    def __init__(self, error: BaseException, language: str = "") -> None:
        row = row_of(error)
        self.code = grpc.StatusCode[row.grpc_status]
        self.details = public_message(error)
        number: int = self.code.value[0]
        facts, more = _facts(error, row), details_of(error, row, self.details, language)
        details = details_to_bytes(number, self.details, row.reason, facts, more)
        # An error names its call, as every answer does (EXC-8).
        self.trailing_metadata = ((DETAILS_KEY, details), (HEADER, current()))


def abort(
    context: grpc.ServicerContext, method: str, error: Exception, language: str = ""
) -> NoReturn:
    """End a call with what the catalogue says of its error; the whole of it goes to the log."""
    call = {"request_id": current()}
    if isinstance(error, BusyError | LimitExceededError):
        if _is_news((method, error.code), time.monotonic()):
            log.info("rpc.refused", method=method, code=error.code, message=error.message, **call)
    elif isinstance(error, GatewayError):
        log.info("rpc.refused", method=method, code=error.code, message=error.message, **call)
    else:
        log.error("rpc.failed", method=method, exc_info=error, **call)
    context.abort_with_status(Refusal(error, language))


def _is_news(what: tuple[str, str], now: float) -> bool:
    """Tell whether this was not told lately: a flood fills no log."""
    if now - _told.get(what, -QUIET) < QUIET:
        return False
    _told[what] = now
    return True


def _facts(error: BaseException, row: Row) -> dict[str, str]:
    facts = {"retryable": str(row.retryable).lower(), "nextStep": row.next_step}
    if row.shows_message and isinstance(error, GatewayError):
        facts |= error.context
    return facts
