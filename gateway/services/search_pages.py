"""Page tokens (AIP-158): where the next page begins, and of what. Nothing in them is secret."""

import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from typing import Final

from gateway.domain.errors import InvalidRequestError, StartAnewError

DEFAULT_SIZE: Final = 20
LARGEST_SIZE: Final = 100
_DIGEST: Final = 8
_TOKEN: Final = struct.Struct(f">B{_DIGEST}s{_DIGEST}sH")
_VERSION: Final = 1


def page_size(asked: int) -> int:
    """Return how many a page has at most: what was asked for, coerced down to the largest.

    Raises:
        InvalidRequestError: It is negative.
    """
    if asked < 0:
        message = f"page_size is {asked}, it must not be negative"
        raise InvalidRequestError(message, context={"field": "page_size"})
    return min(asked or DEFAULT_SIZE, LARGEST_SIZE)


def write_token(*, query: str, state: str, start: int) -> str:
    """Return the token of a page.

    Args:
        query: Everything that was asked for but the size of the page.
        state: What was searched.
        start: How many hits are before the page.
    """
    token = _TOKEN.pack(_VERSION, _digest(query), _digest(state), start)
    return urlsafe_b64encode(token).decode().rstrip("=")


def read_token(token: str, *, query: str, state: str) -> int:
    """Return how many hits are before the page; without a token, none.

    Raises:
        InvalidRequestError: The token is none, or of another query.
        StartAnewError: What was searched has changed since the first page.
    """
    if not token:
        return 0
    try:
        padded = token + "=" * (-len(token) % 4)
        version, of_query, of_state, start = _TOKEN.unpack(urlsafe_b64decode(padded))
    except (ValueError, struct.error) as error:
        raise _invalid("is none that was given out") from error
    if version != _VERSION or of_query != _digest(query):
        raise _invalid("belongs to another query")
    if of_state != _digest(state):
        raise StartAnewError("the lists have changed since the first page: search anew")
    return int(start)


def _digest(text: str) -> bytes:
    return sha256(text.encode()).digest()[:_DIGEST]


def _invalid(what: str) -> InvalidRequestError:
    return InvalidRequestError(f"page_token {what}", context={"field": "page_token"})
