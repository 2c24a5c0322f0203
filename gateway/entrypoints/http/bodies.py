"""Reading bodies, never longer than a limit; how slowly they may come is the protocol's matter."""

from typing import Any

from litestar import Request
from litestar.exceptions import InternalServerException

from gateway.domain.errors import TooLargeError, TransportError
from gateway.domain.transport_faults import TransportFault


async def read_body(request: Request[Any, Any, Any], limit: int) -> bytes:
    """Read a body of at most so many bytes.

    Raises:
        TooLargeError: It is longer.
        TransportError: The connection ended before.
    """
    # ACC-1: what states to be longer is not waited for
    if _stated(request) > limit:
        raise _too_large(limit)
    pieces: list[bytes] = []
    size = 0
    try:
        async for piece in request.stream():
            pieces.append(piece)
            size += len(piece)
            # ACC-1: the limit holds while reading, whatever length was announced
            if size > limit:
                raise _too_large(limit)
    except InternalServerException as error:
        # The framework's word for a caller that was cut off: no defect of ours.
        message = "the connection ended before the body was whole"
        raise TransportError(message, TransportFault.TRUNCATED) from error
    # Joined once: a list of many pieces would be copied for each of them.
    return b"".join(pieces)


def _stated(request: Request[Any, Any, Any]) -> int:
    # The protocol has refused what is no number.
    return int(request.headers.get("content-length", "0"))


def _too_large(limit: int) -> TooLargeError:
    return TooLargeError(f"more than {limit} bytes", context={"limit": str(limit)})
