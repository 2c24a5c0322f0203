"""Request ids: every call between gateways carries one, and both sides can name it (EXC-8).

The id of the call in hand, or of the last one that this thread made, is bound to the log: whatever
is told of a call, in a line or in the delivery log, names it.
"""

import re
from secrets import token_hex
from typing import Final

from structlog.contextvars import bind_contextvars, get_contextvars, unbind_contextvars

from gateway.domain.errors import InvalidRequestError

HEADER: Final = "mra-request-id"
"""HTTP header and gRPC metadata key, in the request and in its answer."""
BOUND_AS: Final = "request_id"
_FORM: Final = re.compile("[A-Za-z0-9-]{1,64}")


def begin() -> str:
    """Return a new id for a call that is about to be made."""
    request_id = token_hex(16)
    bind(request_id)
    return request_id


def bind(request_id: str) -> None:
    """Let the log name a call from now on."""
    bind_contextvars(**{BOUND_AS: request_id})


def take_up(given: str | None) -> str:
    """Return the id of a call that came in, and bind it: the caller's, or a new one.

    Raises:
        InvalidRequestError: It is not 1 to 64 letters, digits and hyphens.
    """
    request_id = read(given)
    bind(request_id)
    return request_id


def read(given: str | None) -> str:
    """Return the id of a call that came in, for who binds it only where there is something to log.

    Raises:
        InvalidRequestError: It is not 1 to 64 letters, digits and hyphens.
    """
    if given is None:
        return token_hex(16)
    # EXC-8: what goes into logs and answers is a plain word
    if not _FORM.fullmatch(given):
        begin()
        raise InvalidRequestError(f"{HEADER} is not 1 to 64 of A-Z a-z 0-9 -")
    return given


def forget() -> None:
    """Name no call until the next one: for what begins in a thread that has made others."""
    unbind_contextvars(BOUND_AS)


def current() -> str:
    """Return the id of the call in hand; a new one if none was taken up."""
    bound: str | None = get_contextvars().get(BOUND_AS)
    return bound or begin()
