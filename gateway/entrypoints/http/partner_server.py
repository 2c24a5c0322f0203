"""The HTTPS server for partners that exchange XML (EXC-6, Annex B).

Who calls is decided by the certificate alone, before anything else is looked at. The stream's
issuer and recipient follow from caller and method; the path names the rest, so that a test list
cannot reach production by a forgotten parameter.
"""

from collections.abc import Mapping, Sequence
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
from msgspec import json

from gateway.domain.canonical import list_digest
from gateway.domain.documents import Packaging, SealedList, Unverified
from gateway.domain.errors import (
    InvalidRequestError,
    MediaTypeError,
    NotFoundError,
    NotPermittedError,
)
from gateway.domain.field_rules import LARGEST_NUMBER
from gateway.domain.lists import Stream
from gateway.domain.parties import Caller
from gateway.domain.profiles import Limits
from gateway.entrypoints.desks import Clock, Identify, PartnerDesk
from gateway.entrypoints.http.bodies import read_body
from gateway.entrypoints.http.in_hand import InHand
from gateway.entrypoints.http.long_poll import first_news, seconds_to_wait
from gateway.entrypoints.http.peer_certificate import certificate_of
from gateway.entrypoints.http.problems import HANDLERS
from gateway.entrypoints.http.ranges import piece_of
from gateway.entrypoints.http.request_ids import RequestIds
from gateway.exchange.xml_feed.channel import (
    ACKNOWLEDGEMENT_DIGEST,
    MAX_ACKNOWLEDGEMENT_BYTES,
    ChangeIndex,
)
from gateway.exchange.xml_feed.codec import header_of_own_head
from gateway.exchange.xml_feed.replies import JSON, XML
from gateway.services.watching import HeadBoard
from gateway.trust.container import MEDIA_TYPE

STREAM: Final = "/exchange/v1/streams/{agreement:str}/{kind:str}/{epoch:int}"
_MEDIA_TYPES: Final = {Packaging.XADES: XML, Packaging.ASICE: MEDIA_TYPE}
MAX_LIST_BYTES: Final = {
    XML: Limits().max_document_bytes,
    MEDIA_TYPE: Limits().max_container_bytes,
}

_KINDS: Final = {"production": False, "test": True}

PartnerRequest = Request[Caller, None, Any]


def make_app(
    desk: PartnerDesk,
    identify: Identify,
    clock: Clock,
    *,
    home: str,
    max_body_bytes: Mapping[str, int] = MAX_LIST_BYTES,
    board: HeadBoard | None = None,
) -> Litestar:
    """Make the application.

    Args:
        desk: Answers partners; called in worker threads only.
        identify: From the DER certificate to the caller, or `NotPermittedError`.
        clock: One reading for each request.
        home: The administration that answers here.
        max_body_bytes: Longest list that is read, by its type; the profile's own limit is judged
            later.
        board: Rung when there may be a new head, for those who watch.
    """
    board = board or HeadBoard()

    @get(f"{STREAM}/head")
    async def get_head(request: PartnerRequest) -> Response[bytes]:
        caller, stream = request.user, _addressed_to_caller(request, home)

        def look() -> Response[bytes]:
            return _head_answer(request, *desk.head(caller, stream, None, now=clock()))

        return await first_news(board, caller, stream, look, seconds_to_wait(request))

    @get(f"{STREAM}/lists/{{sequence:int}}", sync_to_thread=True)
    def get_list(request: PartnerRequest) -> Response[bytes]:
        stream = _addressed_to_caller(request, home)
        sequence: int = request.path_params["sequence"]
        if not 1 <= sequence <= LARGEST_NUMBER:
            raise NotFoundError(f"no sequence {sequence}")
        return _list_answer(request, desk.get_list(request.user, stream, sequence, now=clock()))

    @get(f"{STREAM}/changes", sync_to_thread=True)
    def get_changes(request: PartnerRequest) -> Response[bytes]:
        stream = _addressed_to_caller(request, home)
        since = _since(request)
        if since is None:
            return _index([desk.full(request.user, stream, now=clock())])
        return _index(desk.changes(request.user, stream, since))

    @get(f"{STREAM}/acknowledgement", sync_to_thread=True)
    def get_acknowledgement(request: PartnerRequest) -> Response[bytes]:
        held = desk.held(request.user, _addressed_to_caller(request, home))
        status = HTTPStatus.NO_CONTENT if held is None else HTTPStatus.OK
        return _answer(status, {"cache-control": "no-store"}, held or b"")

    @post(f"{STREAM}/lists")
    async def post_list(request: PartnerRequest) -> Response[bytes]:
        caller = request.user
        stream = _stream(request, _partner(caller), home)
        document = Unverified(document=await _read_document(request, max_body_bytes))
        answer = await sync_to_thread(desk.submit, caller, stream, document, now=clock())
        return _answer(HTTPStatus.OK, {"cache-control": "no-store"}, answer)

    @post(f"{STREAM}/acknowledgements")
    async def post_acknowledgement(request: PartnerRequest) -> Response[bytes]:
        caller = request.user
        stream = _addressed_to_caller(request, home)
        document = await _read_document(request, {XML: MAX_ACKNOWLEDGEMENT_BYTES})
        await sync_to_thread(desk.acknowledge, caller, stream, document, now=clock())
        return _answer(HTTPStatus.NO_CONTENT, {"cache-control": "no-store"})

    return Litestar(
        route_handlers=[
            get_head,
            get_list,
            get_changes,
            get_acknowledgement,
            post_list,
            post_acknowledgement,
        ],
        middleware=[
            RequestIds(),
            DefineMiddleware(CallerMiddleware, identify=identify),
            InHand(),
        ],
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
        shown = certificate_of(connection.scope)
        # EXC-9: without a certificate nobody learns anything
        if shown is None:
            raise NotPermittedError("no client certificate was shown")
        caller = await sync_to_thread(self._identify, shown)
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
    if kind not in _KINDS or not 1 <= epoch <= LARGEST_NUMBER:
        raise NotFoundError(f"no stream {agreement} {kind} {epoch}")
    return Stream(
        issuer=issuer, recipient=recipient, agreement=agreement, test=_KINDS[kind], epoch=epoch
    )


def _media_type(sealed: SealedList) -> str:
    """Return what a list is served as here: a partner with gRPC asks the other server."""
    media_type = _MEDIA_TYPES.get(sealed.packaging)
    if media_type is None:
        raise NotFoundError("the stream is not exchanged as xml")
    return media_type


def _head_answer(
    request: PartnerRequest, head: bytes | None, held: bytes | None
) -> Response[bytes]:
    headers = {"cache-control": "private, no-cache"}
    if held is not None:
        headers[ACKNOWLEDGEMENT_DIGEST] = sha256(held).hexdigest()
    if head is None:
        return _answer(HTTPStatus.NO_CONTENT, headers)
    headers["etag"] = f'"{list_digest(header_of_own_head(head))}"'
    # EXC-6: an unchanged head costs no body
    if headers["etag"] in _etags(request):
        return _answer(HTTPStatus.NOT_MODIFIED, headers)
    return _answer(HTTPStatus.OK, headers, head)


def _list_answer(request: PartnerRequest, sealed: SealedList) -> Response[bytes]:
    media_type, document = _media_type(sealed), sealed.document
    # PUB-4 makes it so: a list is signed once and served byte for byte.
    headers = {"cache-control": "private, max-age=31536000, immutable"}
    etag = f'"{sha256(document).hexdigest()}"'
    # EXC-6: a list never changes
    if etag in _etags(request):
        return _answer(HTTPStatus.NOT_MODIFIED, {**headers, "etag": etag}, media_type=media_type)
    piece = piece_of(request, document, etag)
    return _answer(piece.status, headers | piece.headers, piece.body, media_type=media_type)


def _index(sequences: Sequence[int]) -> Response[bytes]:
    index = json.encode(ChangeIndex(sequences=tuple(sequences)))
    return Response(index, media_type=JSON, headers={"cache-control": "no-store"})


def _since(request: PartnerRequest) -> int | None:
    """Return the sequence that the caller has, or none if it asks for a FULL."""
    asked = dict(request.query_params)
    if asked == {"full": "1"}:
        return None
    since = asked.get("since", "")
    if set(asked) != {"since"} or not (since.isascii() and since.isdecimal() and len(since) < 17):  # noqa: PLR2004 - below LARGEST_NUMBER
        raise InvalidRequestError("wanted is changes?since= with a sequence, or changes?full=1")
    return int(since)


def _etags(request: PartnerRequest) -> list[str]:
    given = request.headers.get("if-none-match", "")
    return [etag.strip().removeprefix("W/") for etag in given.split(",")]


async def _read_document(request: PartnerRequest, limits: Mapping[str, int]) -> bytes:
    media_type, _ = request.content_type
    limit = limits.get(media_type)
    if limit is None:
        wanted = " or ".join(limits)
        raise MediaTypeError(f"the body is {media_type or 'of no type'}, not {wanted}")
    # Nobody agreed on any: what it unpacks to would be judged, and not what was signed.
    if request.headers.get("content-encoding", "identity") != "identity":
        raise MediaTypeError(f"the body is encoded; send {media_type} as it is")
    return await read_body(request, limit)


def _answer(
    status: HTTPStatus, headers: dict[str, str], body: bytes = b"", *, media_type: str = XML
) -> Response[bytes]:
    return Response(content=body, status_code=status, headers=headers, media_type=media_type)
