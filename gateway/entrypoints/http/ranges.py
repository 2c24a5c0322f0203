"""The rest of a body for a caller whose connection broke (RFC 9110, section 14)."""

import re
from http import HTTPStatus
from typing import Any, Final

from litestar import Request
from msgspec import Struct

_OPEN: Final = re.compile(r"bytes=(\d{1,15})-", re.ASCII)
"""The only form that resuming needs; a range of another form is answered with the whole."""


class Piece(Struct, frozen=True):
    """What to answer with."""

    status: HTTPStatus
    headers: dict[str, str]
    body: bytes


def piece_of(request: Request[Any, Any, Any], body: bytes, etag: str) -> Piece:
    """Return the whole body, or the rest of it that is asked for and is of the same body."""
    headers = {"etag": etag, "accept-ranges": "bytes"}
    asked = _OPEN.fullmatch(request.headers.get("range", ""))
    # EXC-2: the rest only of the body that was begun
    if asked is None or request.headers.get("if-range", etag) != etag:
        return Piece(HTTPStatus.OK, headers, body)
    first, size = int(asked[1]), len(body)
    if first >= size:
        headers["content-range"] = f"bytes */{size}"
        return Piece(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, headers, b"")
    headers["content-range"] = f"bytes {first}-{size - 1}/{size}"
    return Piece(HTTPStatus.PARTIAL_CONTENT, headers, body[first:])
