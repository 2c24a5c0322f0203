"""The HTTPS channel to one partner (EXC-6), and what an answer of that partner means."""

from contextlib import suppress
from hashlib import sha256
from typing import Final
from urllib.parse import quote

from msgspec import DecodeError, Struct, json

from gateway.domain.documents import SealedList, Unverified
from gateway.domain.errors import (
    ConfigError,
    GatewayError,
    NotFoundError,
    NotPermittedError,
    PartnerError,
    RequestError,
    TooLargeError,
    TransportError,
)
from gateway.domain.lists import Stream
from gateway.domain.profiles import PartnerProfile
from gateway.domain.refusals import REFUSALS
from gateway.exchange.xml_feed.tls_context import client_context
from gateway.exchange.xml_feed.transport import Call, Reply, send
from gateway.ports.tls import ClientTls

XML: Final = "application/xml"
PROBLEM: Final = "application/problem+json"
ACKNOWLEDGEMENT_DIGEST: Final = "mra-acknowledgement-digest"
"""Response header of a head: hex SHA-256 of the newest acknowledgement that the publisher holds."""

MAX_HEAD_BYTES: Final = 256 * 1024
MAX_ACKNOWLEDGEMENT_BYTES: Final = 4 * 1024**2

_OK = 200
_NO_CONTENT = 204
_NOT_MODIFIED = 304
_BY_STATUS: Final[dict[int, type[GatewayError]]] = {
    403: NotPermittedError,
    404: NotFoundError,
    413: TooLargeError,
}
"""For problems whose code this release does not know."""


class Problem(Struct, frozen=True):
    """What of a partner's problem details (RFC 9457) is told on."""

    title: str = ""
    detail: str = ""
    code: str = ""


class XmlChannel:
    """The way to one partner over HTTPS, as `ports.feed.Channel` describes it."""

    def __init__(self, profile: PartnerProfile, tls: ClientTls) -> None:
        """Prepare calls; nothing is sent yet.

        Raises:
            ConfigError: No endpoint, an address that is not `https://host:port`, or unusable TLS
                certificates.
        """
        self._address = _address(profile)
        self._limits = profile.limits
        self._context = client_context(tls)
        self._heads: dict[Stream, tuple[str, Unverified]] = {}

    def fetch_head(self, stream: Stream, acknowledgement: bytes | None) -> Unverified | None:
        """Return the signed head of the partner's newest list; none if none is issued (EXC-1).

        An unchanged head is not sent again. If the partner does not hold our newest
        acknowledgement, it gets it. Raises as `Channel`.
        """
        known = self._heads.get(stream)
        headers = {"accept": XML, **({"if-none-match": known[0]} if known else {})}
        reply = self._get(stream, "head", MAX_HEAD_BYTES, headers)
        if acknowledgement is not None:
            self._repeat_acknowledgement(stream, acknowledgement, reply)
        if reply.status == _NO_CONTENT:
            return None
        if known and reply.status == _NOT_MODIFIED:
            return known[1]
        head = Unverified(document=_require_xml(reply, self._url(stream, "head")))
        if etag := reply.headers.get("etag"):
            self._heads[stream] = (etag, head)
        return head

    def fetch_list(self, stream: Stream, sequence: int) -> Unverified:
        """Return one list, whole (EXC-2). Raises as `Channel`."""
        place = f"lists/{sequence}"
        reply = self._get(stream, place, self._limits.max_document_bytes, {"accept": XML})
        return Unverified(document=_require_xml(reply, self._url(stream, place)))

    def submit_list(self, stream: Stream, sealed: SealedList) -> bytes:
        """Push a list; return the partner's sealed acknowledgement (EXC-3). Raises as `Channel`."""
        reply = self._post(stream, "lists", sealed.document)
        return _require_xml(reply, self._url(stream, "lists"))

    def deliver_acknowledgement(self, stream: Stream, document: bytes) -> None:
        """Hand over our signed answer (EXC-4). Raises as `Channel`."""
        reply = self._post(stream, "acknowledgements", document)
        if reply.status != _NO_CONTENT:
            raise _refusal(reply, self._url(stream, "acknowledgements"))

    def close(self) -> None:
        """Give back nothing: every call gives back its own connection."""

    def _repeat_acknowledgement(self, stream: Stream, document: bytes, reply: Reply) -> None:
        if reply.headers.get(ACKNOWLEDGEMENT_DIGEST) == sha256(document).hexdigest():
            return
        # ACC-15 lies with the outbox, which counts and reports failures. A poll must not fail for
        # it: suspensions come this way.
        with suppress(PartnerError, RequestError):
            self.deliver_acknowledgement(stream, document)

    def _get(self, stream: Stream, place: str, limit: int, headers: dict[str, str]) -> Reply:
        return send(
            Call(
                method="GET",
                url=self._url(stream, place),
                headers=headers,
                max_bytes=limit,
                deadline=self._limits.fetch_timeout,
            ),
            self._context,
        )

    def _post(self, stream: Stream, place: str, document: bytes) -> Reply:
        return send(
            Call(
                method="POST",
                url=self._url(stream, place),
                headers={"content-type": XML, "accept": XML},
                body=document,
                max_bytes=MAX_ACKNOWLEDGEMENT_BYTES,
                deadline=self._limits.fetch_timeout,
            ),
            self._context,
        )

    def _url(self, stream: Stream, place: str) -> str:
        kind = "test" if stream.test else "production"
        agreement = quote(stream.agreement, safe="")
        return f"{self._address}/exchange/v1/streams/{agreement}/{kind}/{stream.epoch}/{place}"


def _address(profile: PartnerProfile) -> str:
    if profile.endpoint is None:
        raise ConfigError(f"the profile {profile.agreement.id} has no endpoint")
    address = profile.endpoint.address.rstrip("/")
    if not address.startswith("https://"):
        message = f"{profile.agreement.id}: endpoint.address {address!r} is not https://host:port"
        raise ConfigError(message, context={"key": "endpoint.address"})
    return address


def _require_xml(reply: Reply, url: str) -> bytes:
    if reply.status != _OK:
        raise _refusal(reply, url)
    # SYN-7: an HTML page with status 200 is no list
    if reply.media_type != XML:
        message = f"{url}: the answer is {reply.media_type or 'of no type'}, not {XML}"
        raise TransportError(message, context={"url": url, "type": reply.media_type})
    # SYN-7: an empty answer is no list
    if not reply.body.strip():
        raise TransportError(f"{url}: the answer is empty", context={"url": url})
    return reply.body


def _refusal(reply: Reply, url: str) -> GatewayError:
    """Return the error for an answer that is not the one asked for.

    Only a gateway's own problem details count: a proxy that says 404 knows nothing of streams.
    """
    problem = _problem(reply)
    if problem is None:
        return TransportError(f"{url}: status {reply.status}", context={"url": url})
    told = _printable(problem.detail or problem.title)
    kind = REFUSALS.get(problem.code) or _BY_STATUS.get(reply.status, TransportError)
    return kind(
        f"refused by the partner: {url}: {reply.status} {_printable(problem.code)}: {told}",
        context={"url": url, "status": str(reply.status), "code": _printable(problem.code)},
    )


def _problem(reply: Reply) -> Problem | None:
    if reply.media_type != PROBLEM:
        return None
    try:
        return json.decode(reply.body, type=Problem)
    except DecodeError:
        return None


def _printable(text: str) -> str:
    return "".join(character for character in text[:200] if character.isprintable())
