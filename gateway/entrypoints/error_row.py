"""What each way out says of one class of error."""

from msgspec import Struct

from gateway.domain.errors import GatewayError

EXIT_UNEXPECTED = 1


class Row(Struct, frozen=True, kw_only=True):
    """All of it, for one class."""

    grpc_status: str
    """Name of a `grpc.StatusCode`."""
    reason: str
    """`google.rpc.ErrorInfo` reason, XML `ValidationCode`: the class's own code."""
    http_status: int
    problem_type: str
    """RFC 9457 `type`."""
    title: str
    exit_code: int
    public_text: str
    next_step: str
    retryable: bool
    shows_message: bool
    """The error's own message speaks of the caller's own request or document and may be told to
    an authenticated caller. Else only `public_text` is: it would tell of our inside, or, for what
    is not found or not permitted, of streams that the caller may not see (EXC-9)."""


def error_row(
    error: type[GatewayError],
    statuses: tuple[str, int, int],
    title: str,
    public_text: str,
    next_step: str,
    *,
    shows_message: bool = False,
) -> tuple[type[GatewayError], Row]:
    """Make the row of a class.

    Args:
        error: The class; its code is the reason.
        statuses: Of gRPC by name, of HTTP, and of the process.
        title: A few words, the same for each such error.
        public_text: What a stranger may be told.
        next_step: What to do.
        shows_message: The error's own message may be told to an authenticated caller.
    """
    grpc_status, http_status, exit_code = statuses
    return error, Row(
        grpc_status=grpc_status,
        reason=error.code,
        http_status=http_status,
        problem_type=f"urn:mra-gateway:problem:{error.code.lower().replace('_', '-')}",
        title=title,
        exit_code=exit_code,
        public_text=public_text,
        next_step=next_step,
        retryable=error.retryable,
        shows_message=shows_message,
    )
