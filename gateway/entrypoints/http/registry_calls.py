"""The operations that decide nothing: agreements, one operator, search.

They ask the database or an index, so that each goes to a thread.
"""

from typing import Final
from urllib.parse import parse_qs

from litestar.concurrency import sync_to_thread
from msgspec import json

from gateway.domain.errors import InvalidRequestError
from gateway.entrypoints.desks import Admission
from gateway.entrypoints.http.etags import with_etag
from gateway.entrypoints.http.operations import Call, Reply
from gateway.entrypoints.http.questions import MAX_QUESTION_BYTES, AskedSearch, read_search
from gateway.entrypoints.registry_documents import AgreementsDocument, agreement_document
from gateway.services.registry_desk import RegistryDesk
from gateway.services.search import SearchDesk

OPERATOR: Final = "operator_id"
_REVALIDATE: Final = "private, no-cache"
_NEVER_KEEP: Final = ((b"cache-control", b"no-store"),)


class RegistryCalls:
    """The handlers."""

    def __init__(self, desk: RegistryDesk, search: SearchDesk, admission: Admission) -> None:
        self._desk = desk
        self._search = search
        self._admission = admission

    async def list_agreements(self, call: Call) -> Reply:
        """Tell what home recognises, and how fresh it is."""
        self._admission.spend(call.caller, 1, now=call.now)
        views = await sync_to_thread(self._desk.agreements, now=call.now)
        document = AgreementsDocument(agreements=list(map(agreement_document, views)))
        return with_etag(Reply(json.encode(document)), call.fields, _REVALIDATE)

    async def get_operator(self, call: Call) -> Reply:
        """Tell all that is known of one operator."""
        self._admission.spend(call.caller, 1, now=call.now)
        operator_id = str(call.scope["path_params"][OPERATOR])
        history = await sync_to_thread(self._desk.operator, operator_id, agreement=_agreement(call))
        return with_etag(Reply(json.encode(history)), call.fields, _REVALIDATE)

    async def search_operators(self, call: Call) -> Reply:
        """Find operators by name and address."""
        asked: AskedSearch = read_search(await call.body(MAX_QUESTION_BYTES))
        self._admission.spend(call.caller, 1, now=call.now)
        page = await sync_to_thread(
            self._search.search,
            asked.query,
            agreement=asked.agreement or None,
            size=asked.page_size,
            token=asked.page_token,
        )
        return Reply(json.encode(page), _NEVER_KEEP)


def _agreement(call: Call) -> str | None:
    query: bytes = call.scope["query_string"]
    try:
        given = parse_qs(query.decode("ascii"), errors="strict", max_num_fields=8)
    except ValueError as error:
        raise InvalidRequestError("the query of the address cannot be read") from error
    return given.get("agreement", [""])[-1] or None
