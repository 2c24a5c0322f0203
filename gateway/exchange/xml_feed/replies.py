"""What an HTTPS answer of a partner means: the document asked for, or an error (EXC-6, SYN-7)."""

from typing import Final, TypeVar

from msgspec import DecodeError, Struct, json

from gateway.domain.errors import (
    GatewayError,
    GoneError,
    NotFoundError,
    NotPermittedError,
    TooLargeError,
    TransportError,
)
from gateway.domain.refusals import REFUSALS
from gateway.domain.transport_faults import TransportFault
from gateway.exchange.request_ids import BOUND_AS, current
from gateway.exchange.xml_feed.transport import Reply

T = TypeVar("T")

XML: Final = "application/xml"
JSON: Final = "application/json"
PROBLEM: Final = "application/problem+json"

_OK: Final = 200
_BY_STATUS: Final[dict[int, type[GatewayError]]] = {
    403: NotPermittedError,
    404: NotFoundError,
    410: GoneError,
    413: TooLargeError,
}
"""For problems whose code this release does not know."""


class Problem(Struct, frozen=True):
    """What of a partner's problem details (RFC 9457) is told on."""

    title: str = ""
    detail: str = ""
    code: str = ""


def require_document(reply: Reply, url: str, media_type: str = XML) -> bytes:
    """Return the document that was asked for.

    Raises:
        TransportError: The answer is something else (SYN-7).
        GatewayError: The partner's refusal, by its code.
    """
    _require_type(reply, media_type, url)
    # SYN-7: an empty answer is no list
    if not reply.body.strip():
        message = f"{url}: the answer is empty"
        raise TransportError(message, TransportFault.EMPTY, context={"url": url})
    return reply.body


def require_json(reply: Reply, kind: type[T], url: str) -> T:
    """Return the structure that was asked for.

    Raises:
        TransportError: The answer is something else (SYN-7).
        GatewayError: The partner's refusal, by its code.
    """
    _require_type(reply, JSON, url)
    try:
        return json.decode(reply.body, type=kind)
    except DecodeError as error:
        message = f"{url}: the answer is not as agreed: {error}"
        raise TransportError(message, TransportFault.MALFORMED) from error


def _require_type(reply: Reply, media_type: str, url: str) -> None:
    if reply.status != _OK:
        raise refusal(reply, url)
    # SYN-7: an HTML page with status 200 is no list
    if reply.media_type != media_type:
        message = f"{url}: the answer is {reply.media_type or 'of no type'}, not {media_type}"
        context = {"url": url, "type": reply.media_type}
        raise TransportError(message, TransportFault.MEDIA_TYPE, context=context)


def refusal(reply: Reply, url: str) -> GatewayError:
    """Return the error for an answer that is not the one asked for.

    Only a gateway's own problem details count: a proxy that says 404 knows nothing of streams.
    """
    problem = _problem(reply)
    if problem is None:
        facts = {"url": url, BOUND_AS: current()}
        message = f"{url}: status {reply.status}"
        return TransportError(message, TransportFault.STATUS, context=facts)
    told = _printable(problem.detail or problem.title)
    message = f"refused by the partner: {url}: {reply.status} {_printable(problem.code)}: {told}"
    context = {
        "url": url,
        "status": str(reply.status),
        "code": _printable(problem.code),
        BOUND_AS: current(),
    }
    kind = REFUSALS.get(problem.code) or _BY_STATUS.get(reply.status)
    if kind is None:
        return TransportError(message, TransportFault.STATUS, context=context)
    return kind(message, context=context)


def _problem(reply: Reply) -> Problem | None:
    if reply.media_type != PROBLEM:
        return None
    try:
        return json.decode(reply.body, type=Problem)
    except DecodeError:
        return None


def _printable(text: str) -> str:
    return "".join(character for character in text[:200] if character.isprintable())
