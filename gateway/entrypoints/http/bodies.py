"""Reading bodies, never longer than a limit; how slowly they may come is the protocol's matter."""

from typing import Any

from litestar import Request
from litestar.exceptions import InternalServerException

from gateway.domain.errors import TooLargeError, TransportError


async def read_body(request: Request[Any, Any, Any], limit: int) -> bytes:
    """Read a body of at most so many bytes.

    Raises:
        TooLargeError: It is longer.
        TransportError: The connection ended before.
    """
    body = b""
    try:
        async for piece in request.stream():
            body = body + piece if body else piece
            # ACC-1: the limit holds while reading, whatever length was announced
            if len(body) > limit:
                raise TooLargeError(f"more than {limit} bytes", context={"limit": str(limit)})
    except InternalServerException as error:
        # The framework's word for a caller that was cut off: no defect of ours.
        raise TransportError("the connection ended before the body was whole") from error
    return body
