"""The HTTPS server for partners that exchange XML (EXC-6, Annex B).

Who calls is decided by the certificate alone, before anything else is looked at. The stream's
issuer and recipient follow from caller and method; the path names the rest, so that a test list
cannot reach production by a forgotten parameter.
"""

import asyncio
from hashlib import sha256
from http import HTTPStatus
from typing import Any, Final

from litestar import Litestar, Request, Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.connection import ASGIConnection
from litestar.middleware import (
    AbstractAuthenticationMiddleware,
    AuthenticationResult,
    DefineMiddleware,
)
from litestar.types import ASGIApp

from gateway.domain.canonical import list_digest
from gateway.domain.documents import Packaging, SealedList, Unverified
from gateway.domain.errors import (
    InvalidRequestError,
    NotFoundError,
    NotPermittedError,
    TooLargeError,
)
from gateway.domain.lists import Stream
from gateway.domain.parties import Caller
from gateway.domain.profiles import Limits
from gateway.entrypoints.desks import Clock, Identify, PartnerDesk
from gateway.entrypoints.http.peer_certificate import EXTENSION
from gateway.entrypoints.http.problems import HANDLERS
from gateway.exchange.xml_feed.channel import (
    ACKNOWLEDGEMENT_DIGEST,
    MAX_ACKNOWLEDGEMENT_BYTES,
    XML,
)
from gateway.exchange.xml_feed.codec import header_of_own_head

STREAM: Final = "/exchange/v1/streams/{agreement:str}/{kind:str}/{epoch:int}"
BODY_SECONDS: Final = 60
"""For a whole body, however slowly it comes."""

_KINDS: Final = {"production": False, "test": True}
_LARGEST: Final = 2**53 - 1

PartnerRequest = Request[Caller, None, Any]


def make_app(
    desk: PartnerDesk,
    identify: Identify,
    clock: Clock,
    *,
    home: str,
    max_body_bytes: int = Limits().max_document_bytes,
) -> Litestar:
    """Make the application.

    Args:
        desk: Answers partners; called in worker threads only.
        identify: From the DER certificate to the caller, or `NotPermittedError`.
        clock: One reading for each request.
        home: The administration that answers here.
        max_body_bytes: Longest list that is read; the profile's own limit is judged later.
    """

    @get(f"{STREAM}/head", sync_to_thread=True)
    def get_head(request: PartnerRequest) -> Response[bytes]:
        stream = _addressed_to_caller(request, home)
        sealed, held = desk.head(request.user, stream, None, now=clock())
        headers = {"cache-control": "private, no-cache"}
        if held is not None:
            headers[ACKNOWLEDGEMENT_DIGEST] = sha256(held).hexdigest()
        if sealed is None:
            return _answer(HTTPStatus.NO_CONTENT, headers)
        document = _require_xades(sealed).head
        headers["etag"] = f'"{list_digest(header_of_own_head(document))}"'
        # EXC-6: an unchanged head costs no body
        if headers["etag"] in _etags(request):
            return _answer(HTTPStatus.NOT_MODIFIED, headers)
        return _answer(HTTPStatus.OK, headers, document)

    @get(f"{STREAM}/lists/{{sequence:int}}", sync_to_thread=True)
    def get_list(request: PartnerRequest) -> Response[bytes]:
        stream = _addressed_to_caller(request, home)
        sequence: int = request.path_params["sequence"]
        if not 1 <= sequence <= _LARGEST:
            raise NotFoundError(f"no sequence {sequence}")
        sealed = _require_xades(desk.get_list(request.user, stream, sequence, now=clock()))
        # PUB-4 makes it so: a list is signed once and served byte for byte.
        headers = {"cache-control": "private, max-age=31536000, immutable"}
        return _answer(HTTPStatus.OK, headers, sealed.document)

    @post(f"{STREAM}/lists")
    async def post_list(request: PartnerRequest) -> Response[bytes]:
        caller = request.user
        stream = _stream(request, _partner(caller), home)
        document = Unverified(document=await _read_xml(request, max_body_bytes))
        answer = await sync_to_thread(desk.submit, caller, stream, document, now=clock())
        return _answer(HTTPStatus.OK, {"cache-control": "no-store"}, answer)

    @post(f"{STREAM}/acknowledgements")
    async def post_acknowledgement(request: PartnerRequest) -> Response[bytes]:
        caller = request.user
        stream = _addressed_to_caller(request, home)
        document = await _read_xml(request, MAX_ACKNOWLEDGEMENT_BYTES)
        await sync_to_thread(desk.acknowledge, caller, stream, document, now=clock())
        return _answer(HTTPStatus.NO_CONTENT, {"cache-control": "no-store"})

    return Litestar(
        route_handlers=[get_head, get_list, post_list, post_acknowledgement],
        middleware=[DefineMiddleware(CallerMiddleware, identify=identify)],
        exception_handlers=HANDLERS,
        openapi_config=None,
        request_max_body_size=None,
        logging_config=None,
    )


class CallerMiddleware(AbstractAuthenticationMiddleware):
    """Puts the caller into the request, or refuses it: no method is open to strangers."""

    def __init__(self, app: ASGIApp, identify: Identify) -> None:
        super().__init__(app, exclude_http_methods=())
        self._identify = identify

    async def authenticate_request(
        self, connection: ASGIConnection[Any, Any, Any, Any]
    ) -> AuthenticationResult:
        """Look the certificate up.

        Raises:
            NotPermittedError: No certificate, or none that is registered.
        """
        extensions: dict[str, Any] = dict(connection.scope.get("extensions") or {})
        shown = extensions.get(EXTENSION)
        # EXC-9: without a certificate nobody learns anything
        if shown is None:
            raise NotPermittedError("no client certificate was shown")
        caller = await sync_to_thread(self._identify, shown["der"])
        return AuthenticationResult(user=caller, auth=None)


def _addressed_to_caller(request: PartnerRequest, home: str) -> Stream:
    return _stream(request, home, _partner(request.user))


def _partner(caller: Caller) -> str:
    # EXC-9: a caller that is no partner has no streams
    if caller.partner is None:
        raise NotFoundError(f"{caller.name} is no partner")
    return caller.partner


def _stream(request: PartnerRequest, issuer: str, recipient: str) -> Stream:
    agreement: str = request.path_params["agreement"]
    kind: str = request.path_params["kind"]
    epoch: int = request.path_params["epoch"]
    if kind not in _KINDS or not 1 <= epoch <= _LARGEST:
        raise NotFoundError(f"no stream {agreement} {kind} {epoch}")
    return Stream(
        issuer=issuer, recipient=recipient, agreement=agreement, test=_KINDS[kind], epoch=epoch
    )


def _require_xades(sealed: SealedList) -> SealedList:
    """Return the list if it can be served here: a partner with gRPC asks the other server."""
    if sealed.packaging is not Packaging.XADES:
        raise NotFoundError("the stream is not exchanged as xml")
    return sealed


def _etags(request: PartnerRequest) -> list[str]:
    given = request.headers.get("if-none-match", "")
    return [etag.strip().removeprefix("W/") for etag in given.split(",")]


async def _read_xml(request: PartnerRequest, limit: int) -> bytes:
    media_type, _ = request.content_type
    if media_type != XML:
        raise InvalidRequestError(f"the body is {media_type or 'of no type'}, not {XML}")
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await _read(request, limit)
    except TimeoutError as error:
        message = f"the body did not arrive within {BODY_SECONDS} s"
        raise InvalidRequestError(message) from error


async def _read(request: PartnerRequest, limit: int) -> bytes:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        # ACC-1: the limit holds while reading, whatever length was announced
        if len(body) > limit:
            raise TooLargeError(f"more than {limit} bytes", context={"limit": str(limit)})
    return bytes(body)


def _answer(status: HTTPStatus, headers: dict[str, str], body: bytes = b"") -> Response[bytes]:
    return Response(content=body, status_code=status, headers=headers, media_type=XML)
